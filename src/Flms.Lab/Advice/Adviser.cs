using Flms.Core;
using Flms.Lab.Measures;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>Says which policy, with which settings, would have served the VMs of a recording best.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Four steps. (1) The recorded host itself is run under the policies that its kernel
/// may have had; the one that comes nearest to what was recorded stands for it from then on, and how near it comes is
/// told. (2) Every candidate, a policy with each point of a small grid of settings, runs as recorded and with two
/// shifts (<see cref="Shifts"/>). (3) The best settings of each policy run again with other shifts, which they were
/// not chosen by: the winner of many is partly lucky. (4) Of those by which no VM loses more than is allowed, the best
/// is advised, if it is better than what there is by more than chance and by more than the model is wrong.</para>
/// <para>A wait is short also if it was cut into many. That serves requests which come while the VM computes, but makes
/// what it computes take longer: so what becomes of its responses is told beside.</para>
/// <para>Everything is run by run beside the model of what there is now, with the same demand.</para>
/// </remarks>
public sealed class Adviser
{
    /// <summary>The factor by which the model may be wrong before nothing is advised by it.</summary>
    public const double MostMisfit = 2;

    /// <summary>A VM that is served has woken so often at least: a 99th percentile of less is no figure.</summary>
    public const int LeastWakes = 100;

    /// <summary>What is not at least so many times better is not worth a change.</summary>
    public const double LeastGain = 1.25;

    /// <summary>Nor what makes the wait shorter by less than this, in ms.</summary>
    public const double LeastGainMs = 0.1;

    private const int Searches = 3;
    private const double GrainMs = 0.01;
    private const double MostWorkError = 1.25;
    private static readonly Duration Shortest = 1.Seconds;

    private readonly ReplayPlan _plan;
    private readonly AdviceOptions _options;
    private readonly AdviceRuns _runs;
    private readonly List<int> _served;
    private readonly Fairness _fairness;

    private Adviser(ReplayPlan plan, AdviceOptions options, CancellationToken cancellation)
    {
        (_plan, _options) = (plan, options);
        _served = [.. Enumerable.Range(0, plan.Recording.Vms.Count).Where(IsServed)];
        _runs = new(Path.GetFileNameWithoutExtension(plan.Recording.File), plan.Machine, plan.Recording.Length, options,
            cancellation);
        _fairness = new(plan.Machine, plan.Recording.Length);
    }

    /// <summary>Advises.</summary>
    /// <param name="plan">The recording, made ready: all threads that are to take part.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="ArgumentException">A VM named in the options is not in the recording.</exception>
    /// <exception cref="RunFault">A run failed: a policy broke the contract, or there is a bug.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AdviceResult Advise(ReplayPlan plan, AdviceOptions options, CancellationToken cancellation = default)
    {
        foreach (var name in options.Latency)
            if (!plan.Recording.Vms.Any(vm => vm.Name == name))
                throw new ArgumentException($"no VM {name} in the recording");
        return new Adviser(plan, options, cancellation).Advise();
    }

    private AdviceResult Advise()
    {
        if (_served.Count == 0)
            return Outcome(AdviceVerdict.Keep, "no VM here wakes often to do a little, so none would gain by waiting "
                + "less; name one that should with --latency VM");
        if (Poor() is { } poor) return Outcome(AdviceVerdict.Unfit, poor);
        var variants = HostModel.Variants(_plan.Recording.Host);
        var rivals = Rivals(variants[0]).ToList();
        var names = rivals.Select(c => c.Name).Distinct().Count() + 1;
        _runs.Plan(variants.Count + Searches * rivals.Count + _options.Replications * names);
        var (now, fit) = Fit(variants);
        var misfit = _served.Max(vm => fit[vm].Error(_options.Objective));
        var outcome = Outcome(AdviceVerdict.Keep, "") with { Model = now.Label, Fit = fit, Misfit = misfit };
        if (Wrong(fit, misfit) is { } wrong) return outcome with { Verdict = AdviceVerdict.Unfit, Reason = wrong };
        rivals = [.. Rivals(now)];
        var rows = Judge(now, Finalists(now, rivals));
        return Verdict(outcome with
        {
            Rows = rows,
            Tried = rivals.Count,
            Replications = _options.Replications,
            Worst = _served.MaxBy(vm => rows[0].Vms[vm].Of(_options.Objective)),
        });
    }

    private bool IsServed(int vm) => _options.Latency.Count > 0
        ? _options.Latency.Contains(_plan.Recording.Vms[vm].Name) : _plan.Domains[vm].Kind == DomainKind.Latency;

