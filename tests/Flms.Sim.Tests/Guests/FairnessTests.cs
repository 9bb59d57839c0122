using Flms.Core;
using Flms.Sim.Workloads;

namespace Flms.Sim.Tests.Guests;

/// <summary>How threads of a guest share its vCPUs.</summary>
public sealed class FairnessTests
{
    // A vCPU that wakes with nothing at hand looks into its queue for this long.
    private static readonly Duration Look = 1.Ns;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Equal_threads_share_a_vcpu_to_within_a_tick(int count)
    {
        Scripted[] threads = [.. Enumerable.Range(0, count).Select(_ => Guest.Burner())];
        var trial = Guest.On(1, Guest.Of(1, Guest.Free, Guest.Setups(threads)));
        foreach (var until in new[] { 50, 333, 1000 })
        {
            trial.Run(until.Ms);
            Assert.InRange(threads.Max(t => t.Ran.Ns) - threads.Min(t => t.Ran.Ns), 0, Guest.Free.Tick.Ns);
            Assert.Equal(until.Ms.Ns - 1, threads.Sum(t => t.Ran.Ns));
        }
    }

    [Fact]
    public void A_vcpu_that_has_nothing_to_run_takes_a_thread_that_waits()
    {
        // All begin on vCPU 0; the brief one is sent to the other vCPU, the second finds both busy.
        var first = Guest.Once(Duration.Zero, 10.Ms);
        var second = Guest.Once(1.Ms, 10.Ms);
        var brief = Guest.Once(Duration.Zero, 3.Ms);
        var trial = Guest.On(2, Guest.Of(2, Guest.Free, Guest.Setups(first, second, brief))).Run(100.Ms);
        Assert.Equal([10.Ms + Look], first.Done);
        Assert.Equal([3.Ms + Look + Look], brief.Done);
        Assert.Equal([13.Ms + Look + Look], second.Done);
        Assert.Equal(1, trial.Kernel().Pulls);
    }

    [Fact]
    public void Fixed_work_takes_as_long_as_its_share_says()
    {
        // One against 0, 1, 2 and 3 endless threads on one vCPU: 100 ms of work take 100, 200, 300 and 400 ms.
        for (var others = 0; others < 4; others++)
        {
            var work = Guest.Once(Duration.Zero, 100.Ms);
            Scripted[] all = [work, .. Enumerable.Range(0, others).Select(_ => Guest.Burner())];
            Guest.On(1, Guest.Of(1, Guest.Free, Guest.Setups(all))).Run(1.Seconds);
            var expected = 100.Ms.Ns * (others + 1);
            Assert.InRange((work.Done[0] - Duration.Zero).Ns, expected - 4.Ms.Ns * others, expected + 4.Ms.Ns);
        }
    }

    [Fact]
    public void Nothing_is_allocated_while_a_guest_runs()
    {
        Assert.Equal(0, Testing.Allocation.Least(() =>
        {
            var kernel = new Sim.Guests.GuestOptions { PauseYields = true };
            WorkloadSetup[] workloads =
            [
                new HogSetup { Threads = 3, User = true }, new DutySetup { Threads = 9, User = true }, new SpinSetup(),
                new RequestSetup(), new JobsSetup(),
            ];
            DomainSetup[] domains = [.. Enumerable.Range(0, 4).Select(d =>
                Guest.Of(4, kernel, workloads) with { Name = $"d{d}", Kind = DomainKind.Mixed })];
            var machine = new Machine(Trial.Setup(Topology.Of(1, 8), CostModel.Typical, domains),
                host => new Flms.Schedulers.Credit.CreditScheduler(host, new()));
            machine.Run(Instant.Zero + 1.Seconds);
            return () => machine.Run(Instant.Zero + 3.Seconds);
        }));
    }

    [Fact]
    public void A_thread_that_uses_little_runs_at_once_when_it_wakes()
    {
        var often = new Scripted((w, _) => w.At(10.Ms))
        {
            OnAlarm = (w, _) => w.Want(100.Us),
            OnDone = (w, now) => w.At(now - Instant.Zero + 10.Ms),
        };
        var trial = Guest.On(1, Guest.Of(1, Guest.Free, Guest.Setups(Guest.Burner(), often))).Run(1.Seconds);
        Assert.Equal(99, often.Done.Count);
        for (var i = 0; i < often.Done.Count; i++) Assert.Equal(10.Ms * (i + 1) + 100.Us * (i + 1), often.Done[i]);
        Assert.InRange(trial.Kernel().Preemptions, 99, 99);
    }
}
