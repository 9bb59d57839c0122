using Flms.Lab.Measures;

namespace Flms.Lab.Advice;

/// <summary>What comes out.</summary>
public enum AdviceVerdict : byte
{
    /// <summary>Something else would have served better.</summary>
    Change,

    /// <summary>Nothing else would have served better, by more than the model can tell.</summary>
    Keep,

    /// <summary>The recording, or the model of its host, is too poor to say.</summary>
    Unfit,
}

/// <summary>What came of one candidate: the best settings of a policy.</summary>
/// <param name="Name">The policy, <c>agent</c>, or <c>this kernel</c>.</param>
/// <param name="Settings">Its settings, as in <c>sp_slice=1ms</c>; empty for its defaults.</param>
/// <param name="Reach">What it takes to have it.</param>
/// <param name="Vms">What each VM met, in the order of <see cref="AdviceResult.Vms"/>: means over the
/// replications.</param>
public sealed record AdviceRow(string Name, string Settings, AdviceReach Reach, IReadOnlyList<VmFigures> Vms)
{
    /// <summary>The objective over what it is now, run by run, as a geometric mean over the VMs that are served; 1 for
    /// what there is now.</summary>
    public required double Ratio { get; init; }

    /// <summary>The ratio's 95 % confidence interval over the replications.</summary>
    public required Interval RatioCi95 { get; init; }

    /// <summary>What each VM keeps of the work that it is due, 1 for all, in the order of the VMs.</summary>
    public required IReadOnlyList<double> Kept { get; init; }

    /// <summary>The work of all VMs over what it is now.</summary>
    public required double Total { get; init; }

    /// <summary>The mean response of the VMs that are served over what it is now, as a geometric mean: waits that are
    /// only cut into more and shorter ones make responses no shorter.</summary>
    public required double Response { get; init; }

    /// <summary>Does nobody lose more work than is allowed?</summary>
    public required bool Allowed { get; init; }

    /// <summary>Is there no other that is better for the VMs served and costs the others less?</summary>
    public bool OnFront { get; init; }

    /// <summary>What to do on the host to have it, a line each.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>As people read it.</summary>
    public string Label => Settings == "" ? Name : $"{Name} with {Settings}";
}

/// <summary>What an adviser found.</summary>
public sealed record AdviceResult
{
    /// <summary>What comes out.</summary>
    public required AdviceVerdict Verdict { get; init; }

    /// <summary>Why, in a clause, where the verdict is not to change.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The VMs, in the recording's order.</summary>
    public required IReadOnlyList<string> Vms { get; init; }

    /// <summary>The places of those that are served.</summary>
    public required IReadOnlyList<int> Served { get; init; }

    /// <summary>What was to be short for them.</summary>
    public required AdviceObjective Objective { get; init; }

    /// <summary>The policy that stands for the recorded host, as in <c>eevdf:6.18 with lazy=false</c>; empty if it did
    /// not come to that.</summary>
    public string Model { get; init; } = "";

    /// <summary>How near it comes to the recording, VM by VM.</summary>
    public IReadOnlyList<VmFit> Fit { get; init; } = [];

    /// <summary>How many times too long or too short the objective is in the model, for the VM where it is worst; 1 or
    /// more.</summary>
    public double Misfit { get; init; } = 1;

    /// <summary>By how many replications the rows were judged.</summary>
    public int Replications { get; init; }

    /// <summary>How many settings were tried.</summary>
    public int Tried { get; init; }

    /// <summary>What there is now, then the best settings of each policy, the best first; those that take too much from
    /// somebody last.</summary>
    public IReadOnlyList<AdviceRow> Rows { get; init; } = [];

    /// <summary>The best of all; null unless the verdict is to change.</summary>
    public AdviceRow? Best { get; init; }

    /// <summary>The best that the recorded host can have as it is, if it is worth it: a setting of its kernel, or the
    /// agent; null if there is none.</summary>
    public AdviceRow? BestHere { get; init; }

    /// <summary>The VM of those served that it is worst for now: its place.</summary>
    public int Worst { get; init; }
}
