using Flms.Core;
using Flms.Lab.Advice;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Schedulers.Eevdf;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Lab.Tests.Advice;

public sealed class AdviserTests
{
    // Wakes often to do a little, at moments that nothing else goes by.
    private static DomainSetup Web { get; } = new()
    {
        Name = "web",
        Workloads = [new PingSetup { IntervalMin = 3.Ms, IntervalMax = 12.Ms, Work = 100.Us }],
    };

    private static DomainSetup Hog { get; } = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void Of_slices_that_a_waker_waits_for_to_their_end_the_shortest_is_best()
    {
        // Under round robin who wakes waits for the rest of the other's slice, so for no more than a slice.
        using var recording = SimulatedRecording.Of(Machine(1, Web, Hog), new EevdfOptions(), 3.Seconds);
        var result = Adviser.Advise(recording.Plan(), Only("round-robin"));
        Assert.Equal((AdviceVerdict.Change, ""), (result.Verdict, result.Reason));
        Assert.Equal("round-robin with slice=1ms", result.Best!.Label);
        Assert.InRange(result.Best.Vms[0].WaitP99Ms, 0.8, 1.05);
        Assert.InRange(result.Best.Vms[0].WaitMeanMs, 0.3, 0.7);
        Assert.InRange(result.Rows[0].Vms[0].WaitP99Ms, 2, 4.1); // to the tick
        Assert.All(result.Best.Kept, kept => Assert.InRange(kept, 0.98, 1.02));
        Assert.InRange(result.Best.RatioCi95.High, result.Best.Ratio, 0.6);
    }

    [Fact]
    public void The_policy_that_made_a_recording_is_found_again_and_meets_what_was_recorded()
    {
        var made = EevdfOptions.Linux618 with { Grouping = Schedulers.Linux.Grouping.Flat };
        using var recording = SimulatedRecording.Of(Machine(2, Web, Hog, Hog with { Name = "hog2" },
            Hog with { Name = "hog3" }), made, 3.Seconds, """ "kernel": "6.18.44-amd64" """);
        var result = Adviser.Advise(recording.Plan(), Only("round-robin"));
        Assert.StartsWith("eevdf:6.18", result.Model);
        Assert.InRange(result.Misfit, 1, 1.2);
        Assert.All(result.Fit, fit => Assert.InRange(fit.WorkError, 1, 1.1));
    }

    [Fact]
    public void Where_nobody_waits_there_is_nothing_to_gain()
    {
        using var recording = SimulatedRecording.Of(Machine(4, Web, Hog), new EevdfOptions(), 3.Seconds);
        var result = Adviser.Advise(recording.Plan(), Only("round-robin", "flms"));
        Assert.Equal(AdviceVerdict.Keep, result.Verdict);
        Assert.Null(result.Best);
        Assert.Contains("hardly wait", result.Reason);
    }

    [Fact]
    public void Where_no_VM_is_latency_sensitive_nothing_is_tried_unless_one_is_named()
    {
        using var recording = SimulatedRecording.Of(Machine(1, Hog, Hog with { Name = "hog2" }), new EevdfOptions(),
            2.Seconds);
        var result = Adviser.Advise(recording.Plan(), Only("round-robin"));
        Assert.Equal(AdviceVerdict.Keep, result.Verdict);
        Assert.Contains("--latency", result.Reason);
        Assert.Empty(result.Rows);
        Assert.Throws<ArgumentException>(() => Adviser.Advise(recording.Plan(), new() { Latency = ["nobody"] }));
    }

    [Fact]
    public void Without_wake_ups_no_advice_is_given()
    {
        using var recording = SimulatedRecording.Of(Machine(1, Web, Hog), new EevdfOptions(), 2.Seconds, wakes: false);
        var result = Adviser.Advise(recording.Plan(), Only("round-robin"));
        Assert.Equal(AdviceVerdict.Unfit, result.Verdict);
        Assert.Contains("sched_wakeup", result.Reason);
    }

    [Fact]
    public void A_host_that_no_model_meets_gets_no_advice()
    {
        // A policy under which wakers wait for 30 ms, said to be a kernel that lets nobody wait for so long.
        using var recording = SimulatedRecording.Of(Machine(1, Web, Hog), new RoundRobinOptions { Slice = 30.Ms },
            6.Seconds);
        var result = Adviser.Advise(recording.Plan(), Only("flms") with { Latency = ["web"] });
        Assert.Equal(AdviceVerdict.Unfit, result.Verdict);
        Assert.Contains("does not meet what was recorded", result.Reason);
        Assert.InRange(result.Misfit, Adviser.MostMisfit, 1000);
        Assert.Empty(result.Rows);
    }

