using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 11 and 12: how long computing takes.</summary>
internal abstract class Computing : PaperFigure
{
    private static readonly Quantity Time = new("time", "s", "time of a round of sysbench")
    {
        Of = r => Measured.Scaled(Estimate.Of(r["vm1.sysbench.time_ms"]), 0.001), Better = "lower",
    };

    public override IReadOnlyList<Quantity> Quantities =>
        [Time, Measured.Share, Measured.Neighbours, Measured.Migrations, Measured.CrossSocket, Measured.Switches];

    /// <summary>FLMS is so much faster than Credit, in one of the figure's groups.</summary>
    protected Claim Faster(string group, double percent, string text, Review review) => new()
    {
        Name = $"faster-{group.Replace(' ', '-')}",
        Text = text,
        Place = Place,
        Paper = percent,
        Unit = "%",
        Ours = r => Measured.Scaled(r.Of(Systems.Credit, Time.Name, group).Less(r.Of(Systems.Flms, Time.Name, group))
            .Over(r.Of(Systems.Credit, Time.Name, group)), 100),
        Holds = (_, ours) => ours.Above(0),
        Review = review,
    };
}

/// <summary>Fig. 11: what better load balancing is worth.</summary>
internal sealed class Fig11 : Computing
{
    public override string Name => "fig11";
    public override string Title => "Figure 11";
    public override string Caption => "what better load balancing is worth";
    public override string Place => "section 4.2, p. 408";

    public override string Summary =>
        "Eight VMs of 4 vCPUs; four are idle, four compute primes without pause (sysbench), on a machine with one "
        + "memory node and on one with two. The time of one VM's round is what the load balancer can win or lose.";

    public override IReadOnlyList<FigureCase> Cases =>
        [new("fig11-non-numa.yaml") { Group = "non-NUMA" }, new("fig11-numa.yaml") { Group = "NUMA" }];

    public override IReadOnlyList<Claim> Claims =>
    [
        Faster("non-NUMA", 17, "On a machine with one memory node FLMS takes 17 % less time than Credit.",
            Reviews.Fig11NonNuma),
        Faster("NUMA", 17, "With two memory nodes FLMS takes 17 % less time than Credit.", Reviews.Fig11Numa),
    ];
}

/// <summary>Fig. 12: compute VMs do not suffer from FLMS.</summary>
internal sealed class Fig12 : Computing
{
    public override string Name => "fig12";
    public override string Title => "Figure 12";
    public override string Caption => "what FLMS costs or brings a compute VM";
    public override string Place => "section 4.3, p. 409";

    public override string Summary =>
        "Eight VMs of 4 vCPUs. One compute VM runs sysbench with 4 threads and wants all it can get; the others run "
        + "lookbusy at 50 %. Either all are compute VMs, or there are all three types.";

    public override IReadOnlyList<FigureCase> Cases =>
        [new("fig12-compute.yaml") { Group = "only compute" }, new("fig12-mixed.yaml") { Group = "three types" }];

    public override IReadOnlyList<Claim> Claims =>
    [
        Faster("only compute", 15, "Among compute VMs alone FLMS takes 15 % less time than Credit.",
            Reviews.Fig12Compute),
        Faster("three types", 15, "Among VMs of all three types FLMS takes 15 % less time than Credit.",
            Reviews.Fig12Mixed),
    ];
}
