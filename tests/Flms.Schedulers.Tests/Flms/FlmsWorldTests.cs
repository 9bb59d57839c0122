using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Flms;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Flms;

/// <summary>FLMS in worlds of many kinds: laws, shares, waits, and what it costs.</summary>
public sealed class FlmsWorldTests
{
    private static Scheduler Default(ISchedHost host) => new FlmsScheduler(host, FlmsOptions.Default);

    private static Scheduler Paper(ISchedHost host) => new FlmsScheduler(host, FlmsOptions.Paper);

    // By default it claims to conserve work, so the referee holds it to P4 as well, hard affinities and caps included.
    [Fact]
    public void No_foul_by_default_in_random_worlds() => Swarm.Run(Default, worlds: 60);

    [Fact]
    public void No_foul_under_the_paper_s_rules_in_random_worlds() => Swarm.Run(Paper, worlds: 60);

    // The page says so: thresholds, groups kept apart, and wake-ups that kick a pCPU which then takes nothing.
    [Fact]
    public void Under_the_paper_s_rules_work_is_not_conserved() =>
        Assert.Contains("P4", Swarm.Survey(Paper, worlds: 60, claims: new() { WorkConserving = true }).Keys);

    public static TheoryData<string> Choices => new(
        "order=boost_first", "order=credit_first", "sp_wake=io_boost", "slices=pcpu", "history=sum", "trigger=idle",
        "wake_placement=home", "renewal=on_regroup", "sibling=literal", "candidates=all", "lp_pick=first",
        "keep_one=false", "group_order=single_threads", "rounding=up", "service=latency", "unmarked=floating",
        "no_load=minimum", "newcomer=last", "activate=tick", "load_period=30ms", "debt_limit=0");

    // Every choice by itself, in both presets: no option leads into a state that loses a vCPU.
    [Theory]
    [MemberData(nameof(Choices))]
    public void No_choice_breaks_a_law(string choice)
    {
        foreach (var preset in new[] { FlmsOptions.Default, FlmsOptions.Paper })
        {
            var options = With(preset, choice);
            Swarm.Run(host => new FlmsScheduler(host, options), worlds: 8, length: 1.Seconds, firstSeed: 5000);
        }
    }

    private static FlmsOptions With(FlmsOptions o, string choice) => choice switch
    {
        "order=boost_first" => o with { Order = QueueOrder.BoostFirst },
        "order=credit_first" => o with { Order = QueueOrder.CreditFirst },
        "sp_wake=io_boost" => o with { SpWake = SpWake.IoBoost },
        "slices=pcpu" => o with { Slices = SliceRule.Pcpu },
        "history=sum" => o with { History = LoadHistory.Sum },
        "trigger=idle" => o with { Trigger = BalanceTrigger.Idle },
        "wake_placement=home" => o with { WakePlacement = WakePlacement.Home },
        "renewal=on_regroup" => o with { Renewal = BoostRenewal.OnRegroup },
        "sibling=literal" => o with { Sibling = SiblingRule.Literal },
        "candidates=all" => o with { Candidates = Candidates.All },
        "lp_pick=first" => o with { LpPick = LpPick.First },
        "keep_one=false" => o with { KeepOne = false },
        "group_order=single_threads" => o with { GroupOrder = GroupOrder.SingleThreads },
        "rounding=up" => o with { Rounding = Rounding.Up },
        "service=latency" => o with { Service = Treatment.Latency },
        "unmarked=floating" => o with { Unmarked = Treatment.Floating },
        "no_load=minimum" => o with { NoLoad = NoLoad.Minimum },
        "newcomer=last" => o with { Newcomer = Newcomer.Last },
        "activate=tick" => o with { Activate = ActivateRule.Tick },
        "load_period=30ms" => o with { LoadPeriod = 30.Ms },
        _ => o with { DebtLimit = 0 },
    };