    [Fact]
    public void What_takes_too_much_from_others_is_not_advised()
    {
        // io-bounding keeps one of two pCPUs for web, which uses a fiftieth of it.
        using var recording = SimulatedRecording.Of(Machine(2, Web, Hog, Hog with { Name = "hog2" },
            Hog with { Name = "hog3" }), new EevdfOptions(), 3.Seconds);
        var strict = Adviser.Advise(recording.Plan(), Only("io-bounding"));
        Assert.False(strict.Rows[1].Allowed);
        Assert.Equal((AdviceVerdict.Keep, "all that was tried takes too much from somebody"),
            (strict.Verdict, strict.Reason));
        var lenient = Adviser.Advise(recording.Plan(), Only("io-bounding") with { MaxLoss = new(3, 4) });
        Assert.True(lenient.Rows[1].Allowed);
        Assert.Equal(AdviceVerdict.Change, lenient.Verdict);
    }

    [Fact]
    public void Waits_cut_into_many_short_ones_are_told_with_the_responses_that_they_make_longer()
    {
        // Two that work for 8 ms each: one after the other the first is done after 8, in turns of 1 ms both after 16.
        var pulse = new PulseSetup { Work = 8.Ms, Every = 25.Ms, Jitter = 10.Ms };
        using var recording = SimulatedRecording.Of(
            Machine(1, Web with { Workloads = [pulse] }, Hog with { Workloads = [pulse] }),
            new EevdfOptions { BaseSlice = 100.Ms }, 4.Seconds, """ "kernel": "6.12.1", "base_slice_ns": 100000000 """);
        var waits = Adviser.Advise(recording.Plan(), Only("round-robin") with { Latency = ["web", "hog"] });
        Assert.InRange(waits.Misfit, 1, 1.5);
        Assert.Equal("round-robin with slice=1ms", waits.Best!.Label);
        Assert.InRange(waits.Best.Response, 1.05, 1.5);
        var responses = Adviser.Advise(recording.Plan(), Only("round-robin") with
        {
            Latency = ["web", "hog"],
            Objective = AdviceObjective.ResponseMean,
        });
        Assert.Equal(AdviceVerdict.Keep, responses.Verdict);
        Assert.NotEqual("slice=1ms", responses.Rows[1].Settings);
    }

    [Fact]
    public void Settings_that_were_given_stay_and_a_preset_is_tried_as_it_is()
    {
        var flms = SchedulerChoice.Of(SchedulerCatalog.Find("flms")!);
        var grid = Candidates.GridOf(flms, name => name == "lp_slice").ToList();
        Assert.Equal(["", "sp_slice=100us", "sp_slice=500us", "sp_slice=5ms"],
            grid.Select(c => c.Settings).Order(StringComparer.Ordinal));
        Assert.Single(Candidates.GridOf(flms with { Preset = "paper" }, _ => false));
    }

    [Fact]
    public void Advice_does_not_depend_on_the_number_of_threads()
    {
        using var recording = SimulatedRecording.Of(Machine(1, Web, Hog), new EevdfOptions(), 2.Seconds);
        var one = Adviser.Advise(recording.Plan(), Only("short-slice", "flms") with { Threads = 1 });
        var four = Adviser.Advise(recording.Plan(), Only("short-slice", "flms") with { Threads = 4 });
        Assert.Equal(one.Rows.Select(r => (r.Label, r.Ratio, r.Total)), four.Rows.Select(r => (r.Label, r.Ratio,
            r.Total)));
    }

    [Fact]
    public void A_shift_moves_a_VM_as_a_whole_and_keeps_its_work()
    {
        using var recording = SimulatedRecording.Of(Machine(1, Web, Hog), new EevdfOptions(), 2.Seconds);
        var plan = recording.Plan();
        var shifted = Shifts.Of(plan.Machine, plan.Recording.Length, 1);
        var before = ((Traces.ReplaySetup)plan.Machine.Domains[0].Workloads[0]).Bursts.ToArray();
        var after = ((Traces.ReplaySetup)shifted.Domains[0].Workloads[0]).Bursts.ToArray();
        Assert.Equal(before.Sum(b => b.Work.Ns), after.Sum(b => b.Work.Ns));
        Assert.Equal(after.Select(b => b.Wake.Ns).Order(), after.Select(b => b.Wake.Ns));
        Assert.All(after, b => Assert.InRange(b.Wake.Ns, 0, plan.Recording.Length.Ns - 1));
        Assert.NotEqual(before[0].Wake, after[0].Wake);
        Assert.Same(plan.Machine.Domains[1].Workloads[0], shifted.Domains[1].Workloads[0]); // computes without end
        Assert.Same(plan.Machine, Shifts.Of(plan.Machine, plan.Recording.Length, 0));
    }

    private static MachineSetup Machine(int pcpus, params DomainSetup[] domains) =>
        new() { Topology = Topology.Of(1, pcpus), Domains = domains, Costs = CostModel.None };

    private static AdviceOptions Only(params string[] schedulers) => new()
    {
        Schedulers = [.. schedulers.Select(name => SchedulerChoice.Of(SchedulerCatalog.Find(name)!))],
        TryHost = false,
        Replications = 4,
    };
}