    private AdviceResult Outcome(AdviceVerdict verdict, string reason) => new()
    {
        Verdict = verdict,
        Reason = reason,
        Vms = [.. _plan.Recording.Vms.Select(vm => vm.Name)],
        Served = _served,
        Objective = _options.Objective,
    };

    // Why waits cannot be known from this recording; null if they can.
    private string? Poor()
    {
        var recording = _plan.Recording;
        if (recording.Length < Shortest) return $"it is only {recording.Length} long; record for 10s";
        if (recording.LostEvents * 100 > recording.Events)
            return $"{recording.LostEvents} of its events were lost; record with a larger --buffer";
        foreach (var vm in _served.Select(i => recording.Vms[i]))
        {
            long wakes = vm.Threads.Sum(t => (long)t.Wakes), unseen = vm.Threads.Sum(t => (long)t.WakesNotRecorded);
            if (unseen * 10 > wakes + unseen)
                return $"{unseen} of {wakes + unseen} wake-ups of {vm.Name} are not in it, so its waits cannot be "
                    + "seen; record sched_wakeup too";
            if (wakes < LeastWakes)
                return $"{vm.Name} woke {wakes} times only, too few for a 99th percentile; record for longer";
        }
        return null;
    }

    private string? Wrong(IReadOnlyList<VmFit> fit, double misfit)
    {
        if (misfit > MostMisfit) return "the model of this host does not meet what was recorded";
        // Which pCPU those who compute share is chance to a kernel's load balancing, and so to its model.
        for (var vm = 0; vm < fit.Count; vm++)
            if (fit[vm].Recorded.WorkS >= GrainMs
                && fit[vm].WorkError > (_served.Contains(vm) ? MostWorkError : MostMisfit))
                return $"under the model of this host {fit[vm].Vm} does not get the CPU time that it got";
        return null;
    }

    // The variant that is nearest to what was recorded, over all VMs; those that are served count twice.
    private (AdviceCandidate Now, IReadOnlyList<VmFit> Fit) Fit(IReadOnlyList<AdviceCandidate> variants)
    {
        var figures = _runs.Run([.. variants.Select(v => (v, 0))]);
        var recorded = _plan.Recording.Vms.Select((vm, i) =>
            VmFigures.Of(vm, _plan.Domains[i].Vcpus > vm.Vcpus)).ToList();
        IReadOnlyList<VmFit> Of(VmFigures[] model) =>
            [.. _plan.Recording.Vms.Select((vm, i) => new VmFit(vm.Name, recorded[i], model[i]))];
        double Distance(int variant)
        {
            var sum = 0.0;
            var fit = Of(figures[variant]);
            for (var i = 0; i < fit.Count; i++)
                sum += (_served.Contains(i) ? 2 : 1) * Math.Log(fit[i].Error(_options.Objective)
                    * fit[i].Error(AdviceObjective.WaitMean) * fit[i].WorkError);
            return sum;
        }
        var best = Enumerable.Range(0, variants.Count).MinBy(Distance);
        return (variants[best], Of(figures[best]));
    }

    private IEnumerable<AdviceCandidate> Rivals(AdviceCandidate now)
    {
        if (_options.TryHost)
            foreach (var candidate in Candidates.SettingsOf(now)
                .Concat(AgentCandidates.Of(now, _plan, _served.ToHashSet()))
                .Concat(Candidates.KernelsBeside(now)))
                yield return candidate;
        foreach (var choice in _options.Schedulers ?? Candidates.UsualSchedulers)
            foreach (var candidate in Candidates.GridOf(choice,
                name => _options.Fixed.Contains($"{choice.Label}.{name}")))
                if (choice.Entry.Refusal == null) yield return candidate;
    }

    // Of each policy the settings that are best, among those by which nobody loses too much if there are any.
    private List<AdviceCandidate> Finalists(AdviceCandidate now, List<AdviceCandidate> rivals)
    {
        var all = (List<AdviceCandidate>)[now, .. rivals];
        var figures = _runs.Run([.. all.SelectMany(c => Enumerable.Range(0, Searches).Select(r => (c, r)))]);
        var rows = Rows(all, figures, Searches);
        return
        [
            .. rows.Skip(1).Select((row, i) => (Row: row, Candidate: rivals[i])).GroupBy(x => x.Candidate.Name)
                .Select(g => g.OrderBy(x => !x.Row.Allowed).ThenBy(x => x.Row.Ratio).First().Candidate),
        ];
    }

