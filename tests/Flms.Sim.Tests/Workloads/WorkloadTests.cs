using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Workloads;

/// <summary>What each workload asks for, and in what order a guest does it.</summary>
public sealed class WorkloadTests
{
    private static readonly Topology One = Topology.Of(1, 1);

    private static Trial Alone(Duration until, params WorkloadSetup[] workloads) =>
        new Trial(Setup(One, CostModel.None, Domain("a", workloads))).Run(until);

    [Fact]
    public void A_hog_begins_when_it_is_told_and_never_ends()
    {
        var trial = Alone(1.Seconds, new HogSetup { At = 5.Ms });
        Assert.Equal([5.Ms], trial.Times(HostEventKind.Wake, 0));
        Assert.Empty(trial.Times(HostEventKind.Block, 0));
        Assert.Equal(995.Ms.Ns, trial.Machine.Statistics.DomainRun[0]);
    }

    [Fact]
    public void A_pulse_comes_at_its_time_and_then_at_every_period()
    {
        var trial = Alone(25.Ms, new PulseSetup { At = 3.Ms, Every = 10.Ms, Work = 2.Ms });
        Assert.Equal([3.Ms, 13.Ms, 23.Ms], trial.Times(HostEventKind.Wake, 0));
        Assert.Equal([5.Ms, 15.Ms, 25.Ms], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void A_single_pulse_comes_once() =>
        Assert.Equal([Duration.Zero], Alone(1.Seconds, new PulseSetup()).Times(HostEventKind.Wake, 0));

    [Fact]
    public void Jitter_lengthens_each_period_by_up_to_itself()
    {
        var wakes = Alone(5.Seconds, new PulseSetup { Every = 10.Ms, Jitter = 4.Ms, Work = 1.Us })
            .Times(HostEventKind.Wake, 0);
        var periods = wakes.Zip(wakes.Skip(1), (a, b) => (b - a).Ns).ToArray();
        Assert.All(periods, p => Assert.InRange(p, 10_000_000, 14_000_000));
        Assert.InRange(periods.Average(), 11.8e6, 12.2e6);
    }

    [Fact]
    public void Pulses_that_are_not_done_yet_add_up()
    {
        var trial = Alone(100.Ms - 1.Ns, new PulseSetup { Every = 10.Ms, Work = 12.Ms });
        Assert.Equal(100.Ms.Ns - 1, trial.Machine.Statistics.DomainRun[0]);
        trial = Alone(1.Seconds, new PulseSetup { Work = 12.Ms }, new PulseSetup { Work = 3.Ms, At = 5.Ms });
        Assert.Equal([12.Ms, 15.Ms], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void A_duty_cycle_by_work_sleeps_from_the_end_of_its_work()
    {
        var trial = Alone(12.Ms, new DutySetup { At = 1.Ms, Run = 2.Ms, Sleep = 3.Ms });
        Assert.Equal([1.Ms, 6.Ms, 11.Ms], trial.Times(HostEventKind.Wake, 0));
        Assert.Equal([3.Ms, 8.Ms], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void Stolen_time_lengthens_a_burst_of_work_but_not_one_of_time()
    {
        Trial Beside(BurstEnd ends) => new Trial(Setup(One, CostModel.None,
            Domain("a", new DutySetup { Run = 50.Ms, Sleep = 10.Ms, Ends = ends }), Domain("b", new HogSetup())))
            .Run(150.Ms);

        // Runs 0 to 30 and 60 to 80 ms; by time it is over at 50 ms, and noticed when it next runs.
        Assert.Equal(80.Ms, Beside(BurstEnd.Work).Times(HostEventKind.Done, 0)[0]);
        Assert.Equal(60.Ms + 1.Ns, Beside(BurstEnd.Time).Times(HostEventKind.Done, 0)[0]);
    }

    [Fact]
    public void A_burst_of_time_that_runs_ends_on_time() => Assert.Equal([20.Ms, 50.Ms],
        Alone(55.Ms, new DutySetup { Run = 20.Ms, Sleep = 10.Ms, Ends = BurstEnd.Time }).Times(HostEventKind.Done, 0));

    [Theory]
    [InlineData(3, 1, 2, new[] { 0, 12, 22, 32 })]
    [InlineData(4, 6, 0, new[] { 0, 10, 20, 30 })]
    [InlineData(4, 7, 0, new[] { 0, 20 })]
    [InlineData(1, 0, 5, new[] { 0, 5, 15, 25, 35 })]
    public void On_a_grid_it_wakes_at_multiples_only(int run, int sleep, int offset, int[] wakes) => Assert.Equal(
        wakes.Select(w => w.Ms),
        Alone(39.Ms, new DutySetup { Run = run.Ms, Sleep = sleep.Ms, Grid = 10.Ms, GridOffset = offset.Ms })
            .Times(HostEventKind.Wake, 0));

    [Fact]
    public void Threads_of_a_guest_run_in_the_order_in_which_they_woke() => Assert.Equal([5.Ms, 10.Ms],
        Alone(1.Seconds, new PulseSetup { Work = 5.Ms }, new PulseSetup { Work = 5.Ms, At = 2.Ms })
            .Times(HostEventKind.Done, 0));

    [Fact]
    public void Interrupts_go_before_threads_and_threads_before_the_background()
    {
        var trial = Alone(15.Ms, new HogSetup(), new PulseSetup { Work = 10.Ms },
            new PingSetup { IntervalMin = 4.Ms, IntervalMax = 4.Ms, Work = 1.Ms });
        // Answers at 4 to 5 and 8 to 9 ms; the thread has run 10 ms at 12 ms, just before the third request.
        Assert.Equal([5.Ms, 9.Ms, 12.Ms, 13.Ms], trial.Times(HostEventKind.Done, 0));
        Assert.Equal([1.Ms.Ns, 1.Ms.Ns], (long[])[trial.Machine.Workloads[2].Samples!.Min,
            trial.Machine.Workloads[2].Samples!.Max]);
    }

    [Fact]
    public void A_ping_takes_the_network_twice_and_the_work_once()
    {
        var trial = Alone(10.Seconds, new PingSetup { Network = 200.Us });
        var trips = trial.Machine.Workloads[0].Samples!;
        Assert.Equal((430.Us.Ns, 430.Us.Ns), (trips.Min, trips.Max));
        // 18 to 55 ms apart, 36.5 on average.
        Assert.InRange(trips.Count, 260, 288);
        Assert.Equal("ping.rtt", trial.Machine.Workloads[0].Measure);
        var sent = trial.Times(HostEventKind.Wake, 0);
        Assert.All(sent.Zip(sent.Skip(1), (a, b) => (b - a).Ns), i => Assert.InRange(i, 18_000_000, 55_000_000));
    }

    [Fact]
    public void Poisson_requests_have_the_mean_of_the_two_intervals()
    {
        var trial = Alone(100.Seconds,
            new PingSetup { Spacing = Spacing.Poisson, IntervalMin = 10.Ms, IntervalMax = 30.Ms, Work = 1.Ns });
        Assert.InRange(trial.Machine.Workloads[0].Samples!.Count, 4780, 5220);
    }

    [Fact]
    public void Requests_that_a_full_ring_drops_are_lost_and_counted()
    {
        var setup = Setup(One, CostModel.None,
            Domain("a", new PingSetup { IntervalMin = 100.Us, IntervalMax = 100.Us, Work = 1.Us })) with
        {
            Operations =
            [
                new(Instant.Zero + 50.Us, OperationKind.Pause, 0),
                new(Instant.Zero + 1.Seconds, OperationKind.Resume, 0),
            ],
        };
        var ping = new Trial(setup).Run(1.Seconds + 90.Ms + 50.Us).Machine.Workloads[0];
        Assert.Equal(10_000 - 1024, ping.Lost);
        Assert.Equal(1024 + 900, ping.Samples!.Count);
    }

    [Fact]
    public void Lookbusy_alone_spins_half_of_each_round()
    {
        var trial = Alone(10.Seconds, new LookbusySetup());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (i * 100).Ms),
            trial.Times(HostEventKind.Wake, 0).SkipLast(1));
        Assert.Equal(5.Seconds.Ns, trial.Machine.Statistics.DomainRun[0]);
    }

    /// <summary>Specification of the compared systems, section 0.2: two VMs at 50 % settle, more run away.</summary>
    [Theory]
    [InlineData(2, 0.50, 150, 230)]
    [InlineData(3, 0.333, 2_000, 1e9)]
    [InlineData(4, 0.25, 2_000, 1e9)]
    public void Lookbusy_under_contention_spins_ever_longer(int vms, double share, double leastMs, double mostMs)
    {
        var (shares, bursts) = Busy(vms, new());
        Assert.All(shares, s => Assert.InRange(s, share - 0.02, share + 0.02));
        Assert.All(bursts, b => Assert.InRange(b, leastMs, mostMs));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Lookbusy_on_several_vcpus_keeps_its_share_on_each(int vcpus)
    {
        var trial = new Trial(Setup(Topology.Of(1, vcpus), CostModel.None,
            Domain("a", new LookbusySetup { Stagger = 100.Ms }) with { Vcpus = vcpus })).Run(20.Seconds);
        // Rounds are not in step, so each reads the others in the midst of theirs.
        Assert.InRange(trial.Machine.Statistics.DomainRun[0] / 20e9 / vcpus, 0.48, 0.52);
    }

    [Fact]
    public void Lookbusy_reads_what_the_whole_guest_ran_and_leaves_room_for_its_other_threads()
    {
        // The other thread takes 30 of 100 ms; together they should take 50.
        var trial = Alone(60.Seconds, new LookbusySetup(), new DutySetup { Run = 30.Ms, Sleep = 70.Ms });
        trial.Machine.ResetStatistics();
        trial.Run(120.Seconds);
        Assert.InRange(trial.Machine.Statistics.DomainRun[0] / 60e9, 0.46, 0.56);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Without_its_feedback_lookbusy_spins_the_same_always(int vms)
    {
        var trial = new Trial(BusySetup(vms, new() { Feedback = false })).Run(60.Seconds);
        for (var v = 0; v < vms; v++)
        {
            var rounds = trial.Times(HostEventKind.Done, v).Length;
            Assert.InRange(trial.Machine.Statistics.DomainRun[v], rounds * 50.Ms.Ns, (rounds + 1) * 50.Ms.Ns);
        }
    }

    private static MachineSetup BusySetup(int vms, LookbusySetup setup) => Setup(One, CostModel.None,
        [.. Enumerable.Range(0, vms).Select(i => Domain($"vm{i}", setup with { Stagger = 100.Ms }))]);

    // The share of each VM after a minute, and the mean length of its bursts from wake-up to sleep, in ms.
    private static (double[] Shares, double[] Bursts) Busy(int vms, LookbusySetup setup)
    {
        var trial = new Trial(BusySetup(vms, setup)).Run(60.Seconds);
        trial.Machine.ResetStatistics();
        trial.Events.Clear();
        trial.Run(360.Seconds);
        var shares = trial.Machine.Statistics.DomainRun.Select(r => r / 300e9).ToArray();
        var bursts = new double[vms];
        for (var v = 0; v < vms; v++)
        {
            var slept = 300.0e3 / Math.Max(1, trial.Times(HostEventKind.Block, v).Length);
            bursts[v] = slept - 50;
        }
        return (shares, bursts);
    }
}
