using System.Globalization;
using Flms.Agent.Control;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Figures of vCPUs as people read them.</summary>
internal static class VmText
{
    /// <summary>A ratio in %, with one digit behind the point.</summary>
    public static string Percent(decimal ratio) => (100 * ratio).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>How long it runs when it wakes.</summary>
    public static string Work(VcpuReport vcpu) =>
        vcpu.WorkNs is { } ns ? new Duration(ns / 1000 * 1000).ToString() : "never sleeps";

    /// <summary>The slice that it has, or would get; of a boosted one, its budget and the budget's period.</summary>
    public static string Slice(VcpuReport vcpu) => vcpu.SliceNs switch
    {
        _ when vcpu.BoostNs is { } budget => $"{new Duration(budget)}/{new Duration(vcpu.BoostPeriodNs ?? 0)}",
        null => "-",
        0 => "default",
        var ns => new Duration(ns.Value).ToString(),
    };

    /// <summary>The group that it is in; in brackets the one that it would be in; or why it is left alone.</summary>
    public static string Group(VcpuReport vcpu) => vcpu switch
    {
        { Group: null, Reason: null } => "-",
        { Group: null, Reason: var reason } => reason,
        { Placed: true } => vcpu.Group.ToUpperInvariant(),
        { Group: "all" or "roams" } => vcpu.Group,
        _ => $"({vcpu.Group.ToUpperInvariant()})",
    };
}