    private List<AdviceRow> Judge(AdviceCandidate now, List<AdviceCandidate> finalists)
    {
        var all = (List<AdviceCandidate>)[now, .. finalists];
        var figures = _runs.Run([.. all.SelectMany(c =>
            Enumerable.Range(Searches, _options.Replications).Select(r => (c, r)))]);
        _options.Progress?.Invoke(1);
        var rows = Rows(all, figures, _options.Replications);
        var ranked = rows.Skip(1).OrderBy(r => !r.Allowed).ThenBy(r => r.Ratio).ToList();
        return [rows[0], .. ranked.Select(r => r with { OnFront = IsOnFront(r, rows) })];
    }

    private bool IsOnFront(AdviceRow row, List<AdviceRow> rows) => !rows.Any(r => r.Ratio <= row.Ratio
        && Least(r) >= Least(row) && (r.Ratio < row.Ratio || Least(r) > Least(row)));

    // What the VM keeps that loses most; what one has above its due is no merit.
    private static double Least(AdviceRow row) => Math.Min(1, row.Kept.Min());

    // Runs of each candidate follow one another; those of what there is now come first.
    private List<AdviceRow> Rows(List<AdviceCandidate> candidates, VmFigures[][] figures, int replications)
    {
        var rows = new List<AdviceRow>();
        for (var c = 0; c < candidates.Count; c++)
        {
            var mine = figures.AsSpan(c * replications, replications).ToArray();
            rows.Add(Row(candidates[c], figures[..replications], mine));
        }
        return rows;
    }

    private AdviceRow Row(AdviceCandidate candidate, VmFigures[][] now, VmFigures[][] then)
    {
        var logs = Logs(now, then, _options.Objective);
        var interval = Statistic.Ci95(logs)!.Value;
        var vms = Enumerable.Range(0, _plan.Recording.Vms.Count).ToList();
        var kept = vms.Select(vm => now.Zip(then, (a, b) => _fairness.Kept(vm, a[vm].WorkS, b[vm].WorkS)).Average())
            .ToList();
        var total = now.Zip(then, (a, b) => vms.Sum(vm => b[vm].WorkS) / vms.Sum(vm => a[vm].WorkS)).Average();
        var loss = (double)_options.MaxLoss.Num / _options.MaxLoss.Den;
        var response = Math.Exp(Logs(now, then, AdviceObjective.ResponseMean).Average());
        return new(candidate.Name, candidate.Settings, candidate.Reach,
            [.. vms.Select(vm => VmFigures.Mean([.. then.Select(run => run[vm])]))])
        {
            Ratio = Math.Exp(logs.Average()),
            RatioCi95 = new(Math.Exp(interval.Low), Math.Exp(interval.High)),
            Kept = kept,
            Total = total,
            Response = response,
            Allowed = kept.Min() >= 1 - loss && total >= 1 - loss,
            Steps = candidate.Steps,
        };
    }

    // Run by run, how many times longer it is than now for the VMs that are served.
    private List<double> Logs(VmFigures[][] now, VmFigures[][] then, AdviceObjective objective) =>
        [.. now.Zip(then, (a, b) => _served.Average(vm =>
            Math.Log((b[vm].Of(objective) + GrainMs) / (a[vm].Of(objective) + GrainMs))))];

    private AdviceResult Verdict(AdviceResult found)
    {
        var best = found.Rows.Skip(1).FirstOrDefault(r => r.Allowed);
        var reason = Against(best, found);
        if (reason != null) return found with { Reason = reason };
        return found with
        {
            Verdict = AdviceVerdict.Change,
            Best = best,
            BestHere = found.Rows.Skip(1).FirstOrDefault(r => r.Reach is AdviceReach.Setting or AdviceReach.Agent
                && r.Allowed && Against(r, found) == null),
        };
    }

    // Why it is no reason to change; null if it is one.
    private string? Against(AdviceRow? row, AdviceResult found)
    {
        if (row == null) return "all that was tried takes too much from somebody";
        double Of(AdviceRow r) => r.Vms[found.Worst].Of(_options.Objective);
        var now = Of(found.Rows[0]);
        if (now < LeastGainMs) return "the VMs hardly wait as it is";
        if (row.Ratio * LeastGain > 1 || now - Of(row) < LeastGainMs) return "the best that was found is hardly better";
        if (row.RatioCi95.High >= 1) return "the best that was found may be better by chance";
        return row.Ratio * found.Misfit > 1
            ? "the best that was found is better by less than the model of this host is wrong" : null;
    }
}
