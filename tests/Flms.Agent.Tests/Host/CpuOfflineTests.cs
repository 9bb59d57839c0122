using Flms.Agent.Tests.Guests;

namespace Flms.Agent.Tests.Host;

/// <summary>CPUs that go offline while an agent enforces, on a real kernel: the host is a guest of this test's, its VMs
/// are processes whose threads are called like vCPUs.</summary>
[Collection(SharedGuest.Tests)]
[Trait("Speed", "Slow")]
public sealed class CpuOfflineTests(SharedGuest shared) : IDisposable
{
    private const string Config = """
        mode: enforce
        rescan: 2s
        exclude_cpus: "0"
        pace: {residency: 1s, own_cpu: 1000}
        plan: {lend: false, judge: false}
        vms:
          - {match: web, class: latency}
          - {match: batch, class: compute}
        """;

    private PretendHost? _host;

    private DebianGuest Guest => shared.Guest;

    private PretendHost Host => _host ??= new(Guest);

    public void Dispose()
    {
        if (_host == null) return;
        Guest.Run("for c in 1 2 3; do echo 1 > /sys/devices/system/cpu/cpu$c/online; done");
        _host.Dispose();
    }

    [SkippableFact]
    public void The_plan_follows_CPUs_that_go_and_come_back_and_in_the_end_all_is_as_it_was()
    {
        var (web, batch) = (Host.StartVm("web", 2), Host.StartVm("batch", 2));
        var bound = Host.Start("taskset 6 sleep 100000 > /dev/null");
        var before = Host.Snapshot();
        var agent = Host.StartAgent(Config);
        Host.WaitUntil(() => Placed(web, batch, "1-3"), "not placed");

        // One that the latency-sensitive VM is on; then another one, again and again.
        var sp = Where(web)[..1];
        var rest = string.Join(',', "123".Replace(sp, "", StringComparison.Ordinal).AsEnumerable());
        Switch(sp, "0");
        Host.WaitUntil(() => Placed(web, batch, rest), $"pCPU {sp} is offline");
        Switch(sp, "1");
        Host.WaitUntil(() => Placed(web, batch, "1-3"), $"pCPU {sp} is back");
        for (var i = 0; i < 20; i++)
        {
            Switch(rest[..1], "0");
            Switch(rest[..1], "1");
        }
        Host.WaitUntil(() => Placed(web, batch, "1-3"), $"pCPU {rest[..1]} is back");
        Assert.Equal("1-2", Guest.Do($"grep Cpus_allowed_list /proc/{bound}/status | cut -f2"));
        Assert.Equal("0", Guest.Do($"kill {agent}; wait {agent}; echo $?"));
        var log = Guest.Do("cat /tmp/log");
        Assert.DoesNotContain("somebody", log, StringComparison.Ordinal);
        Assert.Equal(before, Host.Snapshot());
        Assert.DoesNotContain("trying again", log, StringComparison.Ordinal);
    }

    // Each on pCPUs of its own, all of them in use.
    private bool Placed(string web, string batch, string all)
    {
        var (a, b) = (PretendHost.Cpus(Where(web)), PretendHost.Cpus(Where(batch)));
        return !a.Overlaps(b) && a.Union(b).ToHashSet().SetEquals(PretendHost.Cpus(all));
    }

    private void Switch(string cpu, string online) =>
        Guest.Do($"echo {online} > /sys/devices/system/cpu/cpu{cpu}/online");

    // Where its vCPUs may run.
    private string Where(string pid) => string.Join(',', Host.VcpusOf(pid).Distinct());
}
