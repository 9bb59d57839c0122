using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Flms.Agent.Classes;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Control;

/// <summary>What a running agent is asked about besides what its loop knows.</summary>
public sealed record AgentFacts
{
    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The files that its configuration was read from.</summary>
    public Func<IReadOnlyList<string>> Config { get; init; } = () => [];

    /// <summary>Its journal, if it has one open.</summary>
    public Func<string?> Journal { get; init; } = () => null;

    /// <summary>More that the operator should know.</summary>
    public Func<IReadOnlyList<string>> Warnings { get; init; } = () => [];

    /// <summary>What time a moment of the loop's clock was.</summary>
    public required Func<Instant, DateTimeOffset> Wall { get; init; }

    /// <summary>Reads the configuration anew and goes on with it; or only says what would change.</summary>
    /// <returns>What has changed; or what is wrong, and nothing has.</returns>
    public required Func<bool, (IReadOnlyList<string> Changes, string Problem)> Reload { get; init; }

    /// <summary>Makes its metrics.</summary>
    public Func<string> Metrics { get; init; } = () => "";

    /// <summary>CPU time that the agent has used itself.</summary>
    public required Func<Duration> OwnCpu { get; init; }
}

/// <summary>Answers what a running agent is asked. Only the thread of its loop calls it, between two periods.</summary>
/// <remarks>A report is made once a period at most, however many ask for it.</remarks>
/// <param name="loop">The agent.</param>
/// <param name="facts">What its loop does not know.</param>
public sealed class AgentControl(AgentLoop loop, AgentFacts facts)
{
    private readonly Dictionary<string, byte[]> _made = [];
    private long _madeIn = -1;

    /// <summary>Answers.</summary>
    /// <returns>The reply as it goes to the client.</returns>
    public byte[] Answer(ControlRequest request)
    {
        if (ControlVerbs.Changes(request.Verb)) return Change(request);
        if (_madeIn != loop.Counts.Periods) _made.Clear();
        _madeIn = loop.Counts.Periods;
        if (_made.TryGetValue(request.Verb, out var known)) return known;
        var reply = Report(request.Verb);
        if (reply == null) return ControlReply.Of(Refusal.BadRequest, "this agent knows no such verb");
        return _made[request.Verb] = reply;
    }

    private byte[]? Report(string verb) => verb switch
    {
        ControlVerbs.Status => Reply(Status(), ReportJson.Line.StatusReport),
        ControlVerbs.Vms => Reply(AgentReports.Vms(loop.Observer, loop.Plan, loop.Lever, loop.Words),
            ReportJson.Line.VmsReport),
        ControlVerbs.Plan => loop.Plan is { } plan ? Reply(AgentReports.Plan(plan), ReportJson.Line.PlanReport)
            : ControlReply.Of(Refusal.Busy, "the agent has only begun: the first period has not ended"),
        ControlVerbs.History => Reply(History(), ReportJson.Line.HistoryReport),
        ControlVerbs.Metrics => Reply(new TextReport(facts.Metrics()),
            ReportJson.Line.TextReport),
        ControlVerbs.Verify => Reply(AgentReports.Verify(loop.Rounds), ReportJson.Line.VerifyReport),
        _ => null,
    };

    private static byte[] Reply<T>(T report, JsonTypeInfo<T> form) => ControlReply.Of(report, form);

