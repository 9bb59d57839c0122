using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Agent.Tests.Plans;

/// <summary>What the simulated FLMS decides from what its vCPUs do, the agent's plan decides from samples of the same.
/// </summary>
public sealed class SameAsSimulatedTests
{
    [Theory]
    [InlineData(1, "default")]
    [InlineData(2, "default")]
    [InlineData(3, "paper")]
    public void The_plans_groups_are_those_of_the_simulated_FLMS_for_the_same_samples_period_by_period(
        ulong seed, string preset)
    {
        const int pcpus = 8, periods = 60;
        var options = preset == "paper" ? FlmsOptions.Paper : FlmsOptions.Default;
        FlmsScheduler policy = null!;
        var machine = new Machine(Setup(pcpus, seed), host => policy = new FlmsScheduler(host, options));
        var watcher = new Samples(machine.Setup.Vcpus, options.Period.Ns);
        machine.Watch(watcher);
        var planner = new Planner(Machines.Of(pcpus), options, new() { Lend = false }, slices: true);
        var sizes = new HashSet<int>();
        for (var period = 1; period <= periods; period++)
        {
            var end = Instant.Zero + options.Period * period;
            machine.Run(end);
            var plan = planner.Next(options.Period, watcher.Take(machine, end.Ns));
            Assert.True(planner.Groups.ForIo.SameAs(policy.Groups.ForIo),
                $"period {period}: agent {planner.Groups.ForIo}, simulated {policy.Groups.ForIo}");
            Assert.Equal(policy.Isolation.Estimate.Io, plan.EstimatedIo);
            Assert.Equal(policy.Isolation.Estimate.Cpu, plan.EstimatedCpu);
            sizes.Add(plan.Sp.Count);
        }
        Assert.True(sizes.Count > 1, "the load never changed the split: nothing was tested");
    }

    private static MachineSetup Setup(int pcpus, ulong seed) => new()
    {
        Topology = Topology.Of(1, pcpus),
        Seed = seed,
        Domains =
        [
            .. Enumerable.Range(0, 4).Select(i => new DomainSetup
            {
                Name = $"web{i}",
                Vcpus = 2,
                Kind = DomainKind.Latency,
                Workloads = [new PingSetup(), new HogSetup { At = (i + 1).Seconds, Vcpu = 1 }],
            }),
            .. Enumerable.Range(0, 6).Select(i => new DomainSetup
            {
                Name = $"batch{i}",
                Kind = DomainKind.Compute,
                Workloads = [new HogSetup { At = (3 * i).Seconds }],
            }),
        ],
    };

    // Integrates who runs and who waits, as the kernel's counters would, cut at the end of each period.
    private sealed class Samples(int vcpus, long periodNs) : IWatcher
    {
        private readonly char[] _state = [.. Enumerable.Repeat('.', vcpus)];
        private readonly long[] _since = new long[vcpus];
        private readonly long[] _run = new long[vcpus];
        private readonly long[] _wait = new long[vcpus];
        private readonly long[] _runNext = new long[vcpus];
        private readonly long[] _waitNext = new long[vcpus];
        private readonly long _period = periodNs;
        private long _end = periodNs;

        public void On(in HostEvent e)
        {
            if (e.Kind == HostEventKind.Switch)
            {
                // Who left without blocking waits again.
                if (!e.Other.IsNone && _state[e.Other.Index] == 'r') To(e.Other, 'w', e.At.Ns);
                if (!e.Vcpu.IsNone) To(e.Vcpu, 'r', e.At.Ns);
            }
            if (e.Kind == HostEventKind.Wake) To(e.Vcpu, 'w', e.At.Ns);
            if (e.Kind == HostEventKind.Block) To(e.Vcpu, '.', e.At.Ns);
        }

        public List<PlanThread> Take(Machine machine, long end)
        {
            for (var v = 0; v < vcpus; v++) Advance(v, end);
            var threads = new List<PlanThread>();
            for (var v = 0; v < vcpus; v++)
            {
                var kind = ((ISchedHost)machine)[new(v)].Kind;
                threads.Add(PlannerTests.Vcpu("vm", v,
                    kind == DomainKind.Latency ? Treatment.Latency : Treatment.Compute, new(_run[v]), new(_wait[v])));
                (_run[v], _wait[v]) = (_runNext[v], _waitNext[v]);
                (_runNext[v], _waitNext[v]) = (0, 0);
            }
            _end = end + _period;
            return threads;
        }

        private void To(VcpuId v, char state, long at)
        {
            Advance(v.Index, at);
            _state[v.Index] = state;
        }

        private void Advance(int v, long to)
        {
            var within = Math.Max(0, Math.Min(to, _end) - Math.Min(_since[v], _end));
            var beyond = to - _since[v] - within;
            if (_state[v] == 'r') (_run[v], _runNext[v]) = (_run[v] + within, _runNext[v] + beyond);
            if (_state[v] == 'w') (_wait[v], _waitNext[v]) = (_wait[v] + within, _waitNext[v] + beyond);
            _since[v] = to;
        }
    }
}
