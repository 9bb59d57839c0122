using Flms.Agent.Guests;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Tests.Guests;

public sealed class GuestMonitorTests
{
    private readonly FakeGuest _guest = new();

    [Fact]
    public void Who_uses_very_little_CPU_goes_to_the_reserved_vCPU_and_comes_back_when_it_uses_more()
    {
        var web = _guest.Add(100, threads: 3);
        var batch = _guest.Add(200);
        _guest.Step();
        Assert.Equal(("1", "1"), (_guest.Where(web), _guest.Where(batch)));
        _guest.Step((web, 4), (batch, 90));
        Assert.Equal(("0", "1"), (_guest.Where(web), _guest.Where(batch)));
        _guest.Step((web, 9), (batch, 5));   // between the two bounds nobody moves
        Assert.Equal(("0", "1"), (_guest.Where(web), _guest.Where(batch)));
        _guest.Step((web, 11), (batch, 4));
        Assert.Equal(("1", "0"), (_guest.Where(web), _guest.Where(batch)));
    }

    [Fact]
    public void The_rule_is_that_of_the_simulated_guest()
    {
        Assert.True(MixedGuest.Moves(false, 49, 1000, 5, 10));
        Assert.False(MixedGuest.Moves(false, 50, 1000, 5, 10));
        Assert.False(MixedGuest.Moves(true, 100, 1000, 5, 10));
        Assert.True(MixedGuest.Moves(true, 101, 1000, 5, 10));
        Assert.True(MixedGuest.Moves(true, long.MaxValue, long.MaxValue, 5, 10));
    }

    [Fact]
    public void The_systems_processes_stay_off_the_reserved_vCPU_however_little_they_do()
    {
        var daemon = _guest.Add(100, user: 33);
        _guest.Step();
        _guest.Step();
        Assert.Equal("1", _guest.Where(daemon));
    }

    [Fact]
    public void Kernel_threads_process_1_and_this_one_are_not_touched()
    {
        var all = new[] { _guest.Add(1, user: 0), _guest.Add(999), _guest.Add(50, user: 0, flags: 0x200040) };
        _guest.Step();
        _guest.Step();
        Assert.All(all, p => Assert.Equal("0-1", _guest.Where(p)));
        Assert.Equal(0, _guest.Kernel.Writes);
        Assert.DoesNotContain(_guest.Look(), l => l.Process.Id.Tid == 50);
    }

    [Fact]
    public void Bound_real_time_and_contained_processes_are_left_alone_with_all_their_threads()
    {
        var bound = _guest.Add(100, threads: 2);
        _guest.Bind(101, "1");
        var contained = _guest.Add(300, cgroup: "/docker/abc");
        var fast = _guest.Add(200, threads: 2);
        _guest.Kernel.Add(201, policy: 1);
        var writes = _guest.Kernel.Writes;
        _guest.Step();
        _guest.Step();
        Assert.Equal(writes, _guest.Kernel.Writes);
        var why = _guest.Look().ToDictionary(l => l.Process.Id.Tid, l => l.Exclusion);
        Assert.Equal((Exclusion.Bound, Exclusion.RealTime, Exclusion.Container),
            (why[bound.Pid], why[fast.Pid], why[contained.Pid]));
    }

    [Fact]
    public void Whatever_somebody_else_changes_is_theirs_and_the_rest_of_it_is_given_back()
    {
        var web = _guest.Add(100, threads: 2);
        _guest.Step();
        _guest.Step((web, 1));
        _guest.Bind(101, "1");
        _guest.Step((web, 1));
        Assert.Equal(("0-1", "1"), (_guest.Kernel[100].Cpus.ToString(), _guest.Kernel[101].Cpus.ToString()));
        var writes = _guest.Kernel.Writes;
        _guest.Step((web, 50));
        _guest.Step((web, 1));
        Assert.Equal(writes, _guest.Kernel.Writes);
        Assert.Equal(Exclusion.TakenOver, _guest.Look()[0].Exclusion);
        Assert.Empty(_guest.Lever.Ours);
    }

    [Fact]
    public void All_is_put_back_after_a_kill_and_so_are_children_that_inherited_a_place()
    {
        var shell = _guest.Add(100);
        var daemon = _guest.Add(400, user: 0);
        _guest.Step();
        _guest.Step((shell, 1));
        Assert.Equal(("0", "1"), (_guest.Where(shell), _guest.Where(daemon)));
        _guest.Restart();
        var child = _guest.Add(200, parent: 100); // began after the kill
        _guest.Bind(200, "0");
        _guest.RestoreAll();
        Assert.Equal(("0-1", "0-1", "0-1"), (_guest.Where(shell), _guest.Where(daemon), _guest.Where(child)));
        Assert.Empty(_guest.Lever.Ours);
    }

    [Fact]
    public void A_child_that_computes_on_the_vCPU_it_inherited_leaves_it_at_the_next_look()
    {
        var shell = _guest.Add(100);
        _guest.Step();
        _guest.Step((shell, 1));
        var make = _guest.Add(200, parent: 100);
        _guest.Bind(200, "0");
        _guest.Step((make, 80));
        Assert.Equal("1", _guest.Where(make));
        _guest.RestoreAll();
        Assert.Equal("0-1", _guest.Where(make));
    }

    [Fact]
    public void A_child_that_was_bound_before_all_this_began_or_by_another_is_bound()
    {
        var old = _guest.Add(100);
        _guest.Bind(100, "0");             // started before Begun
        var shell = _guest.Add(300);
        _guest.Step();
        _guest.Step((shell, 1));
        _guest.Step();
        _guest.Add(999); // the one that is left alone
        var other = _guest.Add(998, parent: 999);
        _guest.Bind(998, "1");
        _guest.Step();
        _guest.Step();
        Assert.Equal(("0", "1"), (_guest.Where(old), _guest.Where(other)));
        Assert.Equal(Exclusion.Bound, _guest.Look().Single(l => l.Process.Id.Tid == 100).Exclusion);
    }

    [Fact]
    public void New_threads_go_where_their_process_is()
    {
        var web = _guest.Add(100);
        _guest.Step();
        _guest.Step((web, 1));
        _guest.NewThread(web);
        _guest.Step((web, 1));
        Assert.Equal("0", _guest.Where(web));
    }

    [Fact]
    public void Nothing_is_changed_that_cannot_be_noted()
    {
        var web = _guest.Add(100);
        _guest.Add(200);
        _guest.Journal.Error = Errno.NoSpace;
        var tally = _guest.Step();
        Assert.Equal((1, 0), (tally[LeverOutcome.NoJournal], _guest.Kernel.Writes));
        Assert.Equal("0-1", _guest.Where(web));
    }

    [Theory]
    [InlineData("0", "0", "1")]
    [InlineData("1,7", "1", "0")]
    public void The_reserved_vCPUs_are_those_that_are_online(string list, string reserved, string others)
    {
        var vcpus = ReservedVcpus.Of(_guest, _guest.Cpus, list, out _)!;
        Assert.Equal((reserved, others), (vcpus.Reserved.ToString(), vcpus.Others.ToString()));
    }

    [Theory]
    [InlineData("0-1", "nothing to keep apart")]
    [InlineData("7", "none of the reserved vCPUs 7 is online")]
    [InlineData("first", "write vCPUs as in")]
    [InlineData("", "write vCPUs as in")]
    public void Where_nothing_can_be_kept_apart_that_is_said(string list, string says)
    {
        Assert.Null(ReservedVcpus.Of(_guest, _guest.Cpus, list, out var problem));
        Assert.Contains(says, problem);
    }
}
