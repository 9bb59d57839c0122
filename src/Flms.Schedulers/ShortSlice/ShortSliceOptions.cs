using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.ShortSlice;

/// <summary>The two published forms of a short slice for everybody.</summary>
public enum ShortSliceForm : byte
{
    /// <summary>Credit with a short slice; its tick, accounting period and credits shrink with it.</summary>
    Credit,

    /// <summary>Round robin without credit, one queue a pCPU, kept equally long.</summary>
    Rr,
}

/// <summary>Settings of <see cref="ShortSliceScheduler"/>.</summary>
public sealed record ShortSliceOptions : CreditOptions
{
    /// <summary>The defaults: Credit with a slice of 5 ms.</summary>
    public ShortSliceOptions() => Tslice = 5.Ms;

    /// <summary>Which of the two forms. Default: Credit.</summary>
    [Option("Credit with a short slice (see tslice), or round robin on queues of equal length (see rr_slice).",
        "spec/compared-systems.md 2.2")]
    public ShortSliceForm Form { get; init; } = ShortSliceForm.Credit;

    /// <summary>Slice of the round robin; Credit's is <see cref="CreditOptions.Tslice"/>. Default 0.5 ms.</summary>
    [Option("Slice of the round robin. Credit's form has tslice instead.",
        "spec/compared-systems.md 2.2: Hu 2012's baseline", Min = "100us", Max = "1s")]
    public Duration RrSlice { get; init; } = 500.Us;

    /// <summary>Credit with 5 ms: where Citrix saw no workload lose, and near FLMS's figures (spec/xen.md 6.3,
    /// 7).</summary>
    public static ShortSliceOptions Credit5Ms { get; } = new();

    /// <summary>Credit with its shortest slice.</summary>
    public static ShortSliceOptions Credit1Ms { get; } = new() { Tslice = 1.Ms };

    /// <summary>Round robin with 0.5 ms, the baseline of Hu 2012.</summary>
    public static ShortSliceOptions RoundRobin { get; } = new() { Form = ShortSliceForm.Rr };

    /// <summary>The rate limit is cut to the slice, so it cannot be too long for it.</summary>
    internal ShortSliceOptions Cut => Ratelimit <= Tslice ? this : this with { Ratelimit = Tslice };

    /// <inheritdoc />
    public override string? Problem() => Ratelimit <= Tslice ? base.Problem() : Cut.Problem();
}
