using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

/// <summary>One VM that answers and some that compute, on eight pCPUs, one of which would be a short-slice
/// one.</summary>
public sealed class SplitTrialTests
{
    private const int Pcpus = 8;
    private static readonly PlanRules Strict = new() { Lend = false };
    private readonly HostCpus _cpus = Machines.Of(Pcpus);

    [Fact]
    public void A_split_is_tried_when_it_is_known_how_long_they_wait_without_one_and_kept_if_they_wait_half_as_long()
    {
        var planner = Planner(Strict);
        // The first period is the one in which what was planned is put in place; then four are measured.
        for (var i = 0; i < 3; i++) Assert.Equal((SplitState.Comparing, false), Of(planner, Host(waitMs: 100)));
        Assert.Equal((SplitState.Trying, true), Of(planner, Host(waitMs: 100)));
        for (var i = 0; i < 4; i++) Assert.Equal((SplitState.Trying, true), Of(planner, Host(waitMs: 40)));
        Assert.Equal((SplitState.Kept, true), Of(planner, Host(waitMs: 40)));
        var verdict = Next(planner, Host(waitMs: 40)).Verdict;
        // 100 ms for 400 times, then 40.
        Assert.Equal((SplitForm.Strict, 250.Us, 100.Us), (verdict.Form, verdict.Before, verdict.During));
    }

