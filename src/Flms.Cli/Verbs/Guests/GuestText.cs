using System.Globalization;
using Flms.Agent.Guests;
using Flms.Agent.Plans;

namespace Flms.Cli.Verbs.Guests;

/// <summary>Says why a process belongs where it does.</summary>
internal static class GuestText
{
    /// <summary>In a few words.</summary>
    public static string Why(GuestLine line) => line.Reason switch
    {
        GuestReason.Quiet => $"it uses {Percent(line)} of a vCPU",
        GuestReason.Busy => $"it uses {Percent(line)} of a vCPU",
        GuestReason.Usual => line.Percent == null ? "not measured yet" : "the system's",
        _ => line.Exclusion switch
        {
            Exclusion.Ignored => "process 1 and flms itself are left alone",
            Exclusion.OutsidePool => "its cpuset does not have both kinds of vCPUs",
            Exclusion.RealTime => "a thread of it is real-time",
            Exclusion.Bound => "somebody has bound a thread of it",
            Exclusion.Container => "it is in a container",
            Exclusion.TakenOver => "somebody has changed what was set",
            _ => "how it is scheduled cannot be read",
        },
    };

    /// <summary>As in <c>1.2 %</c>.</summary>
    public static string Percent(GuestLine line) => line.Percent is { } p
        ? string.Create(CultureInfo.InvariantCulture, $"{p:0.0} %") : "";
}
