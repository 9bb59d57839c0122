using Flms.Core;

namespace Flms.Traces;

/// <summary>One piece of demand: a thread became runnable, and then ran until it blocked.</summary>
/// <param name="Wake">When it became runnable, since the beginning of the recording.</param>
/// <param name="Work">How long it then ran in all, above zero; <see cref="Duration.Forever"/> if it has no end in
/// sight.</param>
public readonly record struct Burst(Instant Wake, Duration Work);

/// <summary>A stretch of time during which a thread held a pCPU.</summary>
/// <param name="Thread">The thread's place in <see cref="Recording.Threads"/>.</param>
/// <param name="From">From when, since the beginning of the recording.</param>
/// <param name="To">Until when.</param>
public readonly record struct Stretch(int Thread, Instant From, Instant To);

/// <summary>A thread of the recorded machine: what it did, and what it wanted.</summary>
public sealed class RecordedThread
{
    /// <summary>The thread's number.</summary>
    public required int Tid { get; init; }

    /// <summary>Its name in the recording; the last one, if it changed.</summary>
    public required string Name { get; init; }

    /// <summary>The virtual machine that it belongs to; null if to none.</summary>
    public string? Vm { get; internal set; }

    /// <summary>What it is there: <c>vcpu0</c>, <c>main</c>; <c>other</c> if it belongs to none.</summary>
    public string Role { get; internal set; } = "other";

    /// <summary>Which virtual processor it is; -1 if none.</summary>
    public int Vcpu { get; internal set; } = -1;

    /// <summary>What the kernel counted, if the map of threads tells it.</summary>
    public KernelTotals? Kernel { get; internal set; }

    /// <summary>What it wanted, in order of time.</summary>
    public ReadOnlyMemory<Burst> Bursts { get; internal set; }

    /// <summary>The time it held a pCPU.</summary>
    public Duration Run { get; internal set; }

    /// <summary>The time it was runnable but held none, waits that had not ended at the end of the recording left out
    /// (as the kernel counts).</summary>
    public Duration Wait { get; internal set; }

    /// <summary>How often it was woken.</summary>
    public int Wakes { get; internal set; }

    /// <summary>How often it was given a pCPU.</summary>
    public int Timeslices { get; internal set; }

    /// <summary>How often that was another pCPU than the time before.</summary>
    public int Migrations { get; internal set; }

    /// <summary>How often it ran without a recorded wake-up, which was then taken to be the moment it ran.</summary>
    public int WakesNotRecorded { get; internal set; }

    /// <summary>Was it running or runnable when the recording ended? Its last burst then holds only what it
    /// ran.</summary>
    public bool Unfinished { get; internal set; }

    /// <summary>Is its last burst without an end? So it is taken if it had gone on for half of the recording when that
    /// ended.</summary>
    public bool Endless => Bursts.Length > 0 && Bursts.Span[^1].Work == Duration.Forever;
}
