using Flms.Core;

namespace Flms.Sim;

/// <summary>What the machine charges for switching, moving and sharing. Every constant is an option with its
/// source.</summary>
/// <remarks>Presets: <see cref="Typical"/> (the default), <see cref="Harness"/> and <see cref="None"/>.</remarks>
public sealed record CostModel
{
    /// <summary>Time lost when a pCPU turns to another vCPU.</summary>
    [Option("Time a pCPU loses when it turns to another vCPU.",
        "spec/xen.md 5.9: the harness that ran the genuine schedulers used 1.5 us", Min = "0", Max = "10ms")]
    public Duration ContextSwitch { get; init; } = new(1_500);

    /// <summary>Time from a kick to the moment that the pCPU asks its scheduler.</summary>
    [Option("Time from a kick (inter-processor interrupt) until the pCPU asks its scheduler.",
        "spec/xen.md 5.9: the harness that ran the genuine schedulers used 1 us", Min = "0", Max = "10ms")]
    public Duration Kick { get; init; } = 1.Us;

    /// <summary>Work lost to cold caches when a vCPU moves to another thread of its core.</summary>
    [Option("Work lost to cold caches after a move to another thread of the same core.",
        "ours, inferred: threads of a core share all caches", Min = "0", Max = "100ms")]
    public Duration RefillSameCore { get; init; } = Duration.Zero;

    /// <summary>Work lost to cold caches when a vCPU moves to another core of its socket.</summary>
    [Option("Work lost to cold caches after a move to another core of the same socket.",
        "ours, inferred: 256 KB of private cache refilled from the shared one at about 10 GB/s",
        Min = "0", Max = "100ms")]
    public Duration RefillSameSocket { get; init; } = 25.Us;

    /// <summary>Work lost to cold caches when a vCPU moves to another socket of its memory node.</summary>
    [Option("Work lost to cold caches after a move to another socket on the same memory node.",
        "ours, inferred: 1 MB of working set refilled from memory at about 10 GB/s",
        Min = "0", Max = "100ms")]
    public Duration RefillSameNode { get; init; } = 100.Us;

    /// <summary>Work lost to cold caches when a vCPU moves to another memory node.</summary>
    [Option("Work lost to cold caches after a move to another memory node.",
        "ours, inferred: 1 MB of working set refilled from remote memory at about 7 GB/s", Min = "0", Max = "100ms")]
    public Duration RefillRemote { get; init; } = 150.Us;

    /// <summary>Speed of a vCPU while another thread of its core is busy, as a fraction of its speed alone.</summary>
    [Option("Speed of a vCPU while another thread of its core is busy, relative to running alone.",
        "ours, inferred: two threads of a core together do about 1.25 times the work of one", Min = "0.1", Max = "1")]
    public Fraction SmtSpeed { get; init; } = new(5, 8);

    /// <summary>Speed of a vCPU away from its domain's memory node, as a fraction of its speed at home.</summary>
    [Option("Speed of a vCPU that runs away from its domain's memory node, relative to running at home.",
        "ours, inferred: remote memory is about 1.6 times as slow, and a quarter of the time waits for memory",
        Min = "0.1", Max = "1")]
    public Fraction RemoteMemorySpeed { get; init; } = new(7, 8);

    /// <summary>The defaults: a present-day server, inferred where no source gives a number.</summary>
    public static CostModel Typical { get; } = new();

    /// <summary>As in the harness that ran the genuine Xen schedulers (spec/xen.md 5.9): switch 1.5 us, kick 1 us,
    /// nothing else.</summary>
    public static CostModel Harness { get; } = new()
    {
        RefillSameCore = Duration.Zero,
        RefillSameSocket = Duration.Zero,
        RefillSameNode = Duration.Zero,
        RefillRemote = Duration.Zero,
        SmtSpeed = new(1, 1),
        RemoteMemorySpeed = new(1, 1),
    };

    /// <summary>Everything is free and every thread runs at full speed.</summary>
    public static CostModel None { get; } = Harness with { ContextSwitch = Duration.Zero, Kick = Duration.Zero };

    /// <summary>Work lost to cold caches by a move over that distance.</summary>
    public Duration Refill(Distance distance) => distance switch
    {
        Distance.SameCore => RefillSameCore,
        Distance.SameSocket => RefillSameSocket,
        Distance.SameNode => RefillSameNode,
        Distance.Remote => RefillRemote,
        _ => Duration.Zero,
    };
}
