using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.VSlicer;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.VSlicer;

public sealed class VSlicerSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler VariantA(ISchedHost host) => new VSlicerScheduler(host, VSlicerOptions.Interleave);

    private static Scheduler VariantB(ISchedHost host) => new VSlicerScheduler(host, VSlicerOptions.Preemptive);

    private static Scheduler NoBoost(ISchedHost host) =>
        new VSlicerScheduler(host, new() { Boost = BoostRule.Never });

    // What it is for: the same share in small pieces.
    [Fact]
    public void A_an_LSVM_runs_for_a_microslice_after_each_slice_of_the_others() => Gantt.Check(VariantA, """
        1 pcpu, column 5ms
        a                wants *...............................................
        a                gets  000000--------------------000000----------------
        b                wants *...............................................
        b                gets  ------000000----------------------000000--------
        c                wants *...............................................
        c                gets  ------------000000------------------------000000
        ls  kind=latency wants *...............................................
        ls               gets  ------------------00000000------00------00------
        """);

    [Fact]
    public void B_microslices_come_at_even_distances_and_cut_the_slices_of_the_others() => Gantt.Check(VariantB, """
        1 pcpu, column 5ms
        a                wants *...............................................
        a                gets  ~~0000--------------~0---000-000----------------
        b                wants *...............................................
        b                gets  ~-----~~0000----------0----------000-000--------
        c                wants *...............................................
        c                gets  ~-----~-----~~0000--~--------------------000-000
        ls  kind=latency wants *...............................................
        ls               gets  ~~----~~----~~----00---00---0---0---0---0---0---
        """);

    // Its limit: nobody isolates it, and its neighbours' slices are as long as ever.
    [Fact]
    public void A_without_boost_who_wakes_waits_for_the_rest_of_a_neighbours_slice() => Gantt.Check(NoBoost, """
        1 pcpu, column 2ms
        a                wants *.................
        a                gets  000000000000000--0
        ls  kind=latency wants ....2.............
        ls               gets  ....-----------00.
        """);

    [Fact]
    public void Two_pCPUs() => Gantt.Check(VariantB, """
        2 pcpu, column 5ms
        a                wants *...............................................
        a                gets  111111------~~-0-0------111111111111111111------
        b                wants *...............................................
        b                gets  ~~0000--0---111111111111------0-0-0-0-00--111111
        c                wants *...............................................
        c                gets  ------111111------~~-0-0000-0-----------00000-0-
        ls  kind=latency wants *...............................................
        ls               gets  ~~----00-000~~0-0-~~0-0----0-0-0-0-0-0-------0-0
        """);

    [Fact]
    public void Weights_hold_in_rounds() => Gantt.Check(VariantA, """
        1 pcpu, column 10ms
        a  weight=256               wants *.......[60s]
        a                           gets  000-----[60s]
        b  weight=1024              wants *.......[60s]
        b                           gets  ---000-0[60s]
        ls weight=512 kind=latency  wants *.......[60s]
        ls                          gets  ------0-[60s]
        a : b : ls gets 1 : 4 : 2 within 1%
        """);

    /// <summary>Specification of the compared systems, section 7, item 11: E = (P-q)^2 / 2kP with P = Nq; N = 4 and
    /// q = 30 ms give 33.75, 11.25 and 5.625 ms.</summary>
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(MicroslicePlace.Preemptive, 1, 33.75)]
    [InlineData(MicroslicePlace.Interleave, 6, 11.25)]
    [InlineData(MicroslicePlace.Preemptive, 3, 11.25)]
    [InlineData(MicroslicePlace.Preemptive, 6, 5.625)]
    public void Oracle_11_a_saturated_LSVM_among_four_waits_as_arithmetic_says(
        MicroslicePlace variant, int k, double ms)
    {
        var target = Hog with
        {
            Kind = DomainKind.Latency,
            Workloads =
            [
                new HogSetup(),
                new PingSetup { IntervalMin = 5.Ms, IntervalMax = 5.Ms, Spacing = Spacing.Poisson, Work = 1.Ns },
            ],
        };
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 1),
            Costs = CostModel.None,
            Domains = [target, Hog, Hog, Hog],
        };
        var machine = new Machine(setup, host => new VSlicerScheduler(host,
            new() { Variant = variant, Microslices = k, Boost = BoostRule.Never }));
        machine.Run(Instant.Zero + 10.Seconds);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 1_000.Seconds);
        var trips = machine.Workloads.First(w => w.Samples is { Count: > 1000 }).Samples!;
        // 200,000 requests at random moments; the mean of a wait of that spread is known to 0.5 %, three times over.
        Assert.InRange(trips.Mean / 1e6 / ms, 0.985, 1.015);
        // The same share as everybody.
        Assert.Equal(0.25, machine.Statistics.DomainRun[0] / 990e9, 3);
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(VariantA, 40);

    [Fact]
    public void Random_worlds_bring_no_foul_in_variant_B() => Swarm.Run(VariantB, 40);
}
