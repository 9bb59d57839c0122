using Flms.Core;

namespace Flms.Testing.Tests;

/// <summary>Each law is broken once, by a host or a policy that lies, and the referee must name it.</summary>
public sealed class RefereeTests
{
    private readonly Stage _host = new(2, 3);
    private Puppet _puppet = null!;

    private Referee Watch(Action<Puppet>? pull = null, Claims? claims = null)
    {
        var referee = Referee.Over(_host, host =>
        {
            _puppet = new(host);
            pull?.Invoke(_puppet);
            return _puppet;
        }, claims);
        _host.AddAll(referee);
        return referee;
    }

    private static void Calls(string law, string words, Action deed)
    {
        var fault = Assert.Throws<PolicyFault>(deed);
        Assert.Equal(law, fault.Law);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }

    private static Instant At(Duration d) => Instant.Zero + d;

    private static Decision Run(int v) => new(new(v), 30.Ms);

    [Fact]
    public void A_truthful_host_and_a_lawful_policy_commit_no_foul()
    {
        var referee = Watch(p => p.Decides = (pcpu, last) => pcpu.Index == 0 && last.IsNone ? Run(0) : Decision.Idle);
        _host.Wake(referee, 0, 1.Ms);
        Assert.Equal(Run(0), _host.Ask(referee, 0, 1.Ms));
        Assert.Equal(Decision.Idle, _host.Ask(referee, 0, 5.Ms, Left.Blocked));
        referee.End(At(10.Ms));
        Assert.Equal(2, referee.Decisions);
    }

    [Fact]
    public void H1_time_that_goes_back_is_a_foul()
    {
        var referee = Watch(p => p.Wakes = _ => p.Seen.Kick(new(0)));
        _host.Wake(referee, 0, 2.Ms);
        Calls("H1", "goes back", () => _host.Wake(referee, 1, 1.Ms));
    }

    [Fact]
    public void H1_a_run_cannot_end_before_its_last_callback()
    {
        var referee = Watch(p => p.Wakes = _ => p.Seen.Kick(new(0)));
        _host.Wake(referee, 0, 2.Ms);
        Calls("H1", "before its last callback", () => referee.End(At(1.Ms)));
    }

    [Fact]
    public void H2_a_second_wake_up_without_a_sleep_is_a_foul()
    {
        var referee = Watch();
        _host.Wake(referee, 0, 0.Ms);
        Calls("H2", "Wake of v0, which is Queued", () => _host.Wake(referee, 0, 0.Ms));
    }

    [Fact]
    public void H2_a_wake_up_of_a_vCPU_that_is_not_runnable_is_a_foul()
    {
        var referee = Watch();
        Calls("H2", "the host says", () => referee.Wake(new(0), Instant.Zero));
    }

    [Fact]
    public void H2_a_wake_up_of_nobody_is_a_foul()
    {
        var referee = Watch();
        Calls("H2", "beyond the host's capacity", () => referee.Wake(new(7), Instant.Zero));
    }

    [Fact]
    public void H2_adding_a_vCPU_twice_is_a_foul()
    {
        var referee = Watch();
        Calls("H2", "v1 is added", () => referee.VcpuAdded(new(1), Instant.Zero));
    }

    [Fact]
    public void H2_removing_a_vCPU_that_waits_is_a_foul()
    {
        var referee = Watch();
        _host.Wake(referee, 0, 0.Ms);
        Calls("H2", "VcpuRemoved of v0, which is Queued", () => referee.VcpuRemoved(new(0), Instant.Zero));
    }

    [Fact]
    public void H2_a_removed_vCPU_that_wakes_is_a_foul()
    {
        var referee = Watch();
        referee.VcpuRemoved(new(0), Instant.Zero);
        Calls("H2", "Wake of v0, which is Absent", () => _host.Wake(referee, 0, 0.Ms));
    }

