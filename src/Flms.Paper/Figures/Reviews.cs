using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>What was concluded by looking at each verdict, with the published settings.</summary>
internal static class Reviews
{
    public static Review Fig1Flat { get; } = new(Verdict.AgreesInDirection,
        "All vCPUs sleep nearly always, so VM 1 finds the pCPU free; the paper gives no numbers.");
    public static Review Fig1Neighbours { get; } = new(Verdict.AgreesInDirection,
        "VMs that compute half of the time wake with BOOST themselves and are ahead of VM 1 in the queue. It "
        + "levels off at four neighbours, which are nearly always out of credit: a boosted wake-up then gets "
        + "the pCPU at once.");
    public static Review Fig1All { get; } = new(Verdict.AgreesInDirection,
        "VM 1 has used up its own credit and waits for the slices of all others.");
    public static Review Table1CreditLatency { get; } = new(Verdict.AgreesInDirection,
        "The number of VMs is chosen for it: with 9 VMs Credit is nearest to the paper's value.");
    public static Review Table1LatencyOrder { get; } = new(Verdict.Differs,
        "FLMS in our reading of the paper is no faster than Credit, and KVM's scheduler is faster than the "
        + "paper measured.");
    public static Review Table1LatencyFlms { get; } = new(Verdict.Differs,
        "With Credit's class first on a short-slice queue, a vCPU in debt waits for the next accounting, "
        + "whatever the slice. Served in turn (flms-in-turn), FLMS is well below Credit.");
    public static Review Table1LatencyIoBounding { get; } = new(Verdict.AgreesInDirection,
        "Fewer VMs share the I/O pCPUs; the paper states neither their number nor the slice.");
    public static Review Table1LatencyKvm { get; } = new(Verdict.AgreesInDirection,
        "CFS runs first who has had least, whatever the slice.");
    public static Review Table1LatencyVturbo { get; } = new(Verdict.AgreesInDirection,
        "The turbo vCPU of the measured VM computes as well and its pings go to another vCPU.");
    public static string VturboNote { get; } =
        "vTurbo: the paper's 7.762 ms cannot come from the published design, whose turbo pCPUs have slices of "
        + "0.1 ms: an "
        + "interrupt would be answered in well under 1 ms, unless the driver domain itself waits for a pCPU.";
    public static Review Fig9Credit { get; } = new(Verdict.AgreesInDirection,
        "Credit steals from its own socket first, but re-places without regard to distance.");
    public static Review Fig9Flms { get; } = new(Verdict.AgreesInDirection,
        "Below Credit's; the rest are moves of Credit's tick, which our reading of FLMS keeps.");
    public static Review Fig9Fewer { get; } = new(Verdict.AgreesInDirection,
        "The thresholds A and B let FLMS steal less.");
    public static Review Fig10Credit { get; } = new(Verdict.AgreesInDirection,
        "Fewer than without memory nodes, as vCPUs would rather stay at home.");
    public static Review Fig10Fewer { get; } = new(Verdict.Differs,
        "With soft affinities Credit itself migrates little, and FLMS does not migrate less.");
    public static Review Fig13Equal { get; } = new(Verdict.Differs,
        "Our reading of the paper's FLMS conserves no work: groups do not help each other, and shares depend "
        + "on who sits where. FLMS by default (flms-default) is within 1 %.");
}
