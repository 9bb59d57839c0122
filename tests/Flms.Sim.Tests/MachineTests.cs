using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests;

/// <summary>What the simulated host promises: order within an instant, operators, books, determinism.</summary>
public sealed class MachineTests
{
    private static readonly Topology One = Topology.Of(1, 1);

    /// <summary>A policy that writes down what it is told.</summary>
    private sealed class Diary(ISchedHost host, List<string> pages) : Scheduler(host)
    {
        private readonly RoundRobinScheduler _inner = new(host, new());

        public override int Timers => 2;

        public override void VcpuAdded(VcpuId v, Instant now)
        {
            if (v.Index == 0) Host.Arm(1, Instant.Zero + 5.Ms);
            if (v.Index == 0) Host.Arm(0, Instant.Zero + 5.Ms);
            pages.Add($"{now} added {v}");
            _inner.VcpuAdded(v, now);
        }

        public override void VcpuRemoved(VcpuId v, Instant now)
        {
            pages.Add($"{now} removed {v}");
            _inner.VcpuRemoved(v, now);
        }

        public override void Wake(VcpuId v, Instant now)
        {
            pages.Add($"{now} wake {v}");
            _inner.Wake(v, now);
        }

        public override void Sleep(VcpuId v, Instant now)
        {
            pages.Add($"{now} sleep {v}");
            _inner.Sleep(v, now);
        }

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
        {
            pages.Add($"{now} schedule {p} {last} {left}");
            return _inner.Schedule(p, last, left, now);
        }

        public override void Timer(int timer, Instant now) => pages.Add($"{now} timer {timer}");

        public override void Adjusted(VcpuId v, Instant now)
        {
            pages.Add($"{now} adjusted {v}");
            _inner.Adjusted(v, now);
        }
    }

    private static Operation At(Duration at, OperationKind kind, int domain, int value = 0, CpuMask? mask = null) =>
        new(Instant.Zero + at, kind, domain, value, mask);

    private static List<string> DiaryOf(MachineSetup setup, Duration until, Duration from = default)
    {
        var pages = new List<string>();
        new Machine(setup, host => new Diary(host, pages)).Run(Instant.Zero + until);
        return [.. pages.Where(p => Duration.TryParse(p.Split(' ')[0], out var at) && at >= from)];
    }

    [Fact]
    public void Within_an_instant_come_completions_then_wake_ups_then_timers_then_pCPUs_in_ascending_order()
    {
        // v0 is done at 5 ms; v1, v2 and v3 wake at 5 ms; two timers fire at 5 ms.
        var setup = Setup(Topology.Of(1, 3), CostModel.None,
            Domain("a", new PulseSetup { Work = 5.Ms }),
            Domain("b", new PulseSetup { Work = 5.Ms, At = 5.Ms }),
            Domain("c", new PulseSetup { Work = 5.Ms, At = 5.Ms }),
            Domain("d", new PulseSetup { Work = 5.Ms, At = 5.Ms }));
        Assert.Equal(
            [
                "5ms wake v1", "5ms wake v2", "5ms wake v3", "5ms timer 0", "5ms timer 1",
                "5ms schedule p0 v0 Blocked", "5ms schedule p1 idle Idle", "5ms schedule p2 idle Idle",
            ],
            DiaryOf(setup, 5.Ms, from: 5.Ms));
    }

    [Fact]
    public void A_completion_is_told_to_its_workload_before_anything_wakes()
    {
        var trial = new Trial(Setup(One, CostModel.None, Domain("b", new PulseSetup { Work = 1.Ms, At = 5.Ms }),
            Domain("a", new PulseSetup { Work = 5.Ms }))).Run(5.Ms);
        var at5 = trial.Events.Where(e => e.At == Instant.Zero + 5.Ms).Select(e => (e.Kind, e.Vcpu.Index)).ToArray();
        Assert.Equal((HostEventKind.Done, 1), at5[0]);
        Assert.Equal((HostEventKind.Wake, 0), at5[1]);
    }

    [Fact]
    public void Who_finds_new_work_in_the_instant_it_is_done_never_blocks()
    {
        var trial = new Trial(Setup(One, CostModel.None,
            Domain("a", new DutySetup { Run = 2.Ms, Sleep = Duration.Zero }))).Run(11.Ms);
        Assert.Equal([2.Ms, 4.Ms, 6.Ms, 8.Ms, 10.Ms], trial.Times(HostEventKind.Done, 0));
        Assert.Empty(trial.Times(HostEventKind.Block, 0));
        Assert.Single(trial.Times(HostEventKind.Wake, 0));
        Assert.Single(trial.Times(HostEventKind.Switch, 0));
    }

    [Fact]
    public void Work_is_lost_neither_by_preemption_nor_by_waiting()
    {
        var trial = new Trial(Setup(One, CostModel.None, Domain("a", new PulseSetup { Work = 70.Ms }),
            Domain("b", new PulseSetup { Work = 70.Ms }))).Run(1.Seconds);
        // a: 0-30, 60-90, 120-130; b: 30-60, 90-120, 130-140.
        Assert.Equal([130.Ms], trial.Times(HostEventKind.Done, 0));
        Assert.Equal([140.Ms], trial.Times(HostEventKind.Done, 1));
    }

