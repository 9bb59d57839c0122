using Flms.Core;
using Flms.Schedulers.Tableau;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Tableau;

/// <summary>Nobody who has slots goes without for longer than 2(T - C), whenever it wakes and whatever others
/// do.</summary>
/// <remarks>The bound is exact and there is no tolerance: switches and kicks are free here, and what they cost
/// elsewhere comes on top.</remarks>
public sealed class TableauBoundTests
{
    [Fact]
    public void The_bound_holds_in_50_random_worlds() => Assert.InRange(GreatestWaitOfBound(50, 1), 0.6, 1.0);

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_bound_holds_in_1000_random_worlds() => Assert.InRange(GreatestWaitOfBound(1000, 1), 0.9, 1.0);

    [Fact]
    public void A_wake_up_at_any_moment_of_the_table_waits_no_longer_than_the_bound()
    {
        // Wakes at 2,000 moments of the hyperperiod, 51.3 us apart. The pCPU's other time belongs to two hogs, one of
        // them with short periods, so that the slots are not at the same place in every period.
        const long step = 51_351;
        var worst = Duration.Zero;
        for (var part = 0; part < 40; part++)
        {
            var moments = new List<(Instant, Duration)>();
            for (var i = 0; i < 50; i++)
                moments.Add((new((2 + i) * Length + (part * 50 + i) * step), 1.Us));
            var machine = new Machine(new()
            {
                Topology = Topology.Of(1, 1),
                Costs = CostModel.None,
                Domains =
                [
                    Domain("target", new Testing.ScriptSetup(moments), 25, 20.Ms),
                    Domain("fine", new HogSetup(), 25, 1.Ms),
                    Domain("coarse", new HogSetup(), 50, 9.Ms),
                ],
            }, host => new TableauScheduler(host, new()));
            var watch = new Waits((TableauScheduler)machine.Policy, 3);
            machine.Watch(watch);
            machine.Run(new(54 * Length));
            worst = Duration.Max(worst, watch.Worst[0]);
            Assert.Null(watch.Breach);
        }
        // Half of it at least is reached, so that the bound is no empty promise: the other half needs slots that lie as
        // far apart as they can.
        Assert.InRange(worst.Ns, 19_256_738 / 2, 19_256_738);
    }

    [Fact]
    public void The_bound_holds_across_changes_of_the_plan()
    {
        var domains = new List<DomainSetup>();
        for (var d = 0; d < 5; d++)
            domains.Add(new()
            {
                Name = $"hog{d}",
                Workloads = [new HogSetup()],
                StartsAt = Instant.Zero + (d * 230).Ms,
            });
        var machine = new Machine(new()
        {
            Topology = Topology.Of(1, 2),
            Costs = CostModel.None,
            Domains = domains,
            Operations =
            [
                new(Instant.Zero + 1300.Ms, OperationKind.SetWeight, 0, 700),
                new(Instant.Zero + 1600.Ms, OperationKind.Destroy, 2),
            ],
        }, host => new TableauScheduler(host, new()));
        var watch = new Waits((TableauScheduler)machine.Policy, 5);
        machine.Watch(watch);
        machine.Run(Instant.Zero + 2.Seconds);
        Assert.Null(watch.Breach);
        Assert.True(watch.Judged > 200);
    }

    private static long Length => TableauPeriods.Hyperperiod.Ns;

    private static DomainSetup Domain(
        string name, WorkloadSetup work, int percent, Duration goal, bool burstable = false) =>
        new()
        {
            Name = name,
            Workloads = [work],
            Parameters = [new TableauDomain { Utilisation = new(percent, 100), Latency = goal, Burstable = burstable }],
        };

    // Runs the worlds, and returns the greatest wait as a part of its bound.
    private static double GreatestWaitOfBound(int worlds, ulong firstSeed)
    {
        var greatest = 0.0;
        var judged = 0L;
        for (var seed = firstSeed; seed < firstSeed + (ulong)worlds; seed++)
        {
            var machine = World(seed);
            var watch = new Waits((TableauScheduler)machine.Policy, machine.VcpuCapacity);
            machine.Watch(watch);
            machine.Run(new(4 * Length));
            Assert.True(watch.Breach == null, $"world {seed}: {watch.Breach}");
            greatest = Math.Max(greatest, watch.GreatestOfBound);
            judged += watch.Judged;
        }
        Assert.True(judged > 100 * worlds, $"only {judged} waits were judged");
        return greatest;
    }

