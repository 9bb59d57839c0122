using System.CommandLine;
using Flms.Agent.Guests;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Cli.Verbs.Agents;
using Flms.Core;

namespace Flms.Cli.Verbs.Guests;

/// <summary>What the guest's verbs have in common: the guest's vCPUs, its processes, its interrupts, the journals.
/// </summary>
internal sealed class GuestSession : IDisposable
{
    private const string DefaultJournal = "/run/flms/guest.journal";
    private const long ShortenAt = 1 << 20;
    private const int TicksPerSecond = 100;

    private readonly LinuxFiles _files = new();
    private readonly HostCpus _cpus;
    private readonly Lever _lever;
    private readonly GuestMonitor _monitor;
    private readonly VirtioInterrupts _interrupts;
    private readonly JournalFile? _journal;
    private readonly InterruptJournal? _interruptJournal;
    private readonly ReservedVcpus _vcpus;

    private GuestSession(
        HostCpus cpus, ReservedVcpus vcpus, GuestRules rules, JournalFile? journal, InterruptJournal? interruptJournal)
    {
        (_cpus, _vcpus, _journal, _interruptJournal) = (cpus, vcpus, journal, interruptJournal);
        var calls = new LinuxSched();
        var append = (IAppendFile?)journal ?? new NoJournal();
        // Slices are left alone: without a default slice the lever knows of none.
        _lever = new(_files, calls, append, cpus, 0);
        if (journal?.Before is { } before) _lever.Adopt(before);
        _monitor = new(_files, calls, cpus, vcpus, rules, _lever, append)
        {
            Begun = interruptJournal?.Begun ?? long.MaxValue,
        };
        _interrupts = new(_files, new LinuxInterrupts(_files));
    }

    /// <summary>The option that names the journal.</summary>
    public static Option<string> JournalOption() => ScenarioOptions.Text("--journal", "FILE",
        $"Where changes are noted, to be put back (default: {DefaultJournal}).");

    /// <summary>The reserved vCPUs, as Linux lists them.</summary>
    public string Reserved => _vcpus.Reserved.ToString();

    /// <summary>The other vCPUs, as Linux lists them.</summary>
    public string Others => _vcpus.Others.ToString();

    /// <summary>The threads that are ours.</summary>
    public IReadOnlyList<JournalEntry> Threads => _lever.Ours;

    /// <summary>The interrupts that are ours.</summary>
    public IReadOnlyList<InterruptEntry> Interrupts => _interruptJournal?.Ours ?? [];

    /// <summary>Where the journals lie.</summary>
    public static (string Threads, string Interrupts) Paths(string? journal) =>
        (journal ?? DefaultJournal, (journal ?? DefaultJournal) + ".irqs");

    /// <summary>Begins.</summary>
    /// <param name="vcpus">The reserved vCPUs; null if nobody says.</param>
    /// <param name="rules">How to decide.</param>
    /// <param name="journal">The journals to open; null if nothing will be changed.</param>
    /// <exception cref="Failure">There is nothing to keep apart, or a journal cannot be had.</exception>
    public static GuestSession Open(string? vcpus, GuestRules rules, (string Threads, string Interrupts)? journal)
    {
        var files = new LinuxFiles();
        var cpus = HostCpus.Read(files, [], out var problem) ?? throw Failure.Host(problem);
        var reserved = ReservedVcpus.Of(files, cpus, vcpus, out problem)
            ?? throw (vcpus != null && problem.StartsWith('-') ? Failure.Usage(problem) : Failure.Host(problem));
        if (journal is not { } paths) return new(cpus, reserved, rules, null, null);
        var boot = HostFacts.BootOf(files);
        Check(JournalFile.Open(paths.Threads, boot, 0, cpus.Size, out var threads), paths.Threads);
        try
        {
            Check(InterruptJournal.Open(paths.Interrupts, boot, SinceBoot(files), reserved.Reserved.ToString(),
                out var interrupts), paths.Interrupts);
            return new(cpus, reserved, rules, threads, interrupts);
        }
        catch
        {
            threads!.Dispose();
            throw;
        }
    }

    /// <summary>Reads all processes and decides.</summary>
    public IReadOnlyList<GuestLine> Look() => _monitor.Look(Watching.Now, SinceBoot(_files));

