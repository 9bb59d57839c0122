using Flms.Agent.Plans;
using Flms.Agent.Running;

namespace Flms.Agent.Tests.Running;

public sealed class BoostTellingTests : IDisposable
{
    private const long Ms = 1_000_000;

    private readonly LoopBench _bench = new(AgentMode.Enforce,
        s => s with { Plan = new() { Boost = BoostMode.Deadline, Judge = false } });

    private bool _crowded = true;

    public BoostTellingTests()
    {
        for (var vm = 4; vm < 14; vm += 2) _bench.Start(100 * vm, $"batch{vm}", 1);
        _bench.Work = t =>
        {
            if (t.Tid % 100 == 0) t.Do(Ms, sleeps: 100);
            else if (t.Pid == 100) t.Do(20 * Ms, wait: _crowded ? 100 * Ms : 0, sleeps: 100);
            else if (_crowded) t.Do(660 * Ms, wait: 330 * Ms, preemptions: 200);
            else t.Do(10 * Ms, sleeps: 100);
        };
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void That_a_boost_begins_and_ends_is_told_once_with_the_reason()
    {
        _bench.Run(10);
        Assert.Equal(["boosted: it is kept waiting while others want pCPUs"], Told());
        Assert.True(_bench.Lever.Boosts > 0);
        _crowded = false;
        _bench.Run(20);
        Assert.Equal("not boosted: nobody else wants a pCPU", Told()[1]);
        Assert.Equal(2, Told().Count);
        Assert.Contains(_bench.Log, l => l.Contains("web: boosted", StringComparison.Ordinal));
    }

    [Fact]
    public void That_the_kernel_has_no_room_is_told_with_what_to_do()
    {
        _bench.Kernel.Room = 0;
        _bench.Run(10);
        Assert.Contains("not boosted for a while: the kernel would not, or let a boosted thread wait", Told());
        Assert.Contains(_bench.Log, l => l.Contains("EBUSY", StringComparison.Ordinal)
            && l.Contains("sysctl kernel.sched_rt_runtime_us", StringComparison.Ordinal));
    }

    private List<string> Told() =>
        [.. _bench.Loop.Log.Decisions.Where(d => d is { Kind: DecisionKind.Boost, Vm: "web" }).Select(d => d.Text)];
}
