using Flms.Agent.Levers;
using Flms.Agent.Linux;

namespace Flms.Agent.Guests;

/// <summary>An interrupt of a virtio device.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">What the kernel says it is for, as in <c>virtio0-input.0</c>.</param>
/// <param name="Cpus">The CPUs it may go to, as Linux lists them.</param>
public sealed record VirtioInterrupt(int Number, string Name, string Cpus);

/// <summary>Brings the interrupts of virtio devices to the reserved vCPUs, and back.</summary>
/// <remarks>Left alone: interrupts that other devices share, those that the kernel has placed for good (managed ones,
/// EIO), and those that somebody else has changed after us (irqbalance does).</remarks>
/// <param name="files">The guest's files.</param>
/// <param name="calls">Where interrupts go.</param>
public sealed class VirtioInterrupts(ISystemFiles files, IInterruptCalls calls)
{
    private const string Folder = "/sys/kernel/irq";

    private readonly List<int> _numbers = [];
    private readonly HashSet<(int, string)> _left = [];

    /// <summary>The error number of the last call that failed; positive, 0 for none.</summary>
    public int LastError { get; private set; }

    /// <summary>Those that there are now, by number.</summary>
    public IReadOnlyList<VirtioInterrupt> Read()
    {
        var found = new List<VirtioInterrupt>();
        var folder = files.Open(Folder);
        if (folder < 0) return found;
        files.List(folder, _numbers);
        files.Close(folder);
        _numbers.Sort();
        foreach (var number in _numbers)
        {
            if (files.Read($"{Folder}/{number}/actions") is not { Length: > 0 } actions) continue;
            var names = actions.Split(',');
            if (names.All(n => n.StartsWith("virtio", StringComparison.Ordinal) && !n.Contains(' '))
                && calls.GetAffinity(number, out var cpus) == 0) found.Add(new(number, actions, cpus));
        }
        return found;
    }

    /// <summary>Has it been left alone, as the kernel or somebody else has placed it?</summary>
    public bool IsLeft(VirtioInterrupt interrupt) => _left.Contains((interrupt.Number, interrupt.Name));

    /// <summary>Lets an interrupt go to those CPUs only.</summary>
    /// <param name="interrupt">As it was just read.</param>
    /// <param name="wanted">As Linux lists them.</param>
    /// <param name="journal">Where it is noted before.</param>
    public LeverOutcome Apply(VirtioInterrupt interrupt, string wanted, InterruptJournal journal)
    {
        if (IsLeft(interrupt)) return LeverOutcome.Unchanged;
        var known = journal.Ours.FirstOrDefault(e => e.Number == interrupt.Number && e.Name == interrupt.Name);
        if (known != null && interrupt.Cpus != known.Wanted && interrupt.Cpus != known.Original)
        {
            journal.Over(known);
            _left.Add((interrupt.Number, interrupt.Name));
            return LeverOutcome.TakenOver;
        }
        if (interrupt.Cpus == wanted) return LeverOutcome.Unchanged;
        var entry = new InterruptEntry(interrupt.Number, interrupt.Name, known?.Original ?? interrupt.Cpus, wanted);
        var error = journal.Intend(entry);
        if (error < 0)
        {
            LastError = -error;
            return LeverOutcome.NoJournal;
        }
        error = calls.SetAffinity(interrupt.Number, wanted);
        if (error == 0) return LeverOutcome.Changed;
        journal.Over(entry);
        _left.Add((interrupt.Number, interrupt.Name));
        LastError = -error;
        return LeverOutcome.Failed;
    }

    /// <summary>Puts an interrupt back, if it is still as we left it.</summary>
    public LeverOutcome Restore(InterruptEntry entry, InterruptJournal journal)
    {
        var now = Read().FirstOrDefault(i => i.Number == entry.Number && i.Name == entry.Name);
        if (now == null || now.Cpus != entry.Wanted)
        {
            journal.Over(entry);
            return now == null ? LeverOutcome.Gone
                : now.Cpus == entry.Original ? LeverOutcome.Unchanged : LeverOutcome.TakenOver;
        }
        var error = calls.SetAffinity(entry.Number, entry.Original);
        if (error < 0)
        {
            LastError = -error;
            return LeverOutcome.Failed;
        }
        journal.Over(entry);
        return LeverOutcome.Changed;
    }
}