    /// <summary>The virtio interrupts, and where each belongs; null for one that is left alone.</summary>
    public IReadOnlyList<VirtioInterrupt> ReadInterrupts() => _interrupts.Read();

    /// <summary>Puts processes and interrupts where they belong.</summary>
    /// <param name="lines">From <see cref="Look"/>.</param>
    /// <param name="say">Told of what was changed, or could not be, a line each.</param>
    /// <returns>Can changes be noted? If not, none are made.</returns>
    public bool Apply(IReadOnlyList<GuestLine> lines, Action<string> say)
    {
        var tally = _monitor.Apply(lines, (line, outcome) => say(Said(line, outcome)));
        foreach (var interrupt in _interrupts.Read())
        {
            var outcome = _interrupts.Apply(interrupt, Reserved, _interruptJournal!);
            if (outcome != LeverOutcome.Unchanged) say(Said(interrupt, outcome));
            if (outcome == LeverOutcome.NoJournal) return false;
        }
        if (_journal!.Written > ShortenAt) _journal.Shorten(HostFacts.BootOf(_files), 0, _lever.Ours);
        return tally[LeverOutcome.NoJournal] == 0;
    }

    /// <summary>Puts back all that is ours; after a kill -9 also what began meanwhile and inherited a place of
    /// ours.</summary>
    /// <returns>How it ended; the journals are deleted if nothing failed.</returns>
    public LeverTally Restore()
    {
        var lines = Look();
        _monitor.AdoptAll(lines);
        var tally = new Rounds(_files, _cpus, _lever).Restore();
        foreach (var entry in Interrupts)
            tally.Add(_interrupts.Restore(entry, _interruptJournal!), _interrupts.LastError);
        if (tally.Fine && _lever.Ours.Count == 0 && Interrupts.Count == 0)
        {
            _interruptJournal?.Delete();
            _journal?.Delete();
        }
        return tally;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _interruptJournal?.Dispose();
        _journal?.Dispose();
    }

    private string Said(GuestLine line, LeverOutcome outcome)
    {
        var who = $"process {line.Process.Id.Tid} ({line.Process.Name}, user {line.Process.User})";
        var place = line.Reserved ? $"reserved vCPUs {Reserved}" : $"vCPUs {Others}";
        return outcome switch
        {
            LeverOutcome.Changed => $"{who} to {place}: {GuestText.Why(line)}",
            LeverOutcome.TakenOver => $"{who} was changed by somebody else: it is left alone from now on",
            LeverOutcome.NoJournal => "the journal cannot be written: nothing more is changed",
            _ => $"{who} could not be moved ({Errno.NameOf(_lever.LastError)})",
        };
    }

    private string Said(VirtioInterrupt interrupt, LeverOutcome outcome)
    {
        var who = $"interrupt {interrupt.Number} ({interrupt.Name})";
        return outcome switch
        {
            LeverOutcome.Changed => $"{who} to reserved vCPUs {Reserved}",
            LeverOutcome.TakenOver => $"{who} was changed by somebody else (irqbalance?): it is left alone from now on",
            LeverOutcome.NoJournal => "the journal cannot be written: nothing more is changed",
            _ when _interrupts.LastError == Errno.InputOutput =>
                $"{who} is placed by the kernel itself (a managed interrupt): it is left alone",
            _ => $"{who} could not be moved ({Errno.NameOf(_interrupts.LastError)}): it is left alone",
        };
    }

    // The clock by which the kernel tells when processes began.
    private static long SinceBoot(LinuxFiles files)
    {
        var uptime = (files.Read("/proc/uptime") ?? "0").Split(' ')[0];
        return (long)(double.Parse(uptime, System.Globalization.CultureInfo.InvariantCulture) * TicksPerSecond);
    }

    private static void Check(int error, string path)
    {
        if (error == -JournalFile.InUse) throw Failure.Host($"{path}: another flms guest is at work; stop it first");
        if (error < 0) throw Failure.Output($"{path}: {Errno.NameOf(error)}; nothing is changed without a journal");
    }

    // For those who only look: should anything be about to change, it is refused.
    private sealed class NoJournal : IAppendFile
    {
        public int Append(ReadOnlySpan<byte> bytes) => -Errno.NotPermitted;

        public void Dispose() { }
    }
}
