using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Linux;

// The other worlds that were measured: spec/linux-host.md 9.3 and 9.4.
public static partial class LinuxHostWorld
{
    /// <summary>9.3: the mean run of each of two hogs on one pCPU, in ms.</summary>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="a">Its parameters for the first.</param>
    /// <param name="b">And for the second.</param>
    /// <param name="apart">How much later the second starts: the two may fall into different rhythms by it.</param>
    /// <param name="path">What a kick and a switch cost.</param>
    public static (double A, double B) TwoHogs(
        Func<ISchedHost, Scheduler> policy, object? a, object? b, Duration apart, Duration path)
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 1),
            Costs = Costs with { ContextSwitch = path - Costs.Kick },
            Domains =
            [
                new() { Name = "a", Workloads = [new HogSetup()], Parameters = Of(a) },
                new()
                {
                    Name = "b", Workloads = [new HogSetup()], Parameters = Of(b), StartsAt = Instant.Zero + apart,
                },
            ],
        };
        var machine = new Machine(setup, policy);
        var runs = new Runs();
        machine.Run(Instant.Zero + 1.Seconds);
        machine.Watch(runs);
        machine.Run(Instant.Zero + 11.Seconds);
        return (runs.Mean(0), runs.Mean(1));
    }

    /// <summary>9.4: latency of a task pinned to the second pCPU behind hogs there, woken from the first.</summary>
    /// <param name="policy">Makes the policy, which takes all wake-ups to come from the first pCPU.</param>
    /// <param name="hogs">How many hogs.</param>
    /// <param name="wakee">Its parameters for the task.</param>
    /// <param name="events">When it is woken.</param>
    /// <param name="path">From a wake-up to the task, with nothing in the way.</param>
    public static EventLatency RemoteWakeup(
        Func<ISchedHost, Scheduler> policy, int hogs, object? wakee, EventsSetup events, Duration path)
    {
        var second = new CpuMask(2);
        second.Add(new(1));
        var domains = new List<DomainSetup>
        {
            new() { Name = "wakee", Affinity = second, Workloads = [events], Parameters = Of(wakee) },
        };
        for (var i = 0; i < hogs; i++)
            domains.Add(new() { Name = $"hog{i}", Affinity = second, Workloads = [new HogSetup()] });
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 2),
            Costs = Costs with { ContextSwitch = path - Costs.Kick },
            Domains = domains,
        };
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + 50.Seconds);
        var latency = machine.Workloads[0].Samples!;
        return new(latency.Mean / 1e6, latency.Quantile(0.99) / 1e6, 0);
    }

    // Each vCPU's runs, from switch to switch.
    private sealed class Runs : IWatcher
    {
        private readonly long[] _sums = new long[2];
        private readonly long[] _counts = new long[2];
        private Instant _began = Instant.Never;

        public double Mean(int v) => _counts[v] == 0 ? 0 : _sums[v] / 1e6 / _counts[v];

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Switch) return;
            if (!e.Other.IsNone && _began != Instant.Never)
            {
                _sums[e.Other.Index] += (e.At - _began).Ns;
                _counts[e.Other.Index]++;
            }
            _began = e.At;
        }
    }
}
