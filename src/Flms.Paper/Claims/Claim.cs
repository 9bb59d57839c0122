namespace Flms.Paper.Claims;

/// <summary>Something that the paper says of a figure, and how our verdict on it is found.</summary>
/// <remarks>
/// The verdict has three degrees. <i>Value</i>: the paper gives a number, and it lies in our 95 % interval (unless that
/// is wider than our mean) or within <see cref="Tolerance"/> of itself from our mean. <i>Direction</i>:
/// <see cref="Holds"/> says that order or direction are the paper's. Otherwise it differs. A claim without a number can
/// reach direction at best.
/// </remarks>
public sealed record Claim
{
    /// <summary>Its name within the figure, as JSON has it.</summary>
    public required string Name { get; init; }

    /// <summary>What the paper says, in one sentence.</summary>
    public required string Text { get; init; }

    /// <summary>Where it says so, as in <c>section 4.1.2, p. 407</c>.</summary>
    public required string Place { get; init; }

    /// <summary>Our figure for it.</summary>
    public required Func<FigureResult, Estimate> Ours { get; init; }

    /// <summary>Do order and direction agree?</summary>
    public required Func<FigureResult, Estimate, bool> Holds { get; init; }

    /// <summary>What was concluded by looking.</summary>
    public required Review Review { get; init; }

    /// <summary>The paper's number; null if it gives none.</summary>
    public double? Paper { get; init; }

    /// <summary>The unit of both numbers; empty for a ratio.</summary>
    public string Unit { get; init; } = "";

    /// <summary>How far our mean may lie from the paper's number, as a part of that, to agree in value although our
    /// interval is narrower. The paper gives no intervals, and reads its averages from a few runs. Default
    /// 10 %.</summary>
    public double Tolerance { get; init; } = 0.1;

    /// <summary>Was our model fixed by this number? Then agreement says nothing. Default: no.</summary>
    public bool Calibrated { get; init; }

    /// <summary>The system whose number it is over all places of the figure: a level across its picture. Default:
    /// empty, for any other claim.</summary>
    public string System { get; init; } = "";

    /// <summary>The quantity that this number is of. Default: empty.</summary>
    public string Quantity { get; init; } = "";

    /// <summary>Our result in words, where one number does not say it; null to show the number.</summary>
    public Func<FigureResult, string>? InWords { get; init; }

    /// <summary>The verdict on a result.</summary>
    public ClaimResult Judge(FigureResult result)
    {
        var ours = Ours(result);
        return new(this, ours, InWords?.Invoke(result), Verdict(result, ours));
    }

    private Verdict Verdict(FigureResult result, Estimate ours)
    {
        if (ours.Mean is not { } mean) return Claims.Verdict.NotMeasured;
        if (Paper is { } paper && (Math.Abs(mean - paper) <= Tolerance * Math.Abs(paper)
            || ours.Ci95 is { } ci && ci.Low <= paper && paper <= ci.High && Says(ci, mean)))
            return Claims.Verdict.AgreesInValue;
        return Holds(result, ours) ? Claims.Verdict.AgreesInDirection : Claims.Verdict.Differs;
    }

    // An interval that is wider than its mean would agree with nearly anything.
    private static bool Says(Lab.Measures.Interval ci, double mean) => ci.High - ci.Low <= Math.Abs(mean);
}

/// <summary>The verdict on a claim.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="InWords">Our result in words; null if the figure says it.</param>
/// <param name="Verdict">How far it agrees.</param>
public sealed record ClaimResult(Claim Claim, Estimate Ours, string? InWords, Verdict Verdict)
{
    /// <summary>Has somebody looked at this verdict, and written why it is so?</summary>
    public bool Reviewed => Claim.Review.Verdict == Verdict;

    /// <summary>Why; where the verdict is not the one that was looked at, that.</summary>
    public string Because => Reviewed ? Claim.Review.Because
        : $"nobody has looked at this verdict yet: with the published settings it is \""
            + $"{Verdicts.Words(Claim.Review.Verdict)}\"";
}
