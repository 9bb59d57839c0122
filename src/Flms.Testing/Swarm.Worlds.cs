using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Testing;

// How worlds are made.
public static partial class Swarm
{
    /// <summary>The random world of a number.</summary>
    /// <remarks>
    /// Its last quarter is a roll call: one domain alone is left running, so that a vCPU that a policy has lost cannot
    /// hide behind others.
    /// </remarks>
    /// <param name="seed">The number.</param>
    /// <param name="options">What it may hold. Default: everything.</param>
    /// <param name="length">How long it runs. Default 2 s.</param>
    /// <returns>Always the same world for the same arguments.</returns>
    public static World World(ulong seed, WorldOptions? options = null, Duration? length = null)
    {
        options ??= WorldOptions.All;
        var end = length ?? 2.Seconds;
        var random = RandomStream.For(seed, 0x5774);
        var topology = Shape(random, options);
        var domains = new List<DomainSetup>();
        for (var d = random.Next(1, Math.Min(12, 2 * topology.Count + 3)); d > 0; d--)
            domains.Add(Domain(random, options, topology, domains.Count, end));
        if (options.Signals) AddSignals(RandomStream.For(seed, 0x5774, 1), domains);
        var costs = options.Costs && random.Next(0, 2) == 0 ? CostModel.Typical : CostModel.None;
        return new(seed, new()
        {
            Topology = topology,
            Costs = costs,
            Domains = domains,
            Operations = options.Operations ? Operations(random, options, topology, domains, end) : [],
            Seed = seed,
        }, end);
    }

    private static Topology Shape(RandomStream random, WorldOptions options)
    {
        while (true)
        {
            var sockets = OneOf(random, 1, 1, 1, 2, 2, 4);
            var cores = random.Next(1, 7);
            var threads = OneOf(random, 1, 1, 2);
            if (sockets * cores * threads > options.MaxPcpus) continue;
            return Topology.Of(sockets, cores, threads, OneOf(random, 1, sockets));
        }
    }

    private static DomainSetup Domain(RandomStream random, WorldOptions options, Topology t, int number, Duration end)
    {
        var vcpus = OneOf(random, 1, 1, 1, 2, 2, 3, 4, 8);
        var pinned = options.HardAffinity ? random.Next(0, 8) : -1;
        var workloads = new List<WorkloadSetup>();
        for (var w = OneOf(random, 0, 1, 1, 1, 2, 3); w > 0; w--) workloads.Add(Work(random, vcpus, end));
        List<CpuMask>? each = null;
        if (pinned == 2)
        {
            each = [];
            for (var v = 0; v < vcpus; v++) each.Add(Mask(random, t));
        }
        return new()
        {
            Name = ((char)('a' + number)).ToString(),
            Vcpus = vcpus,
            Weight = options.Weights ? OneOf(random, 256, 256, 256, 512, 128, 1, 65_535, random.Next(1, 2000)) : 256,
            Cap = options.Caps && random.Next(0, 4) == 0 ? random.Next(5, 100 * vcpus) : 0,
            Kind = options.Kinds ? (DomainKind)random.Next(0, 5) : DomainKind.Unmarked,
            Affinity = pinned is 0 or 1 ? Mask(random, t) : null,
            VcpuAffinity = each,
            SoftAffinity = options.SoftAffinity && random.Next(0, 4) == 0 ? Mask(random, t) : null,
            MemoryNode = random.Next(0, 3) == 0 ? random.Next(0, t.Nodes) : -1,
            StartsAt = options.Operations && random.Next(0, 6) == 0
                ? Instant.Zero + random.Uniform(Duration.Zero, end / 2) : Instant.Zero,
            Workloads = workloads,
        };
    }

