using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 9 and 10: how often vCPUs migrate, and how far.</summary>
internal abstract class Balancing : PaperFigure
{
    private static readonly int[] Loads = [50, 65, 80, 95];

    public override string Place => "section 4.2, p. 408";
    public override string XTitle => "load of each busy VM, %";

    public override IReadOnlyList<FigureCase> Cases =>
    [
        .. Loads.Select(u => new FigureCase($"{Name}.yaml")
        {
            X = $"{u}", Set = [.. Busy.Select(d => $"domains.{d}.workloads.lookbusy.utilisation={u}")],
        }),
    ];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        Measured.Migrations, Measured.CrossSocket, Measured.Steals, Measured.StealsCrossSocket, Measured.Balances,
        Measured.Utilisation,
    ];

    public override int OfPaper => 2;

    /// <summary>The domains that are busy.</summary>
    protected abstract IReadOnlyList<string> Busy { get; }

    /// <summary>The part of a system's migrations that leave the socket, of all loads together.</summary>
    protected Claim Cross(string system, double paper, string text, Func<FigureResult, Estimate, bool> holds,
        Review review) => new()
        {
            Name = $"cross-{system}",
            Text = text,
            Place = Place,
            Paper = paper,
            Unit = "%",
            System = system,
            Quantity = Measured.CrossSocket.Name,
            Ours = r => Share(r, system),
            Holds = holds,
            Review = review,
        };

    /// <summary>FLMS migrates less than Credit.</summary>
    protected Claim Fewer(Review review) => new()
    {
        Name = "fewer-migrations",
        Text = "FLMS migrates vCPUs less often than Credit.",
        Place = Place,
        Ours = r => r.Over(Systems.Flms, Measured.Migrations.Name)
            .Over(r.Over(Systems.Credit, Measured.Migrations.Name)),
        Holds = (_, ours) => ours.Below(1),
        Review = review,
    };

    protected static bool FlmsLess(FigureResult r) =>
        Share(r, Systems.Flms).Less(Share(r, Systems.Credit)).Below(0);

    // The paper counts all migrations of its four runs: a load with many of them weighs more.
    private static Estimate Share(FigureResult r, string system) =>
        r.Over(system, Measured.CrossSocket.Name, weight: Measured.Migrations.Name);
}

/// <summary>Fig. 9: both sockets are one memory node.</summary>
internal sealed class Fig9 : Balancing
{
    public override string Name => "fig9";
    public override string Title => "Figure 9";
    public override string Caption => "how often vCPUs migrate, and how far";
    protected override IReadOnlyList<string> Busy => ["busy"];

    public override string Summary =>
        "Eight VMs of 4 vCPUs on a machine of two sockets and one memory node; four are idle, four busy at the load "
        + "shown. Counted are migrations in 10 s, and the part of them that leave the socket, where caches are cold.";

    public override IReadOnlyList<Claim> Claims =>
    [
        Cross(Systems.Credit, 31, "31 % of Credit's migrations cross sockets.", (r, _) => FlmsLess(r),
            Reviews.Fig9Credit),
        Cross(Systems.Flms, 4, "4 % of FLMS's migrations cross sockets.", (r, _) => FlmsLess(r), Reviews.Fig9Flms),
        Fewer(Reviews.Fig9Fewer),
    ];
}

/// <summary>Fig. 10: every socket is a memory node, and VMs would rather stay on theirs.</summary>
internal sealed class Fig10 : Balancing
{
    public override string Name => "fig10";
    public override string Title => "Figure 10";
    public override string Caption => "the same, where each socket is a memory node";
    protected override IReadOnlyList<string> Busy => ["left", "right"];

    public override string Summary =>
        "As figure 9, on a machine whose sockets are memory nodes. Each VM has its memory on one node and would rather "
        + "run there, as Xen's tools arrange it; Credit heeds that wish.";

    public override IReadOnlyList<Claim> Claims =>
    [
        Cross(Systems.Credit, 12, "12 % of Credit's migrations cross sockets, fewer than without nodes (31 %).",
            (_, ours) => ours.Below(31), Reviews.Fig10Credit),
        Fewer(Reviews.Fig10Fewer),
    ];
}
