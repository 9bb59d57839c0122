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
    private readonly JournalFile? _journal;
    private readonly ulong _slice;

    private HostSession(AgentSettings settings, JournalFile? journal, HostCpus cpus, ulong slice)
    {
        (Settings, _journal, Cpus) = (settings, journal, cpus);
        Lever = new(_files, _calls, (IAppendFile?)journal ?? new NoJournal(), cpus, slice);
        if (journal?.Before is { } before) Lever.Adopt(before);
        Rounds = new(_files, cpus, Lever);
        Facts = new(_files, _calls, cpus, settings.Flms);
        _slice = slice;
    }

    /// <summary>What the operator has set.</summary>
    public AgentSettings Settings { get; }

    /// <summary>The machine's pCPUs.</summary>
    public HostCpus Cpus { get; }

    /// <summary>Changes threads; it knows what was changed before.</summary>
    public Lever Lever { get; }

    /// <summary>Rounds over many threads.</summary>
    public Rounds Rounds { get; }

    private PlanFacts Facts { get; }

    private bool Slices => _slice > 0;

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
        var files = new LinuxFiles();
        var cpus = HostCpus.Read(files, settings.ExcludedCpus, out var problem) ?? throw Failure.Host(problem);
        var calls = new LinuxSched();
        var slices = Kernel.Read(files).Slices != SliceTier.None;
        var slice = slices ? HostFacts.BaseSlice(calls) : 0;
        if (journal == null) return new(settings, null, cpus, slice);
        var error = JournalFile.Open(journal, HostFacts.BootOf(files), slice, cpus.Size, out var file);
        if (error == -JournalFile.InUse)
            throw Failure.Host($"{journal}: another agent is at work; stop it first");
        if (error < 0) throw Failure.Output($"{journal}: {Errno.NameOf(error)}; nothing is changed without a journal");
        return new(settings, file, cpus, slice);
    }

    /// <summary>Watches the host and plans, period by period.</summary>
    /// <param name="span">How long.</param>
    /// <param name="terminal">Where progress is shown.</param>
    /// <returns>The last plan.</returns>
    public Plan Plan(Duration span, Terminal terminal)
    {
        var planner = new Planner(Cpus, Settings.Flms, Settings.Plan, Slices);
        Plan? plan = null;
        using var observer = Watching.Watch(Settings, span, terminal,
            (watched, _) => plan = planner.Next(Settings.Period, Facts.Of(watched, Lever)));
        return plan!;
    }

    /// <summary>A running agent on this host.</summary>
    /// <param name="observer">Watches its VMs.</param>
    /// <param name="log">Told of each decision, a line.</param>
    public AgentLoop Loop(Observer observer, Action<string> log)
    {
        if (Settings.Plan.Boost == BoostMode.Deadline && Settings.Plan.BoostBeat > Duration.Zero)
        {
            Lever.Metronome = new(new LinuxSched(), Settings.Plan.BoostBeat);
            Lever.Metronome.Start();
        }
        return new(Settings, observer, Facts, new(Cpus, Settings.Flms, Settings.Plan, Slices), Lever, Rounds, log);
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
        if (Lever.Ours.Count == 0) _journal?.Delete();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Lever.Metronome?.Dispose();
        _journal?.Dispose();
    }

    // For those who only plan: should anything be about to change, it is refused.
    private sealed class NoJournal : IAppendFile
    {
        public int Append(ReadOnlySpan<byte> bytes) => -Errno.NotPermitted;

        public void Dispose() { }
    }
}