    [Fact]
    public void A_paused_vCPU_stops_at_that_instant_and_goes_on_where_it_was()
    {
        var setup = Setup(One, CostModel.Typical, Domain("a", new PulseSetup { Work = 10.Ms })) with
        {
            Operations = [At(4.Ms, OperationKind.Pause, 0), At(9.Ms, OperationKind.Resume, 0)],
        };
        var trial = new Trial(setup).Run(20.Ms);
        Assert.Equal([4.Ms, 15.Ms + 5.Us], trial.Times(HostEventKind.Block, 0));
        // Kick 1 us and switch 1.5 us, twice.
        Assert.Equal([15.Ms + 5.Us], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void A_pause_takes_a_waiting_vCPU_off_the_queue_and_a_resume_puts_it_back()
    {
        var setup = Setup(One, CostModel.None, Domain("a", new HogSetup()), Domain("b", new HogSetup())) with
        {
            Operations =
            [
                At(10.Ms, OperationKind.Pause, 1), At(11.Ms, OperationKind.Pause, 1),
                At(20.Ms, OperationKind.Resume, 1), At(21.Ms, OperationKind.Resume, 1),
            ],
        };
        Assert.Equal(["10ms sleep v1", "20ms wake v1"], DiaryOf(setup, 25.Ms, from: 6.Ms));
    }

    [Fact]
    public void Work_that_comes_during_a_pause_waits_for_the_resume()
    {
        var setup = Setup(One, CostModel.None, Domain("a", new PulseSetup { Work = 1.Ms, At = 5.Ms })) with
        {
            Operations = [At(2.Ms, OperationKind.Pause, 0), At(8.Ms, OperationKind.Resume, 0)],
        };
        var trial = new Trial(setup).Run(20.Ms);
        Assert.Equal([8.Ms], trial.Times(HostEventKind.Wake, 0));
        Assert.Equal([9.Ms], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void A_destroyed_domain_is_removed_once_its_pCPU_has_asked_and_never_heard_of_again()
    {
        var setup = Setup(Topology.Of(1, 2), CostModel.None, Domain("a", new HogSetup()), Domain("b", new HogSetup()),
            Domain("c", new PulseSetup { Work = 1.Ms, At = 5.Ms, Every = 5.Ms })) with
        {
            Operations =
            [
                At(10.Ms, OperationKind.Destroy, 1), At(10.Ms, OperationKind.Resume, 1),
                At(10.Ms, OperationKind.Destroy, 2), At(12.Ms, OperationKind.Pause, 2),
            ],
        };
        Assert.Equal(
            [
                "10ms sleep v2", "10ms removed v2", "10ms schedule p1 v1 Blocked", "10ms removed v1",
                "30ms schedule p0 v0 Runnable",
            ],
            DiaryOf(setup, 50.Ms, from: 10.Ms));
    }

    [Fact]
    public void A_domain_that_starts_late_is_added_when_it_starts()
    {
        var setup = Setup(One, CostModel.None,
            Domain("a", new PulseSetup { Work = 1.Ms, At = 2.Ms }) with { StartsAt = Instant.Zero + 7.Ms, Vcpus = 2 });
        Assert.Equal(["7ms added v0", "7ms added v1", "9ms wake v0", "9ms wake v1"],
            DiaryOf(setup, 9.Ms).Where(p => !p.Contains("schedule", StringComparison.Ordinal)
                && !p.Contains("timer", StringComparison.Ordinal)));
    }

    [Fact]
    public void Changes_of_weight_cap_kind_and_affinity_are_told_and_seen()
    {
        var narrow = Mask(2, 1);
        var setup = Setup(Topology.Of(1, 2), CostModel.None, Domain("a", new HogSetup())) with
        {
            Operations =
            [
                At(1.Ms, OperationKind.SetWeight, 0, 512), At(2.Ms, OperationKind.SetCap, 0, 40),
                At(3.Ms, OperationKind.SetKind, 0, (int)DomainKind.Mixed),
                At(4.Ms, OperationKind.SetAffinity, 0, mask: narrow),
            ],
        };
        var trial = new Trial(setup).Run(5.Ms);
        ISchedHost host = trial.Machine;
        ref readonly var info = ref host[new(0)];
        Assert.Equal((512, 40, DomainKind.Mixed), (info.Weight, info.Cap, info.Kind));
        Assert.Equal(4, DiaryOf(setup, 6.Ms).Count(p => p.Contains("adjusted", StringComparison.Ordinal)));
        // It ran on p0, where it may not any more: the host kicks, and it is on p1 at once.
        Assert.Equal([Duration.Zero, 4.Ms], trial.Times(HostEventKind.Switch, 0));
        Assert.Equal([4.Ms], trial.Times(HostEventKind.Migrate, 0));
    }

    [Fact]
    public void A_run_in_pieces_is_the_same_as_a_run_in_one()
    {
        var world = Swarm.World(3).Setup;
        var whole = new Trial(world).Run(1.Seconds);
        var pieces = new Trial(world);
        for (var t = 0; t <= 1000; t += 7) pieces.Run(t.Ms);
        pieces.Run(1.Seconds);
        Assert.Equal(whole.Events, pieces.Events);
        Assert.Equal(whole.Machine.Statistics.DomainRun, pieces.Machine.Statistics.DomainRun);
    }

    [Fact]
    public void Equal_seeds_give_equal_events_and_different_seeds_do_not()
    {
        var world = Swarm.World(8).Setup;
        var first = new Trial(world).Run(1.Seconds).Events;
        Assert.True(first.Count > 100);
        Assert.Equal(first, new Trial(world).Run(1.Seconds).Events);
        Assert.NotEqual(first, new Trial(world with { Seed = 99 }).Run(1.Seconds).Events);
    }

    [Fact]
    public void Watching_changes_nothing()
    {
        var world = Swarm.World(12).Setup;
        var watched = new Trial(world).Run(1.Seconds).Machine;
        var alone = new Machine(world, host => new RoundRobinScheduler(host, new()));
        alone.Run(Instant.Zero + 1.Seconds);
        Assert.Equal(watched.Events, alone.Events);
        Assert.Equal(watched.Statistics.DomainRun, alone.Statistics.DomainRun);
    }

    [Fact]
    public void Statistics_count_from_the_end_of_the_warm_up()
    {
        var trial = new Trial(Setup(One, CostModel.None, Domain("a", new HogSetup()),
            Domain("b", new PulseSetup { Work = 1.Ms, At = 45.Ms, Every = 100.Ms }))).Run(40.Ms);
        trial.Machine.ResetStatistics();
        trial.Run(140.Ms);
        var s = trial.Machine.Statistics;
        Assert.Equal((Instant.Zero + 40.Ms, Instant.Zero + 140.Ms), (s.Since, s.Until));
        Assert.Equal([99.Ms.Ns, 1.Ms.Ns], s.DomainRun);
        Assert.Equal([100.Ms.Ns], s.PcpuBusy);
        Assert.Equal((1, 1, 2), (s.Wakes, s.Completions, s.Switches));
        // b woke at 45 ms and ran at 60 ms, when the hog's slice ended.
        Assert.Equal((1, 15.Ms.Ns), (s.WakeToRun[1].Count, s.WakeToRun[1].Sum));
    }

    [Fact]
    public void A_policy_that_runs_somebody_who_is_not_runnable_ends_the_run()
    {
        var machine = new Machine(Setup(One, CostModel.None, Domain("a", new HogSetup()), Domain("b")),
            host => new Stubborn(host));
        Assert.Equal("P1", Assert.Throws<PolicyFault>(() => machine.Run(Instant.Zero + 1.Ms)).Law);
    }

    private sealed class Stubborn(ISchedHost host) : Scheduler(host)
    {
        public override void VcpuAdded(VcpuId v, Instant now) { }

        public override void VcpuRemoved(VcpuId v, Instant now) { }

        public override void Wake(VcpuId v, Instant now) => Host.Kick(new(0));

        public override void Sleep(VcpuId v, Instant now) { }

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) => new(new(1), 1.Ms);
    }

    [Fact]
    public void More_entities_than_one_queue_holds_are_refused()
    {
        var many = Domain("a", new HogSetup()) with { Vcpus = EventQueue.MaxEntities };
        Assert.Throws<ArgumentException>(() =>
            new Machine(Setup(One, CostModel.None, many), host => new RoundRobinScheduler(host, new())));
    }

    [Fact]
    public void Nothing_is_allocated_after_warm_up()
    {
        var costs = (CostModel[])[CostModel.None, CostModel.Typical];
        foreach (var cost in costs)
        {
            var setup = Setup(Topology.Of(2, 2, 2), cost,
                Domain("a", new HogSetup()) with { Vcpus = 6 },
                Domain("b", new PulseSetup { Work = 300.Us, Every = 3.Ms, Jitter = 1.Ms }) with { MemoryNode = 1 },
                Domain("c", new DutySetup { Run = 2.Ms, Sleep = 5.Ms, Grid = 10.Ms, Ends = BurstEnd.Time }),
                Domain("d", new LookbusySetup { Stagger = 30.Ms }) with { Vcpus = 3 },
                Domain("e", new PingSetup { IntervalMin = 1.Ms, IntervalMax = 2.Ms }, new HogSetup()));
            Machine? machine = null;
            Assert.Equal(0, Allocation.Least(() =>
            {
                machine = new Machine(setup, host => new RoundRobinScheduler(host, new()));
                machine.Run(Instant.Zero + 1.Seconds);
                machine.ResetStatistics();
                return () => machine.Run(Instant.Zero + 4.Seconds);
            }));
            Assert.True(machine!.Events > 5000);
        }
    }
}
