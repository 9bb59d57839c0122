using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>A running agent, one period at a time: look, sample, classify, plan, and in mode enforce: apply.</summary>
/// <remarks>No clock, no thread and no files of its own, so that a day of it is tested in a moment. It lets go of
/// everything and only observes from then on if it is itself too expensive or too slow, or the journal cannot be
/// written; if the policy fails it puts everything back and throws (spec host-agent 4.2, rule 8).</remarks>
/// <param name="words">What the operator has set and says.</param>
/// <param name="observer">Watches the VMs.</param>
/// <param name="facts">What may be touched.</param>
/// <param name="planner">FLMS.</param>
/// <param name="lever">Changes threads.</param>
/// <param name="rounds">Puts them back.</param>
/// <param name="log">Told of decisions.</param>
public sealed class AgentLoop(OperatorWords words, Observer observer, PlanFacts facts, Planner planner, Lever lever,
    Rounds rounds, DecisionLog log)
{
    private readonly Placement _placement = new(lever, rounds, log, words.Settings.Pace);
    private readonly Narrator _narrator = new(log);
    private PlanFacts _facts = Use(facts, words);
    private Planner _planner = planner;
    private Instant _last = Instant.Never;
    private Instant _scanned;
    private bool _noPool; // its last pCPU is offline

    /// <summary>What it may do now.</summary>
    public AgentMode Mode { get; private set; } = words.Settings.Mode;

    /// <summary>Why it only observes although it was told more; null if it does as it was told.</summary>
    public string? LetGoBecause { get; private set; }

    /// <summary>The plan of the last period; null before the first.</summary>
    public Plan? Plan { get; private set; }

    /// <summary>How long the last period was.</summary>
    public Duration Period { get; private set; }

    /// <summary>What it has counted.</summary>
    public AgentCounts Counts => _placement.Counts;

    /// <summary>What it costs.</summary>
    public SelfWatch Self { get; } = new();

    /// <summary>How figures were spread.</summary>
    public AgentFigures Figures { get; } = new();

    /// <summary>pCPUs that are online.</summary>
    public int OnlineCpus => _facts.Cpus.Online.Count;

    /// <summary>Watches the VMs.</summary>
    public Observer Observer => observer;

    /// <summary>What the operator has set and says.</summary>
    public OperatorWords Words => words;

    /// <summary>What was decided.</summary>
    public DecisionLog Log => log;

    /// <summary>Changes threads.</summary>
    public Lever Lever => lever;

    /// <summary>Rounds over what is ours.</summary>
    public Rounds Rounds => rounds;

    /// <summary>How many threads are ours now.</summary>
    public int Ours => lever.Count;

    /// <summary>A period ends.</summary>
    /// <param name="now">The time, on a clock that only grows.</param>
    /// <param name="ownCpu">CPU time that the agent itself has used since it began.</param>
    /// <exception cref="PlanFault">The policy has failed; everything was put back.</exception>
    public void Step(Instant now, Duration ownCpu)
    {
        log.Now = now;
        // What beats has its own price: the operator has asked for it, and how much it is does not depend on the work.
        ownCpu -= lever.BeatCpu;
        FollowCpus();
        observer.Listen();
        if (_last == Instant.Never || observer.Stale || now - _scanned >= words.Settings.Rescan) Scan(now);
        while (observer.TryTell(out var message)) log.Tell(DecisionKind.Vm, "", message, LogPriority.Notice);
        observer.Step(now);
        if (_last == Instant.Never) Self.Begin(ownCpu);
        else if (now > _last)
        {
            Period = now - _last;
            Figures.EndPeriod(observer);
            Plan = Next(Period);
            Counts.Periods++;
            if (Plan.Regrouped) Counts.Regroups++;
            _narrator.TellClasses(observer.Vms, Usual);
            _narrator.TellSplit(Plan, Period, Mode == AgentMode.Enforce, Usual);
            _narrator.TellBoosts(Plan, Mode == AgentMode.Enforce, Usual);
            var moves = _narrator.TellMoves(Plan, Mode == AgentMode.Enforce, Usual);
            if (Mode == AgentMode.Enforce)
            {
                Counts.Migrations += moves;
                Place(Plan, now);
            }
            if (Self.EndPeriod(Period, ownCpu, observer.Vms.Sum(vm => vm.Vm.Vcpus), _placement.Rules) is { } why)
                LetGo(why);
        }
        _last = now;
    }

    /// <summary>The work of the period is done: the step, and what was written after it.</summary>
    /// <param name="took">How long that took.</param>
    public void Worked(Duration took)
    {
        Figures.Tick.Add(took.Ns);
        var why = Self.Worked(took, words.Settings.Period);
        if (Self.FirstOverrun)
            log.Tell(DecisionKind.Overrun, "", $"the work of a period took {took}, longer than the period; "
                + "what was missed is not made up for", LogPriority.Warning);
        if (why != null) LetGo(why);
    }

    /// <summary>Puts everything back.</summary>
    public LeverTally Release()
    {
        lever.Ticker?.Set(on: false);
        return _placement.Release();
    }

    /// <summary>Goes on with other settings, and with what was made of them.</summary>
    /// <param name="settings">All of them.</param>
    /// <param name="newFacts">What may be touched.</param>
    /// <param name="newPlanner">FLMS; null to go on with the present one, which has its estimates.</param>
    public void Use(AgentSettings settings, PlanFacts newFacts, Planner? newPlanner)
    {
        words.Settings = settings;
        observer.Rules = settings.Classes;
        observer.WordsChanged();
        _placement.Rules = settings.Pace;
        _facts = Use(newFacts, words);
        _planner = newPlanner ?? _planner;
        if (settings.Mode != AgentMode.Enforce && lever.Count > 0) Release();
        (Mode, LetGoBecause) = (settings.Mode, null);
        PutBackUnwanted();
    }

    /// <summary>What the operator says of VMs has changed: it holds from the next period on.</summary>
    public void WordsChanged()
    {
        observer.WordsChanged();
        _facts.Forget();
        PutBackUnwanted();
    }

    // CPUs go offline and come back: operators save power so, and machines are grown.
    private void FollowCpus()
    {
        var present = _facts.HasPresentCpus;
        if (!present || _noPool) _facts.Forget();
        _noPool = false;
        if (present) return;
        if (_facts.ForPresentCpus(words.Settings.ExcludedCpus) is not { } now)
        {
            // All threads are outside of the pool then, and are put back.
            _noPool = true;
            return;
        }
        log.Tell(DecisionKind.Cpus, "", $"pCPUs {now.Cpus.Online} are online, before {_facts.Cpus.Online}: the plan "
            + "is made anew", LogPriority.Notice);
        (_facts, _planner) = (now, _planner.On(now.Cpus));
    }

    // Those that are to be left alone are put back at once.
    private void PutBackUnwanted()
    {
        foreach (var vm in observer.Vms)
            if (words.IsPaused(vm.Vm) || vm.Word is { Ignore: true })
                _placement.PutBack(vm.Vm.Process, vm.Vm.Name, words.IsPaused(vm.Vm) ? "paused" : "ignored");
    }

    private static PlanFacts Use(PlanFacts facts, OperatorWords words)
    {
        facts.Paused = words.IsPaused;
        return facts;
    }

    private Plan Next(Duration period)
    {
        var threads = _facts.Of(observer, lever);
        try
        {
            return _planner.Next(period, threads);
        }
        catch (Exception bug)
        {
            // Fail open: whatever is wrong with the policy, the VMs run as they would without it.
            Release();
            throw new PlanFault(PlanFault.Write(Counts.Periods, period, Plan, threads), bug);
        }
    }

    private void Scan(Instant now)
    {
        var error = observer.Rescan();
        if (error < 0)
        {
            Counts.ScanFaults++;
            log.Tell(DecisionKind.Failed, "", $"/proc cannot be read: {Errno.NameOf(error)}; going on with what is "
                + "known", LogPriority.Warning);
        }
        _scanned = now;
        _facts.Look();
        var present = observer.Vms.SelectMany(vm => vm.Threads).Select(t => t.Thread.Id).ToHashSet();
        _facts.Keep(present.Contains);
        _placement.Forget(present.Contains);
        _narrator.TellVms(observer.Vms, Usual);
    }

    // While it only observes, the log has nothing to say of decisions; the history has them.
    private LogPriority? Usual => Mode == AgentMode.Observe ? null : LogPriority.Info;

    private void Place(Plan plan, Instant now)
    {
        _placement.PutBackExcluded(plan, now);
        lever.Ticker?.Set(plan.Ticks);
        if (_placement.Apply(plan, now) is { } why) LetGo(why);
    }

    private void LetGo(string why)
    {
        if (Mode == AgentMode.Observe) return;
        log.Tell(DecisionKind.LetGo, "", $"{why}: putting everything back, and only observing from now on",
            LogPriority.Error);
        Release();
        (Mode, LetGoBecause) = (AgentMode.Observe, why);
    }
}
