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

    private readonly List<string> _started = [];

    private DebianGuest Guest => shared.Guest;

    public void Dispose()
    {
        if (_started.Count == 0) return;
        Guest.Run("for c in 1 2 3; do echo 1 > /sys/devices/system/cpu/cpu$c/online; done");
        Guest.Run($"kill -9 {string.Join(' ', _started)} 2> /dev/null; true");
    }

    [SkippableFact]
    public void The_plan_follows_CPUs_that_go_and_come_back_and_in_the_end_all_is_as_it_was()
    {
        var (web, batch) = (Pretend("web"), Pretend("batch"));
        var bound = Start("taskset 6 sleep 100000 > /dev/null");
        var before = Snapshot();
        Guest.Do($"cat > /tmp/agent.yaml << 'END'\n{Config}\nEND");
        var agent = Start("flms agent run --config /tmp/agent.yaml > /dev/null 2> /tmp/log");
        WaitUntil(() => Placed(web, batch, "1-3"), "not placed");

        // One that the latency-sensitive VM is on; then another one, again and again.
        var sp = Where(web)[..1];
        var rest = "123".Replace(sp, "", StringComparison.Ordinal);
        Switch(sp, "0");
        WaitUntil(() => Placed(web, batch, rest), $"pCPU {sp} is offline");
        Switch(sp, "1");
        WaitUntil(() => Placed(web, batch, "1-3"), $"pCPU {sp} is back");
        for (var i = 0; i < 10; i++)
        {
            Switch(rest[..1], "0");
            Switch(rest[..1], "1");
        }
        WaitUntil(() => Placed(web, batch, "1-3"), $"pCPU {rest[..1]} is back");
        Assert.Equal("1-2", Guest.Do($"grep Cpus_allowed_list /proc/{bound}/status | cut -f2"));
        Assert.Equal("0", Guest.Do($"kill {agent}; wait {agent}; echo $?"));
        Assert.Equal(before, Snapshot());
        var log = Guest.Do("cat /tmp/log");
        Assert.DoesNotContain("somebody", log, StringComparison.Ordinal);
        Assert.DoesNotContain("trying again", log, StringComparison.Ordinal);
    }

    // Each on pCPUs of its own, all of them in use.
    private bool Placed(string web, string batch, string all)
    {
        var (a, b) = (Cpus(Where(web)), Cpus(Where(batch)));
        return !a.Overlaps(b) && a.Union(b).ToHashSet().SetEquals(Cpus(all));
    }

    private static HashSet<int> Cpus(string list)
    {
        var found = new HashSet<int>();
        foreach (var part in list.Contains('-') || list.Contains(',') ? list.Split(',') : list.Select(c => $"{c}"))
            for (var (n, last) = (part[0] - '0', part[^1] - '0'); n <= last; n++) found.Add(n);
        return found;
    }

    private void Switch(string cpu, string online) =>
        Guest.Do($"echo {online} > /sys/devices/system/cpu/cpu{cpu}/online");

    private string Pretend(string name)
    {
        Guest.Do($"mkfifo /tmp/{name} 2> /dev/null; true");
        // Its standard input stays open for as long as somebody sleeps on it.
        Start($"sleep 100000 > /tmp/{name}");
        var pid = Start("/opt/dotnet/dotnet exec --runtimeconfig /opt/flms/flms.runtimeconfig.json "
            + $"/opt/flms/Flms.Agent.Tests.dll vm -name {name} 2 < /tmp/{name} > /tmp/{name}.out");
        Guest.WaitUntil($"grep -q ready /tmp/{name}.out", $"{name} does not start");
        return pid;
    }

    private string Start(string command)
    {
        var pid = Guest.Do($"{command} & echo $!");
        _started.Add(pid);
        return pid;
    }

    // Where its vCPUs may run.
    private string Where(string pid) => string.Join(',', Guest.Do(
        $"for t in $(grep -l ^CPU /proc/{pid}/task/*/comm); do grep Cpus_allowed_list ${{t%comm}}status; done "
        + "| cut -f2").Split('\n').Distinct());

    private void WaitUntil(Func<bool> so, string what)
    {
        for (var begin = Environment.TickCount64; !so(); Thread.Sleep(200))
            Assert.True(Environment.TickCount64 - begin < 120_000, $"{what}: {Guest.Do("cat /tmp/log")}");
    }

    // Threads that the runtime makes and ends as it likes are left out.
    private string Snapshot() => Guest.Do(
        $"cat {string.Join(' ', _started.Take(5).Select(p => $"/proc/{p}/task/*/status"))} |"
        + " awk '/^Name/ { n = $2 } /^Cpus_allowed_list/ { print n, $2 }' | grep -E '^(CPU|IO|sleep) '");
}
