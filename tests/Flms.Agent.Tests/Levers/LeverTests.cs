using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Levers;

public sealed class LeverTests
{
    private const int Tid = 101;
    private readonly FakeHost _host = new();
    private readonly FakeKernel _kernel = new(8);
    private readonly FakeJournal _journal = new();
    private readonly HostCpus _cpus = Machines.Of(8);
    private readonly FakeThread _thread;
    private readonly SchedState _original;

    public LeverTests()
    {
        _host.Qemu(100);
        _thread = _host.Thread(100, Tid, "CPU 0/KVM");
        _kernel.Add(Tid, nice: -5);
        _original = _kernel[Tid];
    }

    [Fact]
    public void A_thread_gets_its_affinity_and_slice_and_keeps_its_nice()
    {
        var lever = Lever();
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("0-1", 200.Us)));
        var now = _kernel[Tid];
        Assert.Equal(("0-1", 200_000UL, -5), (now.Cpus.ToString(), now.Attributes.RuntimeNs, now.Attributes.Nice));
        Assert.True(lever.IsOurs(new(Tid, 1000)));
    }

    [Fact]
    public void What_is_as_it_should_be_is_not_written_again()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        var (writes, text) = (_kernel.Writes, _journal.Text.Length);
        for (var i = 0; i < 10; i++) Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Line("0-1", 200.Us)));
        Assert.Equal((writes, text), (_kernel.Writes, _journal.Text.Length));
        // A slice that the kernel bounds is not written for ever either.
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("0-1", 200.Ms)));
    }

    [Fact]
    public void A_restore_gives_back_affinity_and_the_default_slice_as_the_default()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        var slices = new List<ulong>();
        var spy = new Spy(_kernel, slices);
        var other = new Lever(_host, spy, _journal, _cpus, FakeKernel.BaseSlice);
        other.Adopt(Read());
        Assert.Equal(LeverOutcome.Changed, other.Restore(other.Ours[0], _kernel.Allowed));
        Assert.True(_kernel[Tid].SameAs(_original), $"{_kernel[Tid]}");
        Assert.Equal([0UL], slices);
        Assert.Empty(Read().Entries);
    }

    [Fact]
    public void A_CPU_that_is_about_to_go_is_missing_from_an_affinity_without_being_somebody_elses_doing()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        (_kernel.Going, _thread.BoundTo) = (1, "0-1");
        Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Line("0-1", 200.Us)));
        Assert.Equal(LeverOutcome.Unchanged, lever.Verify(lever.Ours[0], _kernel.Allowed));
        Assert.Equal(LeverOutcome.Changed, lever.Restore(lever.Ours[0], _kernel.Allowed));
        _kernel.Going = null;
        Assert.True(_kernel[Tid].SameAs(_original));
    }

    [Fact]
    public void Who_narrows_an_affinity_while_a_CPU_is_about_to_go_has_the_thread()
    {
        var lever = Lever();
        lever.Apply(Line("0-2", 200.Us));
        _kernel.SetAffinity(Tid, _cpus.Parse("0-1")!);
        (_kernel.Going, _thread.BoundTo) = (1, "0-1");
        Assert.Equal(LeverOutcome.TakenOver, lever.Apply(Line("0-2", 200.Us)));
        _kernel.Going = null;
        Assert.Equal("0-1", _kernel[Tid].Cpus.ToString());
    }

    [Fact]
    public void First_write_wins_the_original_is_that_of_before_the_first_change()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        lever.Apply(Line("2-7", 20.Ms));
        lever.Apply(Line("0-3", 1.Ms));
        Assert.Equal(LeverOutcome.Changed, lever.Restore(lever.Ours[0], _kernel.Allowed));
        Assert.True(_kernel[Tid].SameAs(_original));
    }

    [Fact]
    public void What_an_operator_has_bound_since_is_theirs_and_what_is_still_ours_is_given_back()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        _kernel.SetAffinity(Tid, _cpus.Parse("5")!);
        Assert.Equal(LeverOutcome.TakenOver, lever.Apply(Line("0-1", 200.Us)));
        Assert.Equal(("5", FakeKernel.BaseSlice), (_kernel[Tid].Cpus.ToString(), _kernel[Tid].Attributes.RuntimeNs));
        var writes = _kernel.Writes;
        for (var i = 0; i < 5; i++) Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Line("2-3", 1.Ms)));
        Assert.Equal(writes, _kernel.Writes);
        Assert.True(lever.IsLost(new(Tid, 1000)));
        Assert.Empty(Read().Entries);
    }

    [Fact]
    public void A_cpuset_that_shrinks_is_nobodys_taking_over_and_when_it_grows_all_can_be_given_back()
    {
        var lever = Lever();
        lever.Apply(Line("0-3", 200.Us));
        Cpuset("2-5");
        Assert.Equal("2-3", _kernel[Tid].Cpus.ToString());
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("4-5", 200.Us)));
        Cpuset("6-7"); // disjoint: the kernel parks our mask
        Assert.Equal(LeverOutcome.Changed, lever.Restore(lever.Ours[0], _kernel.Allowed));
        _kernel.Allowed = new CpuMask(8).Fill();
        Assert.True(_kernel[Tid].SameAs(_original));
    }

    [Fact]
    public void A_plan_that_is_older_than_the_cpuset_changes_nothing()
    {
        var line = Line("0-1", 200.Us);
        Cpuset("0-5");
        Assert.Equal(LeverOutcome.Unchanged, Lever().Apply(line));
        Assert.Equal((0, LeverOutcome.Changed), (_kernel.Writes, Lever().Apply(Line("0-1", 200.Us))));
    }

    [Fact]
    public void Who_has_been_bound_or_made_real_time_since_the_plan_was_made_is_left_alone()
    {
        _kernel.SetAffinity(Tid, _cpus.Parse("3")!);
        var writes = _kernel.Writes;
        Assert.Equal(LeverOutcome.Unchanged, Lever().Apply(Line("0-1", 200.Us)));
        _kernel.Add(Tid, policy: 2);
        Assert.Equal(LeverOutcome.Unchanged, Lever().Apply(Line("0-1", 200.Us)));
        Assert.Equal(writes, _kernel.Writes);
        Assert.Empty(Read().Entries);
    }

    [Fact]
    public void A_number_that_another_thread_has_now_is_not_touched()
    {
        var lever = Lever();
        lever.Apply(Line("0-1", 200.Us));
        _host.End(_thread);
        _host.Thread(100, Tid, "CPU 0/KVM", started: 9_999);
        var writes = _kernel.Writes;
        Assert.Equal(LeverOutcome.Gone, lever.Apply(Line("2-3", 200.Us)));
        Assert.Equal((writes, 0), (_kernel.Writes, lever.Ours.Count));
    }

    [Theory]
    [InlineData(Errno.NoSpace, 0)]
    [InlineData(Errno.NoSpace, 30)]
    [InlineData(Errno.InputOutput, 0)]
    public void Without_a_journal_nothing_is_changed_and_a_torn_line_does_no_harm(int error, int partly)
    {
        (_journal.Error, _journal.Partly) = (error, partly);
        var lever = Lever();
        var writes = _kernel.Writes;
        Assert.Equal(LeverOutcome.NoJournal, lever.Apply(Line("0-1", 200.Us)));
        Assert.Equal((writes, error), (_kernel.Writes, lever.LastError));
        _journal.Error = 0;
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("0-1", 200.Us)));
        Assert.Equal(partly > 0 ? 1 : 0, Read().Broken);
        Assert.Single(Read().Entries);
    }

    public static TheoryData<string, int> Faults()
    {
        var all = new TheoryData<string, int>();
        foreach (var call in (string[])["GetAffinity", "SetAffinity", "GetAttributes", "SetAttributes"])
            foreach (var error in (int[])
                [Errno.NoProcess, Errno.Invalid, Errno.NotPermitted, Errno.NoSpace, Errno.InputOutput])
                all.Add(call, error);
        return all;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Whatever_call_fails_nothing_is_thrown_and_all_is_given_back_afterwards(string call, int error)
    {
        // The call fails from the first, second or third time on.
        for (var from = 1; from <= 3; from++)
        {
            _kernel.Add(Tid, nice: -5);
            _journal.Text.Clear();
            var lever = Lever();
            var calls = 0;
            _kernel.Fault = name => name == call && ++calls >= from ? -error : null;
            var outcome = lever.Apply(Line("0-1", 200.Us));
            Assert.True(calls < from ? outcome == LeverOutcome.Changed
                : outcome == (error == Errno.NoProcess ? LeverOutcome.Gone : LeverOutcome.Failed), $"{outcome}");
            _kernel.Fault = _ => null;
            if (error == Errno.NoProcess) continue; // it said that the thread was gone
            var other = new Lever(_host, _kernel, _journal, _cpus, FakeKernel.BaseSlice);
            other.Adopt(Read());
            foreach (var entry in other.Ours) other.Restore(entry, _kernel.Allowed);
            Assert.True(_kernel[Tid].SameAs(_original), $"{call} from {from}: {_kernel[Tid]}");
        }
    }

    public static TheoryData<string, int, string, string> TwoFaults()
    {
        var all = new TheoryData<string, int, string, string>();
        // Reads are made before a change and after it; the second is the one that confirms.
        foreach (var (call, from) in ((string, int)[])
            [("GetAffinity", 2), ("GetAttributes", 2), ("SetAttributes", 1), ("SetAffinity", 1)])
            foreach (var then in (string[])["SetAffinity", "SetAttributes", "GetAffinity", "GetAttributes"])
                foreach (var cpuset in (string[])["0-7", "1-4", "2", "5-6"])
                    all.Add(call, from, then, cpuset);
        return all;
    }

    [Theory]
    [MemberData(nameof(TwoFaults))]
    public void Two_changes_in_a_row_that_fail_leave_nothing_behind_whatever_the_cpuset_hides(
        string call, int from, string then, string cpuset)
    {
        var lever = Lever();
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("1-2", 200.Us)));
        Fail(call, from);
        Assert.Equal(LeverOutcome.Failed, lever.Apply(Line("2-3", 300.Us)));
        Cpuset(cpuset);
        for (var i = 0; i < 3; i++)
        {
            Fail(then, 1 + i);
            lever.Apply(Line(cpuset == "5-6" ? "5" : "2", 400.Us));
        }
        _kernel.Fault = _ => null;
        Cpuset("0-7");
        // The journal knows it, and so does the agent itself, which can go on with it.
        var other = new Lever(_host, _kernel, new FakeJournal(), _cpus, FakeKernel.BaseSlice);
        other.Adopt(Read());
        Assert.NotEqual(LeverOutcome.TakenOver, other.Verify(other.Ours[0], _kernel.Allowed));
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Line("3-4", 500.Us)));
        Assert.Equal(("3-4", 0), (_kernel[Tid].Cpus.ToString(), lever.Lost));
        Assert.Equal(LeverOutcome.Changed, lever.Restore(lever.Ours[0], _kernel.Allowed));
        Assert.True(_kernel[Tid].SameAs(_original), $"{_kernel[Tid]}");
    }

    private void Fail(string call, int from)
    {
        var calls = 0;
        _kernel.Fault = name => name == call && ++calls >= from ? -Errno.InputOutput : null;
    }

    private void Cpuset(string cpus)
    {
        _kernel.Allowed = _cpus.Parse(cpus)!;
        _host.Text($"/proc/{Tid}/cgroup", "0::/vm\n");
        _host.Text("/sys/fs/cgroup/vm/cpuset.cpus.effective", cpus + "\n");
    }

    private Journal Read() => Journal.Read(_journal.Text.ToString(), 8)!;

    private Lever Lever()
    {
        _journal.Append(JournalText.Head("boot", FakeKernel.BaseSlice));
        if (_journal.Error == 0) return new(_host, _kernel, _journal, _cpus, FakeKernel.BaseSlice);
        _journal.Text.Clear();
        var error = _journal.Error;
        _journal.Error = 0;
        _journal.Append(JournalText.Head("boot", FakeKernel.BaseSlice));
        _journal.Error = error;
        return new(_host, _kernel, _journal, _cpus, FakeKernel.BaseSlice);
    }

    private PlanLine Line(string cpus, Duration slice) => new(new()
    {
        Thread = new(Tid, 1000),
        Process = new(100, 1000),
        Vm = "web",
        Role = Agent.Discovery.ThreadRole.Vcpu,
        Treatment = Treatment.Latency,
        Allowed = CpuMask.Copy(_kernel.Allowed),
    }, _cpus.Parse(cpus)!, slice, PlanReason.Latency);

    private sealed class Spy(ISchedCalls inner, List<ulong> slices) : ISchedCalls
    {
        public int GetAffinity(int tid, CpuMask into) => inner.GetAffinity(tid, into);
        public int SetAffinity(int tid, CpuMask cpus) => inner.SetAffinity(tid, cpus);
        public int GetAttributes(int tid, out SchedAttributes a) => inner.GetAttributes(tid, out a);

        public int SetAttributes(int tid, in SchedAttributes a)
        {
            slices.Add(a.RuntimeNs);
            return inner.SetAttributes(tid, a);
        }
    }
}
