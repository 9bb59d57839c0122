using Flms.Core;
using Flms.Schedulers.Boost2ms;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Boost2ms;

public sealed class Boost2msSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler TwoMs(ISchedHost host) => new Boost2msScheduler(host, new());

    // What it is for: under Credit the second waits until the first is done or a tick has found it.
    [Fact]
    public void Who_has_more_to_do_than_2_ms_does_not_hold_up_the_next_that_wakes() => Gantt.Check(TwoMs, """
        1 pcpu, column 1ms
        hog   wants *...................................
        hog   gets  000000000000---000000000000000000000
        a     wants ............8.......................
        a     gets  ............00----------------------
        b     wants .............1......................
        b     gets  .............-0.....................
        """);

    [Fact]
    public void Credit_itself_lets_the_second_wait() => Gantt.Check(host => new CreditScheduler(host, new()), """
        1 pcpu, column 1ms
        hog   wants *...................................
        hog   gets  000000000000---------000000000000000
        a     wants ............8.......................
        a     gets  ............00000000................
        b     wants .............1......................
        b     gets  .............-------0...............
        """);

    // Its limit: who needs 3 ms waits for the slices of all who are UNDER for the third.
    [Fact]
    public void Who_needs_more_than_2_ms_waits_for_a_turn_to_finish() => Gantt.Check(TwoMs, """
        1 pcpu, column 1ms
        hog   wants *...............................................
        hog   gets  000000000000--000000000000000000000000000000-000
        web   wants ............3...................................
        web   gets  ............00------------------------------0...
        """);

    [Fact]
    public void Two_pCPUs() => Gantt.Check(TwoMs, """
        2 pcpu, column 1ms
        hog   wants *...............................................
        hog   gets  111111111111--111111111111111111111111111111----
        pig   wants *...............................................
        pig   gets  0000000000000-0000000000-000000000000-0000000000
        web   wants ............6...................................
        web   gets  ............11------------------------------1111
        dns   wants .............1..........1............1..........
        dns   gets  .............0..........0............0..........
        """);

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_boost_lasts_for_the_run_time_that_was_set(int ms)
    {
        // It wakes at 12 ms, between ticks, and has 9 ms to do. The hog is not boosted any more.
        var io = Hog with { Workloads = [new PulseSetup { Work = 9.Ms, At = 12.Ms, Every = 1.Seconds }] };
        var first = new FirstRun(new(1));
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = [Hog, io] };
        var machine = new Machine(setup, host => new Boost2msScheduler(host, new() { BoostSlice = ms.Ms }));
        machine.Watch(first);
        machine.Run(Instant.Zero + 100.Ms);
        Assert.Equal(ms * 1_000_000L, first.Length);
    }

    [Fact]
    public void At_double_price_who_runs_boosted_for_less_than_its_share_is_in_debt_all_the_same()
    {
        // Ticks meet both. It runs 43 % in pieces of 0.9 ms: charged twice, that is more than its half.
        var io = Hog with { Workloads = [new PulseSetup { Work = 900.Us, At = 1500.Us, Every = 2100.Us }] };
        // Without the rate limit: with it each wait is 1 ms, one after the other (Q5).
        Boost2msOptions options = new() { Ratelimit = Duration.Zero };
        var once = MeanWaitMs(options, io);
        var twice = MeanWaitMs(options with { Price = BoostPrice.Double }, io);
        Assert.True(once < 0.1 && twice > 1, $"{once} {twice}");
    }

    [Fact]
    public void A_boost_slice_below_the_rate_limit_is_refused() =>
        Assert.Contains("make it at least the rate limit", new Boost2msOptions { BoostSlice = 500.Us }.Problem());

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(TwoMs, 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul_at_double_price() =>
        Swarm.Run(host => new Boost2msScheduler(host, new() { Price = BoostPrice.Double }), 200, firstSeed: 2000);

    private static double MeanWaitMs(Boost2msOptions options, DomainSetup io)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = [io, Hog] };
        var machine = new Machine(setup, host => new Boost2msScheduler(host, options));
        machine.Run(Instant.Zero + 60.Seconds);
        return machine.Statistics.WakeToRun[0].Mean / 1e6;
    }

    // How long the first run of a vCPU was.
    private sealed class FirstRun(VcpuId vcpu) : IWatcher
    {
        private Instant _from;
        private bool _running;

        public long Length { get; private set; }

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Switch || Length > 0) return;
            if (_running) Length = (e.At - _from).Ns;
            _running = e.Vcpu == vcpu;
            _from = e.At;
        }
    }
}
