using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.VSlicer;

/// <summary>When the microslices of latency-sensitive vCPUs come.</summary>
public enum MicroslicePlace : byte
{
    /// <summary>After each slice of the others: variant A.</summary>
    Interleave,

    /// <summary>At even distances; slices of the others are cut for them and go on afterwards: variant B.</summary>
    Preemptive,
}

/// <summary>Settings of <see cref="VSlicerScheduler"/>.</summary>
public sealed record VSlicerOptions : CreditOptions
{
    /// <summary>When microslices come. Default: after each slice of the others.</summary>
    [Option("When microslices come: after each slice of the others (variant A), or at even distances, cutting the "
        + "others' slices (variant B).", "inferred, spec/compared-systems.md 2.5; A is its default")]
    public MicroslicePlace Variant { get; init; } = MicroslicePlace.Interleave;

    /// <summary>Into how many microslices a turn is cut. Default 6: 5 ms of 30 ms.</summary>
    [Option("Microslices in a round (variant B; variant A has one for each slice of the others, this many if there is "
        + "no other).", "from memory, spec/compared-systems.md 2.5: 5 ms of 30 ms", Unit = "microslices", Min = "1",
        Max = "100")]
    public int Microslices { get; init; } = 6;

    /// <summary>Shortest microslice. Default 1 ms.</summary>
    [Option("Shortest microslice.", "inferred, spec/compared-systems.md 2.5", Min = "100us", Max = "100ms")]
    public Duration MicroMin { get; init; } = 1.Ms;

    /// <summary>Do VMs of class mixed have microslices too? Default: yes.</summary>
    [Option("Are VMs of class mixed labelled latency-sensitive?", "inferred: the label is one bit, set by hand")]
    public bool MixedIsLatency { get; init; } = true;

    /// <summary>Variant A.</summary>
    public static VSlicerOptions Interleave { get; } = new();

    /// <summary>Variant B.</summary>
    public static VSlicerOptions Preemptive { get; } = new() { Variant = MicroslicePlace.Preemptive };

    /// <inheritdoc />
    public override string? Problem() => base.Problem()
        ?? (MicroMin < Ratelimit
            ? $"micro_min {MicroMin} is shorter than ratelimit {Ratelimit}; make it at least the rate limit"
            : MicroMin > Tslice ? $"micro_min {MicroMin} is longer than tslice {Tslice}; make it at most the slice"
            : null);
}
