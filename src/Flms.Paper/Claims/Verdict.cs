namespace Flms.Paper.Claims;

/// <summary>How far our figure bears out a claim of the paper.</summary>
public enum Verdict
{
    /// <summary>The paper's value lies within our 95 % interval, or within the tolerance that the claim
    /// states.</summary>
    AgreesInValue,

    /// <summary>Another value, but the same order of the systems, or the same direction of the effect.</summary>
    AgreesInDirection,

    /// <summary>Neither.</summary>
    Differs,

    /// <summary>It was not measured in this run.</summary>
    NotMeasured,
}

/// <summary>Words for verdicts.</summary>
public static class Verdicts
{
    /// <summary>As people read it, and as JSON has it.</summary>
    public static string Words(Verdict verdict) => verdict switch
    {
        Verdict.AgreesInValue => "agrees in value",
        Verdict.AgreesInDirection => "agrees in order and direction",
        Verdict.Differs => "differs",
        _ => "not measured",
    };
}