    private static WorkloadSetup Work(RandomStream random, int vcpus, Duration end)
    {
        var at = random.Next(0, 2) == 0 ? Duration.Zero : random.Uniform(Duration.Zero, end / 2);
        int? vcpu = random.Next(0, 4) == 0 ? random.Next(0, vcpus) : null;
        var period = Spread(random, 1.Ms, 100.Ms);
        switch (random.Next(0, 8))
        {
            case 0 or 1:
                return new HogSetup { Vcpu = vcpu, At = at };
            case 2 or 3:
                return new PulseSetup
                {
                    Vcpu = vcpu,
                    At = at,
                    Work = Spread(random, 5.Us, period / 2),
                    Every = random.Next(0, 8) == 0 ? Duration.Zero : period,
                    Jitter = random.Next(0, 2) == 0 ? Duration.Zero : period / 4,
                };
            case 4 or 5:
                return new DutySetup
                {
                    Vcpu = vcpu,
                    At = at,
                    Run = Spread(random, 5.Us, 50.Ms),
                    Sleep = random.Next(0, 8) == 0 ? Duration.Zero : Spread(random, 5.Us, 50.Ms),
                    Grid = random.Next(0, 3) == 0 ? 10.Ms : Duration.Zero,
                    Ends = random.Next(0, 3) == 0 ? BurstEnd.Time : BurstEnd.Work,
                };
            case 6:
                return new LookbusySetup { Vcpu = vcpu, At = at, Utilisation = random.Next(10, 100), Stagger = 20.Ms };
            default:
                return new PingSetup
                {
                    Vcpu = random.Next(0, vcpus),
                    IntervalMin = period / 4,
                    IntervalMax = period,
                    Spacing = random.Next(0, 2) == 0 ? Spacing.Uniform : Spacing.Poisson,
                };
        }
    }

    private static List<Operation> Operations(
        RandomStream random, WorldOptions options, Topology t, List<DomainSetup> domains, Duration end)
    {
        var roll = end * 3 / 4;
        var operations = new List<Operation>();
        var destroyed = new bool[domains.Count];
        var times = new long[random.Next(0, 9)];
        for (var i = 0; i < times.Length; i++) times[i] = random.Uniform(Duration.Zero, roll).Ns;
        Array.Sort(times);
        foreach (var time in times)
        {
            var d = random.Next(0, domains.Count);
            var kind = (OperationKind)random.Next(0, (int)OperationKind.Destroy + 1);
            if (destroyed[d] || (kind == OperationKind.SetAffinity && !options.HardAffinity)
                || (kind == OperationKind.SetCap && !options.Caps)
                || (kind == OperationKind.SetWeight && !options.Weights)
                || (kind == OperationKind.SetKind && !options.Kinds))
                continue;
            var value = kind switch
            {
                OperationKind.SetWeight => random.Next(1, 2000),
                OperationKind.SetCap => random.Next(0, 2) * random.Next(5, 100 * domains[d].Vcpus),
                OperationKind.SetKind => random.Next(0, 5),
                _ => 0,
            };
            var mask = kind == OperationKind.SetAffinity ? Mask(random, t) : null;
            destroyed[d] |= kind == OperationKind.Destroy;
            operations.Add(new(new(time), kind, d, value, mask));
        }
        RollCall(random.Next(0, domains.Count), Instant.Zero + roll, domains.Count, operations, destroyed);
        return operations;
    }

    private static void RollCall(int one, Instant at, int domains, List<Operation> operations, bool[] destroyed)
    {
        for (var d = 0; d < domains; d++)
            if (!destroyed[d])
                operations.Add(new(at, d == one ? OperationKind.Resume : OperationKind.Pause, d));
    }

    private static CpuMask Mask(RandomStream random, Topology t)
    {
        var mask = new CpuMask(t.Count);
        for (var n = random.Next(1, t.Count + 1); n > 0; n--) mask.Add(new(random.Next(0, t.Count)));
        return mask;
    }

    private static int OneOf(RandomStream random, params ReadOnlySpan<int> choices) =>
        choices[random.Next(0, choices.Length)];

    // Between two lengths, small ones as likely as great ones: doubled as often as it fits, at random.
    private static Duration Spread(RandomStream random, Duration least, Duration most)
    {
        var doublings = 0;
        while (least * (1L << (doublings + 1)) <= most) doublings++;
        var low = least * (1L << random.Next(0, doublings + 1));
        return Duration.Min(random.Uniform(low, low * 2), most);
    }
}