    [Fact]
    public void While_nobody_latency_sensitive_waits_or_nobody_else_wants_pCPUs_there_is_none()
    {
        var planner = Planner(new());
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal((SplitState.Calm, false), Of(planner, Host(waitMs: 0)));
            Assert.Equal((SplitState.Calm, false), Of(planner, Host(waitMs: 100, othersWaitMs: 0)));
        }
        var plan = Next(planner, Host(waitMs: 0));
        Assert.All(plan.Lines, l => Assert.Equal(("0-7", Duration.Zero, PlanReason.Calm),
            (l.Cpus!.ToString(), l.Slice!.Value, l.Reason)));
    }

    [Fact]
    public void A_split_that_does_not_clearly_shorten_their_waits_is_ended_and_all_is_as_it_was()
    {
        var planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 5; i++) Assert.True(Next(planner, Host(waitMs: 60)).Split == i < 4);
        var plan = Next(planner, Host(waitMs: 100));
        Assert.Equal(new SplitVerdict(SplitState.NoGain, SplitForm.Strict, 250.Us, 150.Us, 1008, 59.Seconds),
            plan.Verdict);
        Assert.All(plan.Lines, l => Assert.Equal(("0-7", Duration.Zero, PlanReason.NoGain),
            (l.Cpus!.ToString(), l.Slice!.Value, l.Reason)));
        Assert.Equal("0", plan.Sp.ToString()); // which pCPUs it would be is still known
    }

    [Fact]
    public void Its_worst_period_must_be_better_than_the_best_one_without_it()
    {
        var planner = Planner(Strict);
        for (var i = 0; i < 3; i++) Next(planner, Host(waitMs: 400));
        Assert.True(Next(planner, Host(waitMs: 100)).Split);
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 20));
        Assert.Equal((SplitState.NoGain, false), Of(planner, Host(waitMs: 100)));

        planner = Planner(Strict);
        for (var i = 0; i < 3; i++) Next(planner, Host(waitMs: 400));
        Assert.True(Next(planner, Host(waitMs: 100)).Split);
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 20));
        Assert.Equal((SplitState.Kept, true), Of(planner, Host(waitMs: 90)));
    }

    [Fact]
    public void A_split_that_costs_the_others_more_than_5_percent_of_what_is_fair_is_ended()
    {
        var planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 0, othersMs: 750));
        Assert.Equal((SplitState.Unfair, false), Of(planner, Host(waitMs: 0, othersMs: 750)));

        // Less than 5 % is not too much.
        planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 0, othersMs: 770));
        Assert.Equal((SplitState.Kept, true), Of(planner, Host(waitMs: 0, othersMs: 770)));
    }

    [Fact]
    public void A_split_that_is_kept_is_judged_again_and_again()
    {
        var planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 40; i++) Next(planner, Host(waitMs: 10));
        // A little worse is still worth it.
        for (var i = 0; i < 8; i++) Next(planner, Host(waitMs: 70));
        Assert.Equal((SplitState.Kept, true), Of(planner, Host(waitMs: 70)));
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 90));
        Assert.Equal((SplitState.NoGain, false), Of(planner, Host(waitMs: 90)));
    }

    [Fact]
    public void It_ends_without_blame_when_nobody_else_has_wanted_pCPUs_for_five_periods()
    {
        var planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 9; i++) Next(planner, Host(waitMs: 10));
        for (var i = 0; i < 4; i++) Assert.True(Next(planner, Host(waitMs: 10, othersWaitMs: 0)).Split);
        Assert.Equal((SplitState.Calm, false), Of(planner, Host(waitMs: 10, othersWaitMs: 0)));
        Tried(planner); // at once
    }

    [Fact]
    public void After_a_failure_it_rests_for_a_minute_then_two_up_to_an_hour()
    {
        var planner = Planner(Strict);
        Tried(planner);
        List<int> rests = [];
        for (var n = 0; n < 8; n++)
        {
            while (Next(planner, Host(waitMs: 100)).Split) { }
            rests.Add(1);
            while (!Next(planner, Host(waitMs: 100)).Split) rests[n]++;
        }
        // What is measured without a split ends every four periods.
        Assert.All(rests.Zip([60, 120, 240, 480, 960, 1920, 3600, 3600]),
            r => Assert.InRange(r.First, r.Second, r.Second + 5));
    }

    [Fact]
    public void A_split_whose_pCPUs_would_be_too_few_for_the_others_is_not_tried_and_they_are_lent_instead()
    {
        // On two pCPUs one would be for a VM that needs next to nothing.
        var planner = new Planner(Machines.Of(2), FlmsOptions.Default, Strict, slices: true);
        for (var i = 0; i < 100; i++) Assert.False(planner.Next(1.Seconds, Two()).Split);
        var plan = planner.Next(1.Seconds, Two());
        Assert.Equal((SplitState.Wasteful, PlanReason.Wasteful), (plan.Verdict.State, plan.Lines[0].Reason));
        Assert.InRange(plan.Verdict.Others, 510, 550);

        planner = new Planner(Machines.Of(2), FlmsOptions.Default, new(), slices: true);
        for (var i = 0; i < 4; i++) plan = planner.Next(1.Seconds, Two());
        Assert.Equal((SplitState.Trying, true), (plan.Verdict.State, plan.Lent));
        Assert.Equal(("0-1", 1.Ms, PlanReason.Lent),
            (plan.Lines[^1].Cpus!.ToString(), plan.Lines[^1].Slice!.Value, plan.Lines[^1].Reason));

        static List<PlanThread> Two() => [.. Host(waitMs: 100, others: 4, othersMs: 490, othersWaitMs: 500, webMs: 20)
            .Select(t => t with { Allowed = new CpuMask(2).Fill() })];
    }

    [Fact]
    public void Whatever_the_VMs_do_no_split_is_kept_that_has_failed_its_trial()
    {
        var random = new Random(31);
        var (kept, failed) = (0, 0);
        for (var world = 0; world < 300; world++)
        {
            var planner = Planner(new() { Lend = random.Next(2) == 0 });
            var rest = 0;
            List<int> now = [], before = [];
            Plan? last = null;
            // What they do changes now and then, and depends on whether there is a split.
            var (plainWait, splitWait, plainOthers, splitOthers) = (0, 0, 0, 0);
            for (var period = 0; period < 200; period++)
            {
                if (period % 50 == 0)
                    (plainWait, splitWait, plainOthers, splitOthers) = (random.Next(20, 300), random.Next(0, 300),
                        random.Next(780, 800), random.Next(700, 800));
                var split = last?.Split == true;
                var wait = Math.Max(0, (split ? splitWait : plainWait) + random.Next(-10, 10));
                var others = (split ? splitOthers : plainOthers) + random.Next(-10, 10);
                var plan = Next(planner, Host(wait, othersMs: others));
                now.Add(wait);
                if (split && plan.Verdict.State is SplitState.Kept && now.Count >= 5
                    && last!.Verdict is { State: SplitState.Trying })
                {
                    kept++;
                    // The first was not measured.
                    var during = now.Skip(1).ToList();
                    Assert.True(during.Sum() * before.Count * 2 <= before.Sum() * during.Count);
                    Assert.True(during.Max() < before.Min());
                }
                if (split && !plan.Split && plan.Verdict.State is SplitState.NoGain or SplitState.Unfair)
                {
                    if (split) (failed, rest) = (failed + 1, 0);
                }
                if (!split && last?.Verdict.State is SplitState.NoGain or SplitState.Unfair && !Lends(last)) rest++;
                if (!split && plan.Split)
                {
                    before = now.TakeLast(4).ToList();
                    Assert.True(rest == 0 || rest >= 55 || Lends(plan), $"tried again after {rest} periods");
                }
                if (split != plan.Split) now = [];
                last = plan;
            }
        }
        Assert.True(kept > 20 && failed > 20, $"{kept} kept, {failed} failed: little was tested");

        static bool Lends(Plan plan) => plan.Verdict.Form == SplitForm.Lent;
    }

    [Fact]
    public void Ticks_are_wanted_while_they_wait_and_for_five_periods_after_with_slices_everywhere()
    {
        Assert.Equal(Duration.Zero, new PlanRules().Tick);
        var planner = Planner(Strict with { Tick = 1.Ms, Split = false });
        Assert.False(Next(planner, Host(waitMs: 0)).Ticks);
        var plan = Next(planner, Host(waitMs: 100));
        Assert.True(plan.Ticks);
        Assert.Equal([("0-7", 100.Us, PlanReason.ShortSlice), ("0-7", 20.Ms, PlanReason.LongSlice)],
            new[] { plan.Lines[0], plan.Lines[^1] }.Select(l => (l.Cpus!.ToString(), l.Slice!.Value, l.Reason)));
        for (var i = 0; i < 4; i++) Assert.True(Next(planner, Host(waitMs: 0)).Ticks);
        Assert.False(Next(planner, Host(waitMs: 0)).Ticks);
    }

    [Fact]
    public void What_was_found_out_is_said_in_words()
    {
        Assert.Equal("worth it: latency-sensitive VMs wait 40us each time, 250us without it, and the others have "
            + "98 % of what is fair",
            SplitWords.Of(new(SplitState.Kept, SplitForm.Strict, 250.Us, 40.Us, 980, Duration.Zero)));
        Assert.Equal("a split with lent pCPUs left the others 71 % of what is fair; next try in 120s",
            SplitWords.Of(new(SplitState.Unfair, SplitForm.Lent, 250.Us, 40.Us, 710, 120.Seconds)));
        Assert.Null(SplitWords.Of(default));
    }

    [Fact]
    public void Waits_that_are_shorter_each_time_but_longer_altogether_are_no_gain()
    {
        var planner = Planner(Strict);
        Tried(planner);
        for (var i = 0; i < 4; i++) Next(planner, Host(waitMs: 110, slices: 600));
        Assert.Equal((SplitState.NoGain, false), Of(planner, Host(waitMs: 110, slices: 600)));
    }

    private static Plan Next(Planner planner, IReadOnlyList<PlanThread> threads) => planner.Next(1.Seconds, threads);

    private static (SplitState, bool) Of(Planner planner, IReadOnlyList<PlanThread> threads)
    {
        var plan = Next(planner, threads);
        return (plan.Verdict.State, plan.Split);
    }

    // Until a split is tried.
    private static void Tried(Planner planner)
    {
        for (var i = 0; i < 6; i++)
            if (Next(planner, Host(waitMs: 100)).Split) return;
        Assert.Fail("it was not tried");
    }

    private Planner Planner(PlanRules rules) => new(_cpus, FlmsOptions.Default, rules, slices: true);

    private static List<PlanThread> Host(
        int waitMs, int others = 9, int othersMs = 800, int othersWaitMs = 200, int webMs = 700,
        int slices = 200)
    {
        List<PlanThread> threads = [Thread("web", 0, ThreadRole.Vcpu, Treatment.Latency, webMs - 5, waitMs / 2, slices),
            Thread("web", 0, ThreadRole.Main, Treatment.Latency, 5, waitMs - waitMs / 2, slices)];
        for (var n = 1; n <= others; n++)
            threads.Add(Thread($"batch{n}", n, ThreadRole.Vcpu, Treatment.Compute, othersMs, othersWaitMs));
        return threads;
    }

    private static PlanThread Thread(
        string vm, int number, ThreadRole role, Treatment treatment, int runMs, int waitMs, int slices = 200) => new()
        {
            Thread = new(100 + 10 * number + (int)role, 1),
            Process = new(1000 + number, 1),
            Vm = vm,
            Role = role,
            Treatment = treatment,
            Sleeper = treatment == Treatment.Latency,
            Run = runMs.Ms,
            Wait = waitMs.Ms,
            Timeslices = slices,
            Allowed = new CpuMask(Pcpus).Fill(),
        };
}
