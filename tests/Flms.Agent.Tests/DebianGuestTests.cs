using Flms.Agent.Tests.Guests;
using Flms.Cli;

namespace Flms.Agent.Tests;

[Collection(SharedGuest.Tests)]
[Trait("Speed", "Slow")]
public sealed class DebianGuestTests(SharedGuest shared)
{
    [SkippableFact]
    public void A_guest_boots_runs_commands_and_has_flms()
    {
        var guest = shared.Guest;
        Assert.Equal(guest.Kernel, guest.Do("uname -r"));
        Assert.Equal("4", guest.Do("nproc"));
        Assert.Equal((3, "no\nmore"), guest.Run("(echo no; echo more >&2; exit 3)"));
        Assert.Contains("flms", guest.Do("flms version"));
    }

    [SkippableFact]
    public void On_an_old_kernel_without_VMs_the_doctor_says_what_is_left_and_plan_that_there_is_nothing_to_plan()
    {
        var guest = shared.Guest;
        Skip.IfNot(guest.Kernel.StartsWith("6.1.", StringComparison.Ordinal), "this Debian has a newer kernel");
        var text = guest.Do("flms agent doctor");
        Assert.Contains($"Linux {guest.Kernel}", text);
        Assert.Contains("none (as is known of this version): affinity only", text);
        Assert.Contains("no VM runs here", text);
        var (code, said) = guest.Run("flms agent plan");
        Assert.Equal(ExitCode.Host, code);
        Assert.Contains("no VM runs on this host", said);
    }
}
