namespace Flms.Paper;

/// <summary>The systems that the figures compare: each is a label in the scenario files.</summary>
public static class Systems
{
    /// <summary>Xen 4.4.2's Credit, as the paper measured it.</summary>
    public const string Credit = "credit";

    /// <summary>FLMS in our reading of the paper.</summary>
    public const string Flms = "flms";

    /// <summary>VMs that do I/O bound to pCPUs of their own.</summary>
    public const string IoBounding = "io-bounding";

    /// <summary>KVM of the paper's time: CFS.</summary>
    public const string Kvm = "kvm";

    /// <summary>vTurbo, with the driver domain where its authors had it.</summary>
    public const string Vturbo = "vturbo";

    /// <summary>vTurbo with the driver domain on the long-slice pCPUs.</summary>
    public const string VturboSharedDom0 = "vturbo-shared-dom0";

    /// <summary>FLMS as it is by default here, with the repairs of its weak points.</summary>
    public const string FlmsDefault = "flms-default";

    /// <summary>FLMS in our reading of the paper, but its short-slice queues served in turn.</summary>
    public const string FlmsInTurn = "flms-in-turn";

    /// <summary>Those of the paper's table 1, in its order.</summary>
    public static IReadOnlyList<string> OfPaper { get; } = [Credit, Flms, IoBounding, Kvm, Vturbo];

    private static readonly Dictionary<string, string> What = new()
    {
        [Credit] = "Credit of Xen 4.4.2, the paper's baseline: 30 ms slices, a boost for who wakes.",
        [Flms] = "The paper's FLMS, in our reading of its text.",
        [IoBounding] = "Latency-sensitive VMs on a fixed set of pCPUs, Credit on both sides.",
        [Kvm] = "KVM of the paper's time: Linux's CFS as it then was.",
        [Vturbo] = "vTurbo: an extra vCPU of each VM for its interrupts, on pCPUs with slices of 0.1 ms.",
        [VturboSharedDom0] = "vTurbo whose driver domain shares the long-slice pCPUs with everybody's computing.",
        [FlmsInTurn] = "The paper's FLMS, but its short-slice queues are served in turn.",
        [FlmsDefault] = "FLMS as it is by default here, with the repairs of its weak points.",
        ["native"] = "No hypervisor and no neighbours: the machine by itself.",
        ["eevdf"] = "KVM of today: Linux's EEVDF.",
        ["short-slice"] = "Credit with a slice of 1 ms for everybody.",
        ["pvsched"] = "KVM whose guests tell the host what they run; interrupts go first (pvsched v3).",
        ["task-aware"] = "Credit that boosts a vCPU for the I/O-bound tasks within it (Kim 2009).",
        ["aql"] = "AQL_Sched: vCPUs typed by counters, in pools whose slice suits the type (2016).",
        ["credit2"] = "Credit2, Xen's default today.",
        ["asymsched"] = "AsymSched: VMs move to an I/O pool by predicted events (Hu 2012).",
    };

    /// <summary>The systems that have a description.</summary>
    public static IEnumerable<string> Described => What.Keys;

    /// <summary>What it is, in one sentence.</summary>
    public static string Describe(string system) => What.GetValueOrDefault(system, "As the scenario file says.");

    /// <summary>Where it stands in a list: the paper's five first, in its order; all others alike.</summary>
    internal static int Rank(string system)
    {
        for (var i = 0; i < OfPaper.Count; i++)
            if (OfPaper[i] == system) return i;
        return OfPaper.Count;
    }

    /// <summary>Is it FLMS, in any reading?</summary>
    public static bool IsFlms(string system) => system.StartsWith(Flms, StringComparison.Ordinal);
}
