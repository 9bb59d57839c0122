using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Traces;

namespace Flms.Lab.Tests;

public sealed class ReplayTests
{
    [Fact]
    public void A_recording_is_an_experiment_like_any_other()
    {
        var path = Path.Combine(SourceTree.Root, "scenarios", "recordings", "mixed-duty.trace");
        Assert.Null(Recording.TryRead(path, null, out var recording));
        Assert.Null(ReplayPlan.TryMake(recording!, new(), out var plan));
        var credit = SchedulerChoice.Of(SchedulerCatalog.Find("credit")!);
        var result = Replay.Of(plan!, [Replay.Recorded(plan!), credit]).Run();
        Assert.Equal(["recorded", "credit"], result.Results.Select(r => r.Scheduler.Label));
        Assert.Equal(recording!.Length, result.Duration);
        var share = (double)recording.Vms[0].Run.Ns / recording.Length.Ns / recording.Pcpus;
        var replayed = result.Results[0][$"{recording.Vms[0].Name}.cpu_share"]!.Mean!.Value;
        Assert.InRange(replayed / share, 0.95, 1.05);
        // In ms. Costs charged on top of the recorded ones would leave work over, which waits for the next time.
        var waited = result.Results[0][$"{recording.Vms[0].Name}.wait_ms"]!.Mean!.Value;
        var threads = recording.Vms[0].Threads;
        var waits = threads.Sum(t => t.Wait.Ns) / 1e6 / threads.Sum(t => t.Timeslices);
        Assert.InRange(waited / waits, 0.9, 1.1);
    }
}
