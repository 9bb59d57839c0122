using System.Text.RegularExpressions;
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
    public void What_KVM_counts_of_a_VM_is_shown_where_debugfs_is_mounted_and_only_there()
    {
        var guest = shared.Guest;
        guest.Do("/opt/dotnet/dotnet exec --runtimeconfig /opt/flms/flms.runtimeconfig.json "
            + "/opt/flms/Flms.Agent.Tests.dll kvm -name tiny > /tmp/tiny 2>&1 & echo $! > /tmp/tiny.pid");
        try
        {
            guest.WaitUntil("grep -q ready /tmp/tiny", "no VM runs", () => guest.Do("cat /tmp/tiny"));
            Assert.DoesNotContain("KVM:", guest.Do("flms agent explain tiny --for 1s"));
            guest.Do("mount -t debugfs debugfs /sys/kernel/debug");
            var text = guest.Do("flms agent explain tiny --for 6s");
            var counted = Regex.Match(text, @"KVM: (\d+) halts, (\d+) interrupts, (\d+) exits a second");
            Assert.True(counted.Success, text
                + guest.Do("ls /sys/kernel/debug/kvm; ls -l /proc/$(cat /tmp/tiny.pid)/fd"));
            var (halts, exits) = (long.Parse(counted.Groups[1].Value, null), long.Parse(counted.Groups[3].Value, null));
            Assert.True(halts > 0 && exits > 0, text);
        }
        finally
        {
            guest.Run("kill -9 $(cat /tmp/tiny.pid); umount /sys/kernel/debug");
        }
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
        Assert.Contains("2 NUMA nodes: node 0 has pCPUs 0-1; node 1 has pCPUs 2-3", text);
        var (code, said) = guest.Run("flms agent plan");
        Assert.Equal(ExitCode.Host, code);
        Assert.Contains("no VM runs on this host", said);
    }
}