    private StatusReport Status() => new()
    {
        Pid = Environment.ProcessId,
        Version = facts.Version,
        Since = facts.Since,
        Mode = Names.Of(loop.Mode),
        LetGo = loop.LetGoBecause,
        Paused = loop.Words.AllPaused,
        PausedVms = [.. loop.Words.Paused],
        Classes = [.. loop.Words.Said.Select(s => new ClassWord(s.Key, s.Value.ToString()))],
        Vms = loop.Observer.Vms.Count,
        Vcpus = loop.Observer.Vms.Sum(vm => vm.Vm.Vcpus),
        ThreadsPlaced = loop.Ours,
        Migrations = loop.Counts.Migrations,
        Groups = loop.Plan is not { } plan ? null : new()
        {
            Sp = Names.Of(plan.Sp),
            Lp = Names.Of(plan.Lp),
            Split = plan.Split,
            Why = SplitWords.Of(plan.Verdict),
            Lent = plan.Lent,
            EstimatedIoCpus = Cpus(plan.EstimatedIo),
            EstimatedCpuCpus = Cpus(plan.EstimatedCpu),
        },
        LastDecision = loop.Log.Last is { } last ? AgentReports.Decision(last, facts.Wall) : null,
        Cost = new()
        {
            CpuSeconds = decimal.Round(facts.OwnCpu().Ns / 1e9m, 3),
            CpuRatio = loop.Self.Used / 1000m,
            CpuRatioAllowed = loop.Self.Allowed / 1000m,
            PeriodNs = loop.Words.Settings.Period.Ns,
            TickNs = loop.Self.Tick.Ns,
            Periods = loop.Counts.Periods,
            Overruns = loop.Self.Overruns,
        },
        Warnings = [.. Warnings(), .. facts.Warnings()],
        Config = facts.Config(),
        Journal = facts.Journal(),
    };

    private decimal Cpus(long ns) => loop.Period.Ns == 0 ? 0 : decimal.Round(ns / (decimal)loop.Period.Ns, 3);

    private IEnumerable<string> Warnings()
    {
        if (loop.LetGoBecause is { } why) yield return $"only observing: {why}";
        if (loop.Words.AllPaused) yield return "all VMs are paused; flms agent resume goes on";
        if (loop.Observer.Unrecognised.Count > 0)
            yield return $"the threads of process {string.Join(", ", loop.Observer.Unrecognised)} cannot be told "
                + "apart; start QEMU with -name NAME,debug-threads=on";
        if (loop.Lever.Lost > 0)
            yield return $"{loop.Lever.Lost} threads were taken over by somebody else; flms agent resume VM forgives "
                + "it";
        foreach (var (error, count) in loop.Counts.Errors)
            yield return $"{count} changes failed with {Linux.Errno.NameOf(error)}"
                + (error == Linux.Errno.NotPermitted ? ": run it as root, or with CAP_SYS_NICE" : "");
        if (loop.Counts.ScanFaults > 0) yield return $"/proc could not be read {loop.Counts.ScanFaults} times";
        if (loop.Self.Overruns > 0)
            yield return $"the work of {loop.Self.Overruns} periods took longer than a period";
    }

    private HistoryReport History() => new()
    {
        Since = loop.Log.Forgotten == 0 ? facts.Since : facts.Wall(loop.Log.Decisions.First().At),
        Forgotten = loop.Log.Forgotten,
        Decisions = [.. loop.Log.Decisions.Select(d => AgentReports.Decision(d, facts.Wall))],
    };

    private byte[] Change(ControlRequest request)
    {
        string? vm = null;
        if (request.Vm is { } wanted && (vm = NameOf(wanted)) == null)
            return ControlReply.Of(Refusal.NotFound, "there is no such VM, and nothing was said of one");
        var (changes, refusal, problem) = request.Verb switch
        {
            ControlVerbs.Class => SetClass(vm, request.Class, request.DryRun),
            ControlVerbs.Pause => Pause(vm, request.DryRun),
            ControlVerbs.Resume => Resume(vm, request.DryRun),
            _ => Reload(request.DryRun),
        };
        if (refusal != Refusal.None) return ControlReply.Of(refusal, problem);
        if (!request.DryRun)
        {
            // Those who ask next see what has changed.
            _made.Clear();
            if (request.Verb != ControlVerbs.Reload && changes.Count > 0) loop.WordsChanged();
        }
        return Reply(new ChangeReport { DryRun = request.DryRun, Changes = changes }, ReportJson.Line.ChangeReport);
    }