    private static Machine Run(
        Func<ISchedHost, Scheduler> policy, Topology topology, IReadOnlyList<DomainSetup> domains, Duration length)
    {
        var machine = new Machine(
            new MachineSetup { Topology = topology, Costs = CostModel.None, Domains = domains }, policy);
        machine.Run(Instant.Zero + 3.Seconds);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 3.Seconds + length);
        return machine;
    }

    private static DomainSetup Hogs(string name, DomainKind kind, int vcpus) =>
        new() { Name = name, Kind = kind, Vcpus = vcpus, Workloads = [new HogSetup()] };

    private static DomainSetup Pinged(string name, DomainKind kind) =>
        new() { Name = name, Kind = kind, Workloads = [new PingSetup()] };

    // Shares are Credit's: with equal weights every vCPU gets its fair part, whatever the classes are.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void With_equal_weights_every_hog_gets_the_fair_share_within_5_percent(int seed)
    {
        var random = RandomStream.For((ulong)seed, 4242);
        var topology = Topology.Of(random.Next(1, 3), random.Next(1, 5));
        var domains = new List<DomainSetup>();
        var vcpus = 0;
        while (vcpus <= topology.Count)
        {
            domains.Add(Hogs($"d{domains.Count}", (DomainKind)random.Next(0, 5), random.Next(1, 5)));
            vcpus += domains[^1].Vcpus;
        }
        var machine = Run(Default, topology, domains, 30.Seconds);
        for (var d = 0; d < domains.Count; d++)
        {
            var fair = 30e9 * topology.Count * domains[d].Vcpus / vcpus;
            Assert.InRange(machine.Statistics.DomainRun[d], fair * 0.95, fair * 1.05);
        }
    }

    [Theory]
    [InlineData(DomainKind.Latency, DomainKind.Compute)]  // as meant
    [InlineData(DomainKind.Latency, DomainKind.Latency)]  // everybody claims to be
    [InlineData(DomainKind.Compute, DomainKind.Latency)]  // the wrong way round
    [InlineData(DomainKind.Unmarked, DomainKind.Unmarked)]
    [InlineData(DomainKind.Mixed, DomainKind.Mixed)]
    public void A_pinged_VM_among_hogs_is_served_within_a_rate_limit_however_wrong_the_classes(
        DomainKind pinged, DomainKind hogs)
    {
        var machine = Run(Default, Topology.Of(1, 4),
            [Pinged("web", pinged), Hogs("a", hogs, 4), Hogs("b", hogs, 4)], 20.Seconds);
        Assert.True(machine.Statistics.WakeToRun[0].Count > 100);
        Assert.InRange(machine.Statistics.WakeToRun[0].Quantile(0.99), 0, 1.1e6);
        Assert.InRange(machine.Statistics.DomainRun[1], 39.0e9, 41.0e9);
    }

    [Fact]
    public void A_latency_vCPU_that_hogs_does_not_keep_a_pinged_one_waiting()
    {
        var machine = Run(Default, Topology.Of(1, 4),
            [Pinged("web", DomainKind.Latency), Hogs("l", DomainKind.Latency, 4), Hogs("c", DomainKind.Compute, 4)],
            20.Seconds);
        Assert.InRange(machine.Statistics.WakeToRun[0].Quantile(0.99), 0, 0.3e6);
    }

    [Fact]
    public void On_a_single_pCPU_slices_are_short_as_the_classes_cannot_part()
    {
        var machine = Run(Default, Topology.Of(1, 1),
            [Pinged("web", DomainKind.Latency), Hogs("c", DomainKind.Compute, 4)], 10.Seconds);
        Assert.InRange(machine.Statistics.WakeToRun[0].Max, 0, 2e6);
    }

    [Fact]
    public void Nobody_in_a_saturated_world_waits_longer_than_a_second()
    {
        var machine = Run(Default, Topology.Of(1, 2),
            [Hogs("l", DomainKind.Latency, 4), Hogs("m", DomainKind.Mixed, 4), Hogs("c", DomainKind.Compute, 4)],
            20.Seconds);
        foreach (var waits in machine.Statistics.Wait) Assert.InRange(waits.Max, 0, 1e9);
    }

    [Fact]
    public void Nothing_is_allocated_once_it_runs()
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(2, 4, 2),
            Domains =
            [
                Pinged("web", DomainKind.Latency), Hogs("c", DomainKind.Compute, 12),
                new()
                {
                    Name = "m", Kind = DomainKind.Mixed, Vcpus = 8, Cap = 300,
                    Workloads = [new DutySetup { Run = 3.Ms, Sleep = 4.Ms }],
                },
            ],
        };
        Assert.Equal(0, Allocation.Least(() =>
        {
            var machine = new Machine(setup, Default);
            machine.Run(Instant.Zero + 2.Seconds);
            return () => machine.Run(Instant.Zero + 4.Seconds);
        }));
    }

    [Fact]
    public void Reserved_vCPUs_of_a_mixed_domain_can_be_chosen()
    {
        var domain = Hogs("m", DomainKind.Mixed, 4) with { Parameters = [new FlmsDomain { Reserved = 3 }] };
        var machine = Run(Paper, Topology.Of(1, 4), [domain], 3.Seconds);
        // By run time three of four hogs are on I/O duty: three of four pCPUs.
        Assert.Equal(3, ((FlmsScheduler)machine.Policy).Groups.SpCount);
    }
}
