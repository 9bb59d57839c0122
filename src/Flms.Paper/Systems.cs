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

    /// <summary>FLMS as it is by default here, with the repairs of its weak points.</summary>
    public const string FlmsDefault = "flms-default";

    /// <summary>FLMS in our reading of the paper, but its short-slice queues served in turn.</summary>
    public const string FlmsInTurn = "flms-in-turn";

    /// <summary>Those of the paper's table 1, in its order.</summary>
    public static IReadOnlyList<string> OfPaper { get; } = [Credit, Flms, IoBounding, Kvm, Vturbo];

    /// <summary>Is it FLMS, in any reading?</summary>
    public static bool IsFlms(string system) => system.StartsWith(Flms, StringComparison.Ordinal);
}
