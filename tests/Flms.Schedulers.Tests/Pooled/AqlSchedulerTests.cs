using Flms.Core;
using Flms.Schedulers.Pooled;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>AQL: types from counters, pools from types, and equal shares for all.</summary>
public sealed class AqlSchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new AqlScheduler(host, new());

    // Busy, and of that type by its counters.
    private static DomainSetup Io(string name) =>
        new() { Name = name, Workloads = [new HogSetup(), Trial.Echo(2.Ms, 1.Us)] };

    private static DomainSetup Friendly(string name, int vcpus = 1) =>
        Trial.Hog(name, vcpus) with { LlcReferences = 5000, LlcMissRatio = new(1, 10) };

    private static DomainSetup Thrasher(string name, int vcpus = 1) =>
        Trial.Hog(name, vcpus) with { LlcReferences = 5000, LlcMissRatio = new(1, 2) };

    [Fact]
    public void Counters_tell_the_five_types_apart()
    {
        var policy = new Trial(Topology.Of(1, 6), Default,
        [
            Io("io"),
            new() { Name = "spin", Vcpus = 2, Workloads = [new SpinSetup { Spread = 2.Ms }] },
            Thrasher("llco"),
            Friendly("llcf"),
            Trial.Hog("lolcf"),
        ]).Run(130.Ms).Policy<AqlScheduler>();
        Assert.Equal(
            [VcpuType.IoInt, VcpuType.ConSpin, VcpuType.ConSpin, VcpuType.Llco, VcpuType.Llcf, VcpuType.LoLcf],
            Enumerable.Range(0, 6).Select(v => policy.TypeOf(new(v))));
    }

    // The tests are "more than": 8 events in 30 ms, 1000 misses a ms, 1000 references a ms and a fifth of misses are
    // not.
    [Fact]
    public void What_just_reaches_a_threshold_does_not_exceed_it()
    {
        var policy = new Trial(Topology.Of(1, 4), Default,
        [
            new() { Name = "io", Workloads = [new HogSetup(), Trial.Echo(new(3_750_000), 1.Us)] },
            Trial.Hog("misses") with { LlcReferences = 4000, LlcMissRatio = new(1, 4) },
            Trial.Hog("references") with { LlcReferences = 1000 },
            Trial.Hog("ratio") with { LlcReferences = 2000, LlcMissRatio = new(1, 5) },
        ]).Run(130.Ms).Policy<AqlScheduler>();
        for (var v = 0; v < 4; v++) Assert.Equal(VcpuType.LoLcf, policy.TypeOf(new(v)));
    }

    [Fact]
    public void Nobody_has_a_type_before_the_first_window_of_four_periods_is_over()
    {
        var trial = new Trial(Topology.Of(1, 2), Default, [Friendly("a")]).Run(119.Ms);
        Assert.Equal(VcpuType.LoLcf, trial.Policy<AqlScheduler>().TypeOf(new(0)));
        Assert.Equal(VcpuType.Llcf, trial.Run(121.Ms).Policy<AqlScheduler>().TypeOf(new(0)));
    }

    // Two pools of one pCPU each. Credit with slices of 1 ms has turns of 2 ms, whoever uses it: standing changes
    // only at accountings.
    [Fact]
    public void IO_has_turns_of_2_ms_and_who_lives_in_the_cache_has_turns_of_90_ms() => Trial.IsDrawn("""
        io -00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00-
        oi 0--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--00--0
        a  -111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111---------
        b  1------------------------------------------------------------------------------------------111111111
        """, Trial.Draw(Topology.Of(1, 2), Default, [Io("io"), Io("oi"), Friendly("a"), Friendly("b")],
        390.Ms, 1.Ms, 100));

    // Everybody else keeps to Credit's 30 ms.
    [Fact]
    public void Who_does_not_care_has_turns_of_30_ms() => Gantt.Check(Default, """
        1 pcpu, column 10ms
        a     wants *.......................
        a     gets  000---000---000---000---
        b     wants *.......................
        b     gets  ---000---000---000---000
        """);

    // The limit: AQL looks at counters only. What sleeps most of the time and is asked rarely is not I/O to it.
    [Fact]
    public void A_VM_that_is_asked_rarely_is_served_as_under_Credit() => Gantt.Check(Default, """
        1 pcpu, column 10ms
        web   wants ..1.......1.......1.....
        web   gets  ..---0....0.......0.....
        hog   wants *.......................
        hog   gets  00----0000-000-----000--
        pig   wants *.......................
        pig   gets  --000---------0000----00
        """);

    // 3 and 5 vCPUs on 4 pCPUs: quotas 1.5 and 2.5, so two pCPUs each, and one that does not care fills the gap: half a
    // pCPU for everybody. Within 6 %: pools share by Credit, exact within its accounting periods.
    [Fact]
    public void Everybody_has_an_equal_share_whatever_its_pool()
    {
        var trial = new Trial(Topology.Of(1, 4), Default, [Io("a"), Io("b"), Io("c"), Trial.Hog("hog", 5)])
            .Run(1.Seconds);
        var before = Enumerable.Range(0, 8).Select(v => trial.Ran(v).Ns).ToArray();
        trial.Run(61.Seconds);
        for (var v = 0; v < 8; v++)
            Assert.InRange((trial.Ran(v).Ns - before[v]) / 60e9, 0.47, 0.53);
    }

    // One of 16 has a quota of a quarter of a pCPU. Three who do not care fill its pool up.
    [Fact]
    public void A_class_of_one_has_a_pCPU_if_others_fill_it_up()
    {
        var trial = new Trial(Topology.Of(1, 4), Default, [Io("io"), Trial.Hog("hog", 15)]).Run(1.Seconds);
        var before = trial.Ran(0);
        trial.Machine.ResetStatistics();
        trial.Run(61.Seconds);
        Assert.InRange((trial.Ran(0) - before).Ns / 60e9, 0.23, 0.27);
        // In a pool of 4 with slices of 1 ms it waits for 3 others; debts of a few periods may delay it a little
        // longer.
        Assert.InRange(trial.Samples(0, "ping.rtt").Mean, 0, 3e6);
    }

    [Fact]
    public void Thrashers_are_spread_over_sockets_before_all_others()
    {
        // By their number, all four thrashers would begin on sockets 0, 1, 0, 1; pinning moves them to one first.
        var low = new CpuMask(4);
        low.Add(new(0));
        low.Add(new(1));
        var all = new CpuMask(4).Fill();
        var trial = new Trial(Topology.Of(2, 2), Default,
        [
            Thrasher("t", 4) with { Affinity = low },
            Trial.Hog("hog", 4),
        ], operations: [new(Instant.Zero + 500.Ms, OperationKind.SetAffinity, 0, Mask: all)]).Run(490.Ms);
        Assert.Equal([4, 0], Sockets());
        trial.Run(1.Seconds);
        Assert.Equal([2, 2], Sockets());
        var policy = trial.Policy<AqlScheduler>();
        Assert.Equal(4, Enumerable.Range(0, 8).Count(v => policy.SocketOf(new(v)) == 0));

        int[] Sockets()
        {
            var counts = new int[2];
            for (var v = 0; v < 4; v++) counts[trial.Policy<AqlScheduler>().SocketOf(new(v))]++;
            return counts;
        }
    }

    [Fact]
    public void New_vCPUs_go_to_the_socket_with_the_fewest_for_each_pCPU() => Gantt.Check(Default, """
        2 sockets x 1 cores, column 10ms
        a     wants *...
        a     gets  0000
        b     wants *...
        b     gets  1111
        """);

    private static readonly AqlOptions Touchy = new()
    {
        Period = 10.Ms,
        Window = 2,
        IoEvents = 0,
        SpinExits = 0,
        Misses = 0,
    };

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Default, worlds: 40);

    [Fact]
    public void Random_worlds_where_pools_change_all_the_time_bring_no_foul() =>
        Swarm.Run(host => new AqlScheduler(host, Touchy), worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul() =>
        Swarm.Run(host => new AqlScheduler(host, Touchy), 200, firstSeed: 6000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() => Swarm.Run(host => new AqlScheduler(host, Touchy),
        worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
