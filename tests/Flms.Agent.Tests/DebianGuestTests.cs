namespace Flms.Agent.Tests;

public sealed class DebianGuestTests
{
    [SkippableFact]
    [Trait("Speed", "Slow")]
    public void A_guest_boots_runs_commands_and_has_flms()
    {
        using var guest = DebianGuest.Start(cpus: 2);
        Assert.Equal(guest.Kernel, guest.Do("uname -r"));
        Assert.Equal("2", guest.Do("nproc"));
        Assert.Equal((3, "no\nmore"), guest.Run("(echo no; echo more >&2; exit 3)"));
        Assert.Contains("flms", guest.Do("flms version"));
    }
}
