using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.ECredit;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.ECredit;

public sealed class ECreditSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    // At 108 ms one wakes for 5 ms. In the meantime two are asked: few for the first time, many for the eleventh.
    private static readonly DomainSetup[] Three =
    [
        new() { Name = "runner", Workloads = [Job(108.Ms, 5.Ms)] },
        new() { Name = "few", Workloads = [Job(109.Ms, 2.Ms)] },
        new() { Name = "many", Workloads = [Job(10.Ms, 1.Ms)] },
    ];

    private static Scheduler ECredit(ISchedHost host) => new ECreditScheduler(host, new());

    private static JobsSetup Job(Duration every, Duration work) => new()
    {
        Interval = every,
        Arrivals = Arrivals.Periodic,
        Work = work,
        Length = JobLength.Fixed,
        Device = true,
    };

    [Fact]
    public void Of_two_boosted_ones_who_has_more_requests_goes_first() => Picture.Check("""
               105ms     115ms
        runner ...00000............
        few    ....-----00.........
        many   .....---0......0....
        """, ECredit, Topology.Of(1, 1), Instant.Zero + 105.Ms, 1.Ms, 20, Three);

    [Fact]
    public void Under_Credit_who_came_first_does() => Picture.Check("""
               105ms     115ms
        runner ...00000............
        few    ....----00..........
        many   .....-----0....0....
        """, host => new CreditScheduler(host, new()), Topology.Of(1, 1), Instant.Zero + 105.Ms, 1.Ms, 20, Three);

    // Its limit: the order is only among those of one standing, and a hog's slice is as long as ever.
    [Fact]
    public void A_mixed_VM_waits_for_the_slices_of_its_neighbours_all_the_same() => Picture.Check("""
              1s        1.1s      1.2s      1.3s
        mixed -----------000000------------000000-----
        hog   00---000---------000---000---------000--
        pig   --000---000---------000---000---------00
        """, ECredit, Topology.Of(1, 1), Instant.Zero + 1.Seconds, 10.Ms, 40,
        Hog with { Name = "mixed", Workloads = [new HogSetup(), Job(20.Ms, 100.Us)] }, Hog, Hog with { Name = "pig" });

    [Fact]
    public void Without_requests_it_is_Credit_on_two_pCPUs_too() => Gantt.Check(ECredit, """
        2 pcpu, column 10ms
        a   wants *...........................................................
        a   gets  111---111111111111---111---000---000111---111111111111---111
        b   wants *...........................................................
        b   gets  000000000---000---000000000---000---000000000---000---000000
        c   wants *...........................................................
        c   gets  ---111---000---000111---111111111111---111---000---000111---
        """);

    [Fact]
    public void Weights_hold_whoever_has_requests()
    {
        var io = Hog with { Workloads = [new HogSetup(), Job(5.Ms, 100.Us)] };
        var machine = Run(ECredit, 60.Seconds, io, Hog with { Weight = 512 });
        Assert.Equal(1 / 3.0, machine.Statistics.DomainRun[0] / 60e9, 2);
    }

    [Fact]
    public void Among_many_that_are_boosted_the_busiest_waits_less_than_under_Credit()
    {
        DomainSetup[] domains =
        [
            new() { Name = "many", Workloads = [new PingSetup { IntervalMin = 2.Ms, IntervalMax = 4.Ms }] },
            .. Enumerable.Range(0, 5).Select(i => new DomainSetup
            {
                Name = $"few{i}",
                Workloads = [new JobsSetup { Interval = 20.Ms, Work = 3.Ms, Device = true }],
            }),
        ];
        var ours = Run(ECredit, 60.Seconds, domains).Workloads[0].Samples!.Mean;
        var credit = Run(host => new CreditScheduler(host, new()), 60.Seconds, domains).Workloads[0].Samples!.Mean;
        Assert.True(ours < 0.85 * credit, $"{ours} {credit}");
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(ECredit, 40);

    private static Machine Run(Func<ISchedHost, Scheduler> policy, Duration length, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + length);
        return machine;
    }
}
