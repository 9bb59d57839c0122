using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>What the verbs that plan, change or put back have in common: the machine, its kernel, the
/// journal.</summary>
internal sealed class HostSession : IDisposable
{
    private readonly LinuxFiles _files = new();
    private readonly LinuxSched _calls = new();
    private readonly ulong _slice;
    private JournalFile? _journal;

    private HostSession(AgentSettings settings, HostCpus cpus)
    {
        (Settings, Cpus) = (settings, cpus);
        _slice = Kernel.Read(_files).Slices != SliceTier.None ? HostFacts.BaseSlice(_calls) : 0;
        Lever = new(_files, _calls, new Notes(this), cpus, _slice);
        Rounds = new(_files, cpus, Lever);
    }

    /// <summary>What the operator has set.</summary>
    public AgentSettings Settings { get; }

    /// <summary>The machine's pCPUs.</summary>
    public HostCpus Cpus { get; }

    /// <summary>Changes threads; it knows what was changed before.</summary>
    public Lever Lever { get; }

    /// <summary>Rounds over many threads.</summary>
    public Rounds Rounds { get; }

    /// <summary>How many records were written to it.</summary>
    public long JournalRecords { get; private set; }

    /// <summary>Where the journal lies; null while none is open.</summary>
    public string? Journal => _journal?.Path;

    /// <summary>The option that names the journal.</summary>
    public static Option<string> JournalOption() => new("--journal")
    {
        Description = $"Where changes are noted, to be put back (default: {JournalFile.DefaultPath}).",
        HelpName = "FILE",
    };

    /// <summary>Begins.</summary>
    /// <param name="settings">What the operator has set.</param>
    /// <param name="journal">The journal to open; null if nothing will be changed.</param>
    /// <exception cref="Failure">The machine has no pCPUs to share out, or the journal cannot be had.</exception>
    public static HostSession Open(AgentSettings settings, string? journal)
    {
        var session = new HostSession(settings, CpusOf(settings));
        if (journal != null) session.OpenJournal(journal);
        return session;
    }

    /// <summary>Opens the journal, unless one is open; what an agent before has noted in it is ours from then on.
    /// </summary>
    /// <exception cref="Failure">It cannot be had.</exception>
    public void OpenJournal(string path)
    {
        if (_journal != null) return;
        var error = JournalFile.Open(path, HostFacts.BootOf(_files), _slice, Cpus.Size, out _journal);
        if (error == -JournalFile.InUse) throw Failure.Host($"{path}: another agent is at work; stop it first");
        if (error < 0) throw Failure.Output($"{path}: {Errno.NameOf(error)}; nothing is changed without a journal");
        if (_journal!.Before is { } before) Lever.Adopt(before);
    }

    /// <summary>What may be touched under those settings, and FLMS.</summary>
    /// <exception cref="Failure">The machine has no pCPUs to share out under them.</exception>
    public (PlanFacts Facts, Planner Planner) Under(AgentSettings settings)
    {
        var cpus = CpusOf(settings);
        return (new(_files, _calls, cpus, settings.Flms), new(cpus, settings.Flms, settings.Plan, _slice > 0));
    }

    /// <summary>Watches the host and plans, period by period.</summary>
    /// <param name="span">How long.</param>
    /// <param name="terminal">Where progress is shown.</param>
    /// <returns>The last plan.</returns>
    public Plan Plan(Duration span, Terminal terminal)
    {
        // There is no time to try a split: whoever asks sees what it would be, and judges himself.
        var (facts, planner) = Under(Settings with { Plan = Settings.Plan with { Judge = false } });
        Plan? plan = null;
        using var observer = Watching.Watch(Settings, span, terminal,
            (watched, _) => plan = planner.Next(Settings.Period, facts.Of(watched, Lever)));
        return plan!;
    }

    /// <summary>A running agent on this host.</summary>
    /// <param name="words">What the operator has set and says.</param>
    /// <param name="observer">Watches its VMs.</param>
    /// <param name="log">Told of decisions.</param>
    public AgentLoop Loop(OperatorWords words, Observer observer, DecisionLog log)
    {
        var (facts, planner) = Under(words.Settings);
        Beat(words.Settings.Plan);
        return new(words, observer, facts, planner, Lever, Rounds, log);
    }

    /// <summary>Sees to the budgets of boosted threads, and to ticks, as those rules want it.</summary>
    public void Beat(PlanRules rules)
    {
        Lever.Metronome?.Dispose();
        Lever.Metronome = null;
        Lever.Ticker?.Dispose();
        Lever.Ticker = rules.Tick <= Duration.Zero ? null
            : new(new LinuxSched(), Cpus.Pool, Cpus.Size, rules.Tick);
        if (rules.Boost != BoostMode.Deadline || rules.BoostBeat <= Duration.Zero) return;
        Lever.Metronome = new(new LinuxSched(), rules.BoostBeat);
        Lever.Metronome.Start();
    }

    /// <summary>Makes the journal short again if it has grown to so many bytes; if that fails, it goes on
    /// growing.</summary>
    public void ShortenJournal(long bytes)
    {
        if (_journal?.Written > bytes) _journal.Shorten(HostFacts.BootOf(_files), _slice, Lever.Ours);
    }

    /// <summary>Deletes the journal, if nothing in it is ours any more.</summary>
    public void DeleteJournal()
    {
        if (Lever.Count == 0) _journal?.Delete();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Lever.Metronome?.Dispose();
        Lever.Ticker?.Dispose();
        _journal?.Dispose();
    }

    private static HostCpus CpusOf(AgentSettings settings) =>
        HostCpus.Read(new LinuxFiles(), settings.ExcludedCpus, out var problem) ?? throw Failure.Host(problem);

    // For those who only plan: should anything be about to change while no journal is open, it is refused.
    private sealed class Notes(HostSession session) : IAppendFile
    {
        public int Append(ReadOnlySpan<byte> bytes)
        {
            session.JournalRecords++;
            return session._journal?.Append(bytes) ?? -Errno.NotPermitted;
        }

        public void Dispose() { }
    }
}
