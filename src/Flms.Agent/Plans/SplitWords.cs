using System.Globalization;

namespace Flms.Agent.Plans;

/// <summary>What was found out about splitting the pCPUs, in words.</summary>
public static class SplitWords
{
    /// <summary>Why they are split, or not; null where nothing was to be found out.</summary>
    public static string? Of(in SplitVerdict verdict) => verdict.State switch
    {
        SplitState.Calm => "nobody who is latency-sensitive is kept waiting while others want pCPUs",
        SplitState.Comparing => "measuring what a split would have to be better than",
        SplitState.Trying => $"on trial; without it latency-sensitive VMs waited {verdict.Before} each time",
        SplitState.Kept => $"worth it: latency-sensitive VMs wait {Waits(verdict)}, and the others have "
            + $"{Percent(verdict.Others)} of what is fair",
        SplitState.NoGain => $"{Form(verdict)} was no gain: "
            + $"latency-sensitive VMs waited {Waits(verdict)}{Again(verdict)}",
        SplitState.Unfair => $"{Form(verdict)} left the others {Percent(verdict.Others)} of what is fair"
            + $"{Again(verdict)}",
        SplitState.Wasteful => $"a split would leave the others {Percent(verdict.Others)} of what is fair",
        _ => null,
    };

    private static string Form(in SplitVerdict verdict) =>
        verdict.Form == SplitForm.Lent ? "a split with lent pCPUs" : "a split";

    private static string Again(in SplitVerdict verdict) => $"; next try in {verdict.Rest}";

    private static string Waits(in SplitVerdict verdict) =>
        $"{verdict.During} each time, {verdict.Before} without it";

    private static string Percent(long thousandths) => string.Create(CultureInfo.InvariantCulture,
        $"{thousandths / 10m:0} %");
}
