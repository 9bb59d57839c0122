using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>Each quirk of Xen 4.4.2 with its option on and off (spec/xen.md 1.14).</summary>
public sealed class CreditQuirkTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static readonly DomainSetup Io = new()
    {
        Name = "io",
        Workloads = [new PulseSetup { Work = 200.Us, At = new(12_300_000), Every = new(17_700_000) }],
    };

    [Fact]
    public void Q1_a_boost_waits_behind_an_older_boost()
    {
        Assert.Equal(30.0, LongestWaitMs(new(), 50.Ms, Hog, Hog, Io), 3);
        Assert.True(LongestWaitMs(new() { BoostPreemptsBoost = true }, 50.Ms, Hog, Hog, Io) < 2);
    }

    [Fact]
    public void Q2_without_boost_who_wakes_waits_for_a_turn()
    {
        Assert.True(MeanWaitMs(new(), 60.Seconds, Hog, Io) < 0.2);
        Assert.True(MeanWaitMs(new() { Boost = BoostRule.Never }, 60.Seconds, Hog, Io) > 5);
    }

    [Fact]
    public void Q3_the_tick_that_ends_a_boost_lets_nobody_in()
    {
        Assert.Equal(30.0, LongestWaitMs(new(), 50.Ms, Hog, Hog, Io), 3);
        Assert.True(LongestWaitMs(new() { TickReschedules = true }, 50.Ms, Hog, Hog, Io) < 10);
    }

    [Fact]
    public void Q4_accounting_ends_the_boost_of_those_that_wait_and_some_wait_for_three_slices()
    {
        Assert.InRange(LongestPingMs(new()), 90, 120);
        Assert.InRange(LongestPingMs(new() { AccountingEndsBoost = false }), 50, 61);
    }

    [Fact]
    public void Q6_a_runner_that_is_sent_away_comes_back_boosted_and_the_waker_waits()
    {
        Assert.InRange(PinnedPingMs(new()), 12, 18);
        Assert.InRange(PinnedPingMs(new() { KickAway = false }), 2, 5);
    }

    [Fact]
    public void Q7_who_is_sent_away_is_not_ahead_of_others_if_a_migration_does_not_boost()
    {
        Assert.True(PinnedPingMs(new() { BoostOnMigrate = false }) < PinnedPingMs(new()));
    }

    [Fact]
    public void Q8_a_capped_vCPU_that_is_freed_holds_up_those_that_woke()
    {
        DomainSetup[] domains = [Hog with { Cap = 25 }, Hog, Io];
        Assert.True(MeanWaitMs(new(), 60.Seconds, domains) > 1);
        Assert.True(MeanWaitMs(new() { BoostOnUnpark = false }, 60.Seconds, domains) < 0.1);
    }

    [Fact]
    public void Q9_a_slice_set_at_run_time_loses_the_weights()
    {
        CreditOptions changed = new() { NewTslice = 5.Ms, NewTsliceAt = 1.Seconds };
        Assert.Equal(0.50, ShareOfFirst(changed, Hog, Hog with { Weight = 512 }), 2);
        Assert.Equal(0.34, ShareOfFirst(changed with { RescaleCredit = true }, Hog, Hog with { Weight = 512 }), 2);
    }

    [Fact]
    public void Q10_who_sleeps_across_ticks_takes_89_percent()
    {
        var duty = new DutySetup { Run = new(8_900_000), Sleep = 0.Us, Grid = 10.Ms, GridOffset = 100.Us, At = 100.Us };
        var evader = Hog with { Workloads = [duty] };
        Assert.InRange(ShareOfFirst(new(), evader, Hog), 0.888, 0.891);
        Assert.Equal(0.50, ShareOfFirst(new() { Activate = ActivateRule.Charge }, evader, Hog), 2);
    }

    [Fact]
    public void Q11_queues_stay_unsorted_where_ticks_are_not_in_step_with_accountings()
    {
        // At 30 ms a tick follows each accounting at once; at 5 ms ticks of 1.666 ms drift away from it.
        CreditOptions options = new() { Tslice = 5.Ms };
        DomainSetup[] domains = [Hog, Hog with { Weight = 512 }, Hog with { Weight = 1024 }, Io];
        var late = Run(options, 1, 20.Seconds, domains).Statistics.Switches;
        var atOnce = Run(options with { SortAtAccounting = true }, 1, 20.Seconds, domains).Statistics.Switches;
        Assert.NotEqual(late, atOnce);
    }

    [Fact]
    public void Q12_low_pCPUs_are_robbed_first()
    {
        var robbedFirst = RobbedLow(new());
        var robbedInTurn = RobbedLow(new() { StealScan = StealScan.Rotating });
        Assert.True(robbedFirst > robbedInTurn, $"{robbedFirst} {robbedInTurn}");
    }

    [Fact]
    public void Weights_256_and_512_share_33_4_to_66_6() =>
        Assert.Equal(0.334, ShareOfFirst(new(), Hog, Hog with { Weight = 512 }), 4);

    [Theory]
    [InlineData(25)]
    [InlineData(50)]
    public void A_cap_holds_to_the_last_digit(int percent) =>
        Assert.Equal(percent / 100.0, ShareOfFirst(new(), Hog with { Cap = percent }), 4);

    private static Machine Run(CreditOptions options, int pcpus, Duration length, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new CreditScheduler(host, options));
        machine.Run(Instant.Zero + length);
        return machine;
    }

    private static double ShareOfFirst(CreditOptions options, params DomainSetup[] domains) =>
        Run(options, 1, 60.Seconds, domains).Statistics.DomainRun[0] / 60e9;

    private static double LongestWaitMs(CreditOptions options, Duration length, params DomainSetup[] domains) =>
        Run(options, 1, length, domains).Statistics.WakeToRun[^1].Max / 1e6;

    private static double MeanWaitMs(CreditOptions options, Duration length, params DomainSetup[] domains) =>
        Run(options, 1, length, domains).Statistics.WakeToRun[^1].Mean / 1e6;

    // A pinged VM and four lookbusies at 50 %, all pinned to one pCPU, while another idles.
    private static double PinnedPingMs(CreditOptions options)
    {
        var first = new CpuMask(2);
        first.Add(new(0));
        var busy = new DomainSetup
        {
            Name = "busy",
            Affinity = first,
            Workloads = [new LookbusySetup { Feedback = false, Stagger = 100.Ms }],
        };
        var ping = busy with { Name = "ping", Workloads = [new PingSetup()] };
        return Run(options, 2, 120.Seconds, ping, busy, busy, busy, busy).Workloads[0].Samples!.Mean / 1e6;
    }

    // A pinged VM next to three lookbusies at 50 %.
    private static double LongestPingMs(CreditOptions options)
    {
        var busy = Hog with { Workloads = [new LookbusySetup { Feedback = false, Stagger = 100.Ms }] };
        var ping = Hog with { Workloads = [new PingSetup()] };
        return Run(options, 1, 300.Seconds, ping, busy, busy, busy).Workloads[0].Samples!.Max / 1e6;
    }

    // How often pCPU 0 of four is robbed, with queues on all of them and one that idles now and then.
    private static int RobbedLow(CreditOptions options)
    {
        var busy = Hog with { Workloads = [new LookbusySetup { Feedback = false, Stagger = 100.Ms }] };
        var watcher = new RobberyCount();
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 4),
            Costs = CostModel.None,
            Domains = [.. Enumerable.Repeat(busy with { Vcpus = 4 }, 3)],
        };
        var machine = new Machine(setup, host => new CreditScheduler(host, options));
        machine.Watch(watcher);
        machine.Run(Instant.Zero + 60.Seconds);
        return watcher.FromFirst * 1000 / Math.Max(1, watcher.All);
    }

    private sealed class RobberyCount : IWatcher
    {
        public int All { get; private set; }

        public int FromFirst { get; private set; }

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Note || e.Note != Note.Steal) return;
            All++;
            if (e.Value == 0) FromFirst++;
        }
    }
}