    private static Machine World(ulong seed)
    {
        var random = RandomStream.For(seed, 33);
        var pcpus = random.Next(1, 9);
        var domains = new List<DomainSetup>();
        for (var left = 100 * pcpus; domains.Count < 5 * pcpus;)
        {
            var percent = random.Next(2, 81);
            if ((left -= percent) < 0) break;
            var goal = new Duration(random.Next(1_000_000, 60_000_000));
            var work = Work(random, percent, goal);
            domains.Add(Domain($"d{domains.Count}", work, percent, goal, random.Next(0, 2) == 0));
        }
        if (random.Next(0, 3) == 0) domains.Add(new() { Name = "fair", Vcpus = 2, Workloads = [new HogSetup()] });
        if (domains.Count == 0) domains.Add(Domain("one", new HogSetup(), 50, 20.Ms));
        var setup = new MachineSetup { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains };
        return new(setup, host => new TableauScheduler(host, new() { KickIdle = random.Next(0, 2) == 0 }));
    }

    // Among them the worst: who has used up its slot, and wakes a moment later.
    private static WorkloadSetup Work(RandomStream random, int percent, Duration goal)
    {
        TableauPeriods.TryChoose(new(percent, 100), goal, out var period, out var cost);
        return random.Next(0, 4) switch
        {
            0 => new HogSetup(),
            1 => new DutySetup { Run = cost, Sleep = 1.Us },
            2 => new PulseSetup { Work = Duration.Max(cost / 3, 1.Us), Every = period * 2 / 3, Jitter = period / 5 },
            _ => new DutySetup { Run = Duration.Max(cost / 7, 1.Us), Sleep = random.Uniform(10.Us, period) },
        };
    }

    /// <summary>Measures how long each vCPU wants to run and does not, against the policy's bound.</summary>
    private sealed class Waits(TableauScheduler policy, int vcpus) : IWatcher
    {
        private readonly Instant[] _since = [.. Enumerable.Repeat(Instant.Never, vcpus)];
        private readonly Duration[] _boundThen = new Duration[vcpus];

        public Duration[] Worst { get; } = new Duration[vcpus];

        public string? Breach { get; private set; }

        public long Judged { get; private set; }

        public double GreatestOfBound { get; private set; }

        public void On(in HostEvent e)
        {
            switch (e.Kind)
            {
                case HostEventKind.Wake:
                    Begin(e.Vcpu, e.At);
                    break;
                case HostEventKind.Block:
                    _since[e.Vcpu.Index] = Instant.Never;
                    _running.Remove(e.Vcpu.Index);
                    break;
                case HostEventKind.Switch:
                    if (!e.Other.IsNone && _running.Remove(e.Other.Index)) Begin(e.Other, e.At);
                    if (!e.Vcpu.IsNone) End(e.Vcpu, e.At);
                    break;
            }
        }

        private readonly HashSet<int> _running = [];

        private void Begin(VcpuId v, Instant at)
        {
            _since[v.Index] = at;
            // At the very beginning the first plan is only about to be made, and holds from there.
            _boundThen[v.Index] = at == Instant.Zero ? Duration.Zero : policy.BlackoutOf(v);
        }

        private void End(VcpuId v, Instant at)
        {
            _running.Add(v.Index);
            if (_since[v.Index] == Instant.Never) return;
            // A wait during which the plan changes is held to the longer of the two bounds; who had no slots, to none.
            var bound = Duration.Max(_boundThen[v.Index], policy.BlackoutOf(v));
            var waited = at - _since[v.Index];
            _since[v.Index] = Instant.Never;
            if (bound == Duration.Forever) return;
            Judged++;
            Worst[v.Index] = Duration.Max(Worst[v.Index], waited);
            if (bound > Duration.Zero) GreatestOfBound = Math.Max(GreatestOfBound, (double)waited.Ns / bound.Ns);
            if (waited > bound) Breach ??= $"{v} waited {waited} until {at}; the bound is {bound}";
        }
    }
}