    [Fact]
    public void H2_sleep_of_a_running_vCPU_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 0.Ms);
        _host.Ask(referee, 0, 0.Ms);
        _host.Truth(0).Runnable = false;
        Calls("H2", "Sleep of v0, which is Running", () => referee.Sleep(new(0), At(1.Ms)));
    }

    [Fact]
    public void H2_asking_with_another_vCPU_than_the_one_that_ran_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 0.Ms);
        _host.Wake(referee, 1, 0.Ms);
        _host.Ask(referee, 0, 0.Ms);
        Calls("H2", "p0 ran v0", () => referee.Schedule(new(0), new(1), Left.Runnable, At(1.Ms)));
    }

    [Theory]
    [InlineData(Left.Runnable, false)]
    [InlineData(Left.Blocked, true)]
    public void H2_saying_that_a_vCPU_left_otherwise_than_it_did_is_a_foul(Left left, bool runnable)
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 0.Ms);
        _host.Ask(referee, 0, 0.Ms);
        _host.Truth(0).Runnable = runnable;
        Calls("H2", "the host says", () => referee.Schedule(new(0), new(0), left, At(1.Ms)));
    }

    [Fact]
    public void H2_an_idle_pCPU_that_is_asked_with_a_vCPU_is_a_foul()
    {
        var referee = Watch();
        Calls("H2", "p0 ran idle", () => referee.Schedule(new(0), new(1), Left.Runnable, At(1.Ms)));
        referee = Watch();
        Calls("H2", "asked with idle and Runnable",
            () => referee.Schedule(new(0), VcpuId.None, Left.Runnable, At(1.Ms)));
    }

    [Fact]
    public void H2_a_callback_inside_another_is_a_foul()
    {
        Referee referee = null!;
        referee = Watch(p => p.Wakes = v => referee.Schedule(new(0), VcpuId.None, Left.Idle, Instant.Zero));
        Calls("H2", "inside another", () => _host.Wake(referee, 0, 0.Ms));
    }

    [Fact]
    public void H2_a_timer_that_is_not_armed_or_early_is_a_foul()
    {
        Calls("H2", "not armed", () => Watch().Timer(0, At(1.Ms)));
        var referee = Watch();
        _puppet.Seen.Arm(1, At(5.Ms));
        Calls("H2", "early", () => referee.Timer(1, At(4.Ms)));
    }

    [Fact]
    public void H2_a_timer_fires_once()
    {
        var referee = Watch();
        _puppet.Seen.Arm(1, At(5.Ms));
        referee.Timer(1, At(5.Ms));
        Calls("H2", "not armed", () => referee.Timer(1, At(5.Ms)));
    }

    [Fact]
    public void H2_an_affinity_that_changes_without_a_word_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 0.Ms);
        var narrow = new CpuMask(2);
        narrow.Add(new(0));
        _host.Truth(0).Affinity = narrow;
        Calls("H2", "without a word", () => _host.Ask(referee, 0, 0.Ms));
    }

    [Fact]
    public void H2_a_host_that_names_another_vCPU_as_running_is_caught_when_the_policy_asks()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 0.Ms);
        referee.Schedule(new(0), VcpuId.None, Left.Idle, Instant.Zero); // and the host does not do it
        Calls("H2", "p0 runs v0, but the host says idle", () => _puppet.Seen.Running(new(0)));
    }

    [Fact]
    public void H3_a_wake_up_told_after_a_decision_of_the_same_instant_is_a_foul()
    {
        var referee = Watch();
        _host.Ask(referee, 0, 1.Ms);
        Calls("H3", "after a decision", () => _host.Wake(referee, 0, 1.Ms));
    }

    [Fact]
    public void H3_a_wake_up_told_after_a_timer_of_the_same_instant_is_a_foul()
    {
        var referee = Watch();
        _puppet.Seen.Arm(0, At(1.Ms));
        referee.Timer(0, At(1.Ms));
        Calls("H3", "after a timer", () => _host.Wake(referee, 0, 1.Ms));
    }

    [Fact]
    public void H3_a_timer_told_after_a_decision_is_a_foul_unless_the_decision_armed_it()
    {
        var referee = Watch(p => p.Decides = (_, _) =>
        {
            p.Seen.Arm(1, At(1.Ms));
            return Decision.Idle;
        });
        _puppet.Seen.Arm(0, At(1.Ms));
        _host.Ask(referee, 0, 1.Ms);
        referee.Timer(1, At(1.Ms));
        Calls("H3", "told after a decision", () => referee.Timer(0, At(1.Ms)));
    }

    [Fact]
    public void H3_a_timer_that_is_told_late_is_a_foul()
    {
        var referee = Watch();
        _puppet.Seen.Arm(0, At(1.Ms));
        Calls("H3", "was due at 1ms", () => _host.Ask(referee, 0, 2.Ms));
    }

    [Fact]
    public void H3_pCPUs_asked_in_descending_order_are_a_foul_unless_the_lower_was_kicked_meanwhile()
    {
        var kick = true;
        var referee = Watch(p => p.Decides = (pcpu, _) =>
        {
            if (pcpu.Index == 1 && kick) p.Seen.Kick(new(0));
            return Decision.Idle;
        });
        _host.Ask(referee, 1, 1.Ms);
        _host.Ask(referee, 0, 1.Ms);
        kick = false;
        _host.Ask(referee, 1, 2.Ms);
        Calls("H3", "p0 is asked after p1", () => _host.Ask(referee, 0, 2.Ms));
    }

    [Fact]
    public void H3_lets_pCPUs_whose_slices_ended_be_asked_ahead_of_everything_else()
    {
        var referee = Watch(p => p.Decides = (pcpu, _) => Run(pcpu.Index));
        for (var v = 0; v < 2; v++) _host.Wake(referee, v, 0.Ms);
        for (var p = 0; p < 2; p++) _host.Ask(referee, p, 0.Ms);
        _puppet.Seen.Arm(0, At(30.Ms));
        _host.Ask(referee, 1, 30.Ms);
        _host.Wake(referee, 2, 30.Ms);
        _host.Ask(referee, 0, 30.Ms);
        referee.Timer(0, At(30.Ms));
        _host.Ask(referee, 1, 59.Ms);
        Calls("H3", "p0 is asked after p1", () => _host.Ask(referee, 0, 59.Ms));
    }

    [Fact]
    public void H4_of_two_timers_that_are_due_the_lower_fires_first()
    {
        var referee = Watch();
        _puppet.Seen.Arm(0, At(1.Ms));
        _puppet.Seen.Arm(1, At(1.Ms));
        referee.Timer(1, At(1.Ms));
        Calls("H4", "timer 0 fires after timer 1", () => referee.Timer(0, At(1.Ms)));
    }

    [Fact]
    public void H6_a_pCPU_that_was_taken_and_asks_is_a_foul()
    {
        var referee = Watch(p => p.Conserves = false);
        _host.Own = Only(0);
        referee.PcpuTaken(new(1), VcpuId.None, Left.Idle, At(1.Ms));
        Calls("H6", "p1 asks, but is not the policy's", () => _host.Ask(referee, 1, 2.Ms));
    }

    [Fact]
    public void H6_giving_a_pCPU_twice_is_a_foul() =>
        Calls("H6", "the policy's already", () => Watch().PcpuGiven(new(1), At(1.Ms)));

    [Fact]
    public void H6_pCPUs_that_change_without_a_word_are_a_foul()
    {
        var referee = Watch();
        _host.Own = Only(1);
        Calls("H6", "told of the pCPUs 0, but the host says 1",
            () => referee.PcpuTaken(new(1), VcpuId.None, Left.Idle, At(1.Ms)));
    }

    [Fact]
    public void H6_an_affinity_that_names_a_pCPU_of_others_is_a_foul()
    {
        var referee = Watch();
        _host.Narrows = false;
        _host.Own = Only(0);
        Calls("H6", "v0 may run on 0-1; the policy's pCPUs are 0",
            () => referee.PcpuTaken(new(1), VcpuId.None, Left.Idle, At(1.Ms)));
    }

    [Fact]
    public void H6_a_policy_that_did_not_say_so_is_not_given_pCPUs()
    {
        var fault = Assert.Throws<PolicyFault>(() => new Stubborn(_host).PcpuGiven(new(1), At(1.Ms)));
        Assert.Equal("H6: p1 is given to or taken from Stubborn, whose pCPUs may not change", fault.Message);
    }

    private static CpuMask Only(int p)
    {
        var mask = new CpuMask(2);
        mask.Add(new(p));
        return mask;
    }

    [Fact]
    public void P1_running_a_vCPU_that_is_blocked_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(1));
        Calls("P1", "p0 is given v1, which is Blocked", () => _host.Ask(referee, 0, 1.Ms));
    }

    [Fact]
    public void P1_running_a_vCPU_on_two_pCPUs_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 1.Ms);
        Calls("P1", "p1 is given v0, which runs on p0", () => _host.Ask(referee, 1, 1.Ms));
    }

    [Fact]
    public void P1_running_a_vCPU_where_it_may_not_run_is_a_foul()
    {
        var narrow = new CpuMask(2);
        narrow.Add(new(1));
        _host.Truth(0).Affinity = narrow;
        var referee = Watch(p => p.Decides = (_, _) => Run(0));
        _host.Wake(referee, 0, 1.Ms);
        Calls("P1", "may run on 1 only", () => _host.Ask(referee, 0, 1.Ms));
    }

    [Fact]
    public void P1_a_vCPU_that_does_not_exist_and_a_slice_of_nothing_are_fouls()
    {
        var referee = Watch(p => p.Decides = (_, _) => Run(9));
        Calls("P1", "there are 3 vCPUs", () => _host.Ask(referee, 0, 1.Ms));
        referee = Watch(p => p.Decides = (_, _) => new(new(0), Duration.Zero));
        _host.Wake(referee, 0, 1.Ms);
        Calls("P1", "a slice is above zero", () => _host.Ask(referee, 0, 1.Ms));
    }

    [Fact]
    public void P2_a_vCPU_that_waits_for_a_look_that_nothing_will_cause_is_lost()
    {
        var referee = Watch();
        _host.Wake(referee, 0, 1.Ms);
        Calls("P2", "v0 waits, its pCPUs 0-1 idle", () => referee.End(At(2.Ms)));
    }

    [Fact]
    public void P2_a_timer_that_is_armed_is_a_hope_but_not_for_ever()
    {
        var referee = Watch(p => p.Wakes = _ => p.Seen.Arm(0, At(5.Seconds)));
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 1, 900.Ms);
        Calls("P2", "idle, since 1ms", () => _host.Ask(referee, 1, 1100.Ms));
    }

    [Fact]
    public void P2_a_vCPU_that_is_passed_over_too_long_is_lost()
    {
        var referee = Watch(p => p.Decides = (pcpu, _) => Run(pcpu.Index), new() { StarvedAfter = 100.Ms });
        for (var v = 0; v < 3; v++) _host.Wake(referee, v, 0.Ms);
        for (var t = 0; t <= 90; t += 30)
            for (var p = 0; p < 2; p++) _host.Ask(referee, p, t.Ms);
        Calls("P2", "v2 waits since 0ns: starved", () => _host.Ask(referee, 0, 120.Ms));
    }

    [Fact]
    public void P2_running_a_vCPU_that_is_declared_parked_is_a_foul()
    {
        var referee = Watch(p =>
        {
            p.Wakes = v => p.Seen.Trace(Note.Park, v, PcpuId.None);
            p.Decides = (_, _) => Run(0);
        });
        _host.Wake(referee, 0, 1.Ms);
        Calls("P2", "declared parked", () => _host.Ask(referee, 0, 1.Ms));
    }

    [Fact]
    public void P3_a_wait_beyond_the_stated_patience_is_a_foul()
    {
        var referee = Watch(p =>
        {
            p.Bears = 10.Ms;
            p.Wakes = _ => p.Seen.Arm(0, At(1.Seconds));
        });
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 11.Ms);
        Calls("P3", "v0 waits since 1ms", () => _host.Ask(referee, 0, 11.Ms + 1.Us));
    }

    [Fact]
    public void P3_is_called_as_well_when_the_wait_ends_just_then()
    {
        var referee = Watch(p =>
        {
            p.Decides = (_, _) => Run(0);
            p.Wakes = _ => p.Seen.Kick(new(0));
        }, new() { Patience = 10.Ms });
        _host.Wake(referee, 0, 1.Ms);
        Calls("P3", "patience, 10ms", () => _host.Ask(referee, 0, 12.Ms));
    }

    [Fact]
    public void P4_an_idle_pCPU_beside_a_waiting_vCPU_is_a_foul_when_time_moves_on()
    {
        var referee = Watch(p => p.Conserves = true);
        _host.Wake(referee, 0, 1.Ms);
        Calls("P4", "p0 idles while v0 waits since 1ms", () => _host.Ask(referee, 0, 2.Ms));
    }

    [Fact]
    public void P4_forgives_as_long_as_a_kick_is_not_answered()
    {
        var referee = Watch(p =>
        {
            p.Conserves = true;
            p.Wakes = _ => p.Seen.Kick(new(1));
        });
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 2.Ms);
        _host.Ask(referee, 1, 3.Ms); // answered: it idles on
        Calls("P4", "p0 idles", () => referee.End(At(4.Ms)));
    }

    [Fact]
    public void P2_to_P4_exempt_the_parked()
    {
        var referee = Watch(p =>
        {
            p.Conserves = true;
            p.Bears = 1.Ms;
            p.Wakes = v => p.Seen.Trace(Note.Park, v, PcpuId.None);
        });
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 5.Seconds);
        _puppet.Seen.Trace(Note.Unpark, new(0), PcpuId.None);
        Calls("P4", "v0 waits since 5s", () => referee.End(At(6.Seconds)));
    }

    [Fact]
    public void P5_a_policy_that_allocates_is_caught_and_its_host_is_not_blamed_on_it()
    {
        byte[]? kept = null;
        var referee = Watch(p => p.Decides = (_, _) =>
        {
            p.Seen.Trace(Note.Balance, VcpuId.None, new(0));
            if (kept == null) return Decision.Idle;
            kept = new byte[100];
            return Decision.Idle;
        }, new() { AllocatesUntil = 20 });
        for (var i = 0; i < 30; i++) _host.Ask(referee, 0, i.Ms);
        Assert.Equal(0, referee.Allocated);
        kept = [];
        for (var i = 0; i < 7; i++) _host.Ask(referee, 0, 40.Ms);
        Assert.InRange(referee.Allocated, 700, 2000);
        Calls("P5", "bytes allocated", () => _host.Ask(referee, 0, 40.Ms));
    }

    [Fact]
    public void Fouls_can_be_collected_instead_of_thrown()
    {
        var referee = Watch(p => p.Conserves = true, new() { Collect = true });
        _host.Wake(referee, 0, 1.Ms);
        referee.End(At(2.Ms));
        Assert.Equal(["P4", "P2"], referee.Fouls.Select(f => f.Law));
        Assert.Equal("P4 at 1ms: p0 idles while v0 waits since 1ms", referee.Fouls[0].ToString());
    }

    [Fact]
    public void The_hash_tells_runs_apart_by_a_single_slice_kick_timer_or_note()
    {
        ulong HashOf(Func<Puppet, Decision> deed)
        {
            var referee = Watch(p => p.Decides = (_, _) => deed(p));
            _host.Truth(0).Runnable = false;
            _host.Wake(referee, 0, 1.Ms);
            referee.Schedule(new(0), VcpuId.None, Left.Idle, At(1.Ms));
            _host.Truth(0).Runnable = false;
            return referee.Hash;
        }

        var hashes = new[]
        {
            HashOf(_ => Run(0)),
            HashOf(_ => new(new(0), 31.Ms)),
            HashOf(p => Then(() => p.Seen.Kick(new(1)))),
            HashOf(p => Then(() => p.Seen.Arm(1, At(9.Ms)))),
            HashOf(p => Then(() => p.Seen.Trace(Note.Boost, new(0), new(0)))),
        };
        Assert.Equal(hashes.Length, hashes.Distinct().Count());
        Assert.Equal(hashes[0], HashOf(_ => Run(0)));

        static Decision Then(Action deed)
        {
            deed();
            return Run(0);
        }
    }

    [Fact]
    public void The_referee_itself_allocates_nothing_per_event()
    {
        var referee = Watch(p => p.Decides = (_, last) => last.IsNone ? Run(0) : Decision.Idle);
        void Turn(int i)
        {
            _host.Wake(referee, 0, i.Ms);
            _host.Ask(referee, 0, i.Ms);
            _host.Ask(referee, 0, i.Ms + 1.Us, Left.Blocked);
        }

        var turn = 0;
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 100; i++) Turn(turn++);
            return () =>
            {
                for (var i = 0; i < 1000; i++) Turn(turn++);
            };
        }));
    }
}
