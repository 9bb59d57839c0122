using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Levers;

public sealed class BoostLeverTests
{
    private const int Tid = 101;
    private static readonly Reservation Budget = new(800.Us, 1.Ms, Paced: true);
    private readonly FakeHost _host = new();
    private readonly FakeKernel _kernel = new(4);
    private readonly FakeJournal _journal = new();
    private readonly HostCpus _cpus = Machines.Of(4);
    private readonly SchedState _original;

    public BoostLeverTests()
    {
        _host.Qemu(100);
        _host.Thread(100, Tid, "CPU 0/KVM");
        _kernel.Add(Tid, SchedAttributes.Batch, nice: -5);
        _original = _kernel[Tid];
        _journal.Append(JournalText.Head("boot", FakeKernel.BaseSlice));
    }

    [Fact]
    public void A_boosted_thread_has_its_budget_and_may_start_threads()
    {
        var lever = Lever();
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Boost(Budget)));
        var now = _kernel[Tid].Attributes;
        Assert.Equal((SchedAttributes.Deadline, SchedAttributes.ResetOnFork, 800_000UL, 1_000_000UL, 1_000_000UL),
            (now.Policy, now.Flags, now.RuntimeNs, now.DeadlineNs, now.PeriodNs));
        Assert.True(lever.IsBoosted(new(Tid, 1000)));
        Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Boost(Budget)));
        Assert.Equal(LeverOutcome.Changed, lever.Apply(Boost(Budget with { Runtime = 400.Us })));
        Assert.Equal((2L, 0L), (lever.Boosts, lever.BoostsEnded));
    }

    [Fact]
    public void A_boost_that_ends_gives_policy_nice_and_slice_back_and_reserves_next_to_nothing_for_ever()
    {
        var lever = Lever();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(LeverOutcome.Changed, lever.Apply(Boost(Budget)));
            Assert.InRange(_kernel.Reserved, 800, 820);
            Assert.Equal(LeverOutcome.Changed, lever.Apply(Fair("0-1", 200.Us)));
        }
        var now = _kernel[Tid];
        Assert.Equal(("0-1", SchedAttributes.Batch, -5, 200_000UL), (now.Cpus.ToString(), now.Attributes.Policy,
            now.Attributes.Nice, now.Attributes.RuntimeNs));
        Assert.InRange(_kernel.Reserved, 0, 20); // a thousandth each time
        lever.Apply(Boost(Budget));
        Assert.Equal(LeverOutcome.Changed, lever.Restore(lever.Ours[0], _kernel.Allowed));
        Assert.True(_kernel[Tid].SameAs(_original), $"{_kernel[Tid]}");
        Assert.Equal(21, lever.BoostsEnded);
    }

    [Fact]
    public void The_affinity_is_widened_before_a_boost_and_narrowed_after_it()
    {
        var lever = Lever();
        lever.Apply(Fair("0-1", 200.Us));
        _kernel.Log = [];
        lever.Apply(Boost(Budget));
        Assert.Equal(["SetAffinity", "SetAttributes"], _kernel.Log!.Select(l => l.Call));
        _kernel.Log = [];
        lever.Apply(Fair("0-1", 200.Us));
        Assert.Equal(["SetAttributes", "SetAttributes", "SetAffinity"], _kernel.Log!.Select(l => l.Call));
    }

    [Fact]
    public void A_full_kernel_refuses_and_that_is_known_until_a_boost_is_no_longer_wanted()
    {
        _kernel.Room = 100;
        var lever = Lever();
        Assert.Equal((LeverOutcome.Failed, Errno.Busy), (lever.Apply(Boost(Budget)), lever.LastError));
        Assert.True(lever.IsRefused(new(Tid, 1000)));
        Assert.False(lever.IsBoosted(new(Tid, 1000)));
        lever.Apply(Fair("0-1", 200.Us));
        Assert.False(lever.IsRefused(new(Tid, 1000)));
        lever.Restore(lever.Ours[0], _kernel.Allowed);
        Assert.True(_kernel[Tid].SameAs(_original));
    }

    [Fact]
    public void Who_takes_a_boosted_thread_out_of_its_boost_has_it_and_only_the_rest_is_given_back()
    {
        var lever = Lever();
        lever.Apply(Fair("0-1", 200.Us));
        lever.Apply(Boost(Budget));
        _kernel.SetAttributes(Tid, new() { Policy = SchedAttributes.Other, Nice = 3 });
        Assert.Equal(LeverOutcome.TakenOver, lever.Apply(Boost(Budget)));
        Assert.Equal((SchedAttributes.Other, 3), (_kernel[Tid].Attributes.Policy, _kernel[Tid].Attributes.Nice));
        Assert.True(_kernel[Tid].Cpus.SameAs(_original.Cpus));
        Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Boost(Budget)));
    }

    [Fact]
    public void Another_budget_than_ours_is_somebody_elses_and_is_not_ended()
    {
        var lever = Lever();
        lever.Apply(Boost(Budget));
        var theirs = new Reservation(1.Ms, 10.Ms, Paced: false).Attributes;
        _kernel.SetAttributes(Tid, theirs);
        Assert.Equal(LeverOutcome.TakenOver, lever.Restore(lever.Ours[0], _kernel.Allowed));
        Assert.True(_kernel[Tid].Attributes.SameAs(theirs));
    }

    [Fact]
    public void A_journal_of_before_there_were_budgets_is_read_as_well()
    {
        static string Sealed(string text)
        {
            var crc = uint.MaxValue;
            foreach (var c in text)
            {
                crc ^= c;
                for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
            }
            return $"\n{text} {~crc:x8}\n";
        }

        var old = Journal.Read(Sealed("flms-journal 1 boot 2800000")
            + Sealed("D 100 1000 101 1000 0-3 0 0 -5 2800000 0-1 0 0 -5 200000"), 4)!;
        var entry = Assert.Single(old.Entries);
        Assert.Equal((0, "0-1", 200_000UL, 0UL), (old.Broken, entry.Done!.Value.Cpus.ToString(),
            entry.Done.Value.Attributes.RuntimeNs, entry.Done.Value.Attributes.PeriodNs));
    }

    [Fact]
    public void The_metronome_writes_to_busy_boosted_threads_only_and_to_nobody_who_is_no_longer_ours()
    {
        using var metronome = new Metronome(_kernel, 500.Us);
        var lever = Lever();
        lever.Metronome = metronome;
        lever.Apply(Boost(Budget with { Paced = false }));
        Assert.Equal(0, metronome.Count);
        lever.Apply(Boost(Budget));
        Assert.Equal(1, metronome.Count);
        for (var i = 0; i < 3; i++) metronome.Beat();
        Assert.Equal((3L, 800_001UL), (metronome.Writes, _kernel[Tid].Attributes.RuntimeNs));
        // That is still what the lever had set.
        Assert.Equal(LeverOutcome.Unchanged, lever.Apply(Boost(Budget)));
        Assert.Equal(LeverOutcome.Unchanged, lever.Verify(lever.Ours[0], _kernel.Allowed));
        _kernel.SetAttributes(Tid, new() { Policy = SchedAttributes.Other });
        var writes = _kernel.Writes;
        metronome.Beat();
        Assert.Equal((0, writes), (metronome.Count, _kernel.Writes));
        lever.Apply(Boost(Budget)); // taken over
        metronome.Beat();
        Assert.Equal(SchedAttributes.Other, _kernel[Tid].Attributes.Policy);
    }

    [Fact]
    public void A_boost_that_ends_is_followed_no_longer()
    {
        using var metronome = new Metronome(_kernel, 500.Us);
        var lever = Lever();
        lever.Metronome = metronome;
        lever.Apply(Boost(Budget));
        metronome.Beat();
        lever.Restore(lever.Ours[0], _kernel.Allowed);
        Assert.Equal(0, metronome.Count);
        Assert.True(_kernel[Tid].SameAs(_original));
    }

    public static TheoryData<int> AllErrors() =>
        [Errno.NoProcess, Errno.Invalid, Errno.NotPermitted, Errno.NoSpace, Errno.InputOutput, Errno.Busy];

    /// <summary>Each call of a whole life (placed, boosted, another budget, placed again, put back) fails once, and
    /// from then on for ever.</summary>
    [Theory]
    [MemberData(nameof(AllErrors))]
    public void Whichever_call_fails_nothing_is_thrown_only_ours_is_written_and_all_can_be_put_back(int error)
    {
        for (var forEver = 0; forEver < 2; forEver++)
        {
            for (var at = 1; ; at++)
            {
                var kernel = new FakeKernel(4) { Log = [] };
                kernel.Add(Tid, SchedAttributes.Batch, nice: -5);
                _journal.Text.Clear();
                _journal.Append(JournalText.Head("boot", FakeKernel.BaseSlice));
                var (calls, failed) = (0, 0);
                kernel.Fault = _ => ++calls < at || (forEver == 0 && calls > at) ? null : Failing();
                var lever = Lever(kernel);
                var tally = new LeverTally();
                foreach (var line in Life()) tally.Add(lever.Apply(line), lever.LastError);
                foreach (var entry in lever.Ours) tally.Add(lever.Restore(entry, kernel.Allowed), lever.LastError);
                kernel.Fault = _ => null;
                var after = Lever(kernel);
                after.Adopt(Journal.Read(_journal.Text.ToString(), 4)!);
                foreach (var entry in after.Ours) after.Restore(entry, kernel.Allowed);
                Assert.All(kernel.Log, l => Assert.Equal(Tid, l.Tid));
                if (failed == 0) break;
                // What is said to be gone is not looked at again; its number may be another's by then.
                if (error == Errno.NoProcess) continue;
                Assert.True(kernel[Tid].SameAs(_original), $"call {at}: {kernel[Tid]}");
                Assert.All(kernel.Log, l => Assert.True(l.Call == "SetAffinity" || IsPlanned(l.Attributes)));
                // A thread that could not be left next to nothing is simply put back.
                Assert.True(tally.Errors.ContainsKey(error) || tally.Fine);

                int? Failing()
                {
                    failed++;
                    return -error;
                }
            }
        }

        IEnumerable<PlanLine> Life() =>
            [Fair("0-1", 200.Us), Boost(Budget), Boost(Budget with { Runtime = 500.Us }), Fair("2-3", 20.Ms)];

        bool IsPlanned(SchedAttributes a) => a.IsDeadline
            ? a.SameAs(Budget.Attributes) || a.SameAs((Budget with { Runtime = 500.Us }).Attributes)
                || a.SameAs(Reservation.Parting)
            : a is { Policy: SchedAttributes.Batch, Nice: -5, RuntimeNs: 0 or 200_000 or 20_000_000 };
    }

    private Lever Lever(FakeKernel? kernel = null) =>
        new(_host, kernel ?? _kernel, _journal, _cpus, FakeKernel.BaseSlice);

    private PlanLine Fair(string cpus, Duration slice) => Line(_cpus.Parse(cpus)!, slice, null);

    private PlanLine Boost(Reservation budget) => Line(CpuMask.Copy(_cpus.Usual), null, budget);

    private PlanLine Line(CpuMask cpus, Duration? slice, Reservation? boost) => new(new()
    {
        Thread = new(Tid, 1000),
        Process = new(100, 1000),
        Vm = "web",
        Role = Agent.Discovery.ThreadRole.Vcpu,
        Treatment = Treatment.Latency,
        Allowed = CpuMask.Copy(_kernel.Allowed),
    }, cpus, slice, PlanReason.Latency, boost);
}