    // The name of a VM that is here, or of which something was said.
    private string? NameOf(string wanted) =>
        loop.Observer.Vms.FirstOrDefault(v => v.Vm.Name == wanted || v.Vm.Uuid != "" && v.Vm.Uuid == wanted
            || v.Vm.Process.Tid.ToString(CultureInfo.InvariantCulture) == wanted)?.Vm.Name
        ?? (loop.Words.Said.ContainsKey(wanted) || loop.Words.Paused.Contains(wanted) ? wanted : null);

    private (List<string> Changes, Refusal Refusal, string Problem) SetClass(string? vm, string? text, bool dry)
    {
        if (vm == null) return ([], Refusal.BadRequest, "class needs a VM");
        VmWord? word = null;
        if (text != null && !VmWord.TryParse(text, out word))
            return ([], Refusal.BadRequest, $"this is no class; write {VmWord.Forms}");
        loop.Words.Said.TryGetValue(vm, out var before);
        // Records compare lists by reference: what they say is compared as it is written.
        if (before?.ToString() == word?.ToString()) return ([], Refusal.None, "");
        var change = word != null ? $"{vm} is {word}, until that is cleared or the agent ends"
            : $"{vm} is no longer {before}: the configuration and measurement count again";
        if (dry) return ([change], Refusal.None, "");
        if (!loop.Words.Say(vm, word)) return ([], Refusal.Failed, $"something is said of {OperatorWords.Most} VMs");
        loop.Log.Tell(DecisionKind.Operator, vm, word != null ? $"is {word}, says the operator"
            : $"is no longer {before}, says the operator", LogPriority.Notice);
        return ([change], Refusal.None, "");
    }

    private (List<string> Changes, Refusal Refusal, string Problem) Pause(string? vm, bool dry)
    {
        var words = loop.Words;
        if (vm == null ? words.AllPaused : words.Paused.Contains(vm)) return ([], Refusal.None, "");
        var ours = loop.Lever.Ours.Count(e => vm == null || loop.Observer.Vms.Any(v => v.Vm.Name == vm
            && v.Vm.Process == e.Process));
        var change = $"{vm ?? "every VM"} is left alone until flms agent resume{(vm == null ? "" : " " + vm)}; "
            + $"{Names.Count(ours, "thread")} put back";
        if (dry) return ([change], Refusal.None, "");
        if (!words.Pause(vm)) return ([], Refusal.Failed, $"{OperatorWords.Most} VMs are paused already");
        loop.Log.Tell(DecisionKind.Operator, vm ?? "", vm == null ? "every VM is paused" : "is paused",
            LogPriority.Notice);
        return ([change], Refusal.None, "");
    }

    private (List<string> Changes, Refusal Refusal, string Problem) Resume(string? vm, bool dry)
    {
        var words = loop.Words;
        var vms = loop.Observer.Vms.Where(v => vm == null || v.Vm.Name == vm).ToList();
        var lost = vms.SelectMany(v => v.Vm.Threads).Where(t => loop.Lever.IsLost(t.Id)).Select(t => t.Id).ToHashSet();
        var paused = vm == null ? words.AllPaused || words.Paused.Count > 0 : words.Paused.Contains(vm);
        List<string> changes = [];
        if (paused) changes.Add($"{vm ?? "every VM"} is placed again");
        if (lost.Count > 0) changes.Add($"{lost.Count} threads that somebody had taken over are managed again");
        if (vm != null && words.AllPaused)
            return ([], Refusal.Failed, "every VM is paused; flms agent resume, without a VM, goes on with all");
        if (dry || changes.Count == 0) return (changes, Refusal.None, "");
        words.Resume(vm);
        loop.Lever.Forgive(lost.Contains);
        loop.Log.Tell(DecisionKind.Operator, vm ?? "", vm == null ? "every VM goes on" : "goes on", LogPriority.Notice);
        return (changes, Refusal.None, "");
    }

    private (List<string> Changes, Refusal Refusal, string Problem) Reload(bool dry)
    {
        var (changes, problem) = facts.Reload(dry);
        return problem == "" ? ([.. changes], Refusal.None, "") : ([], Refusal.BadConfig, problem);
    }
}
