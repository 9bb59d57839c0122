using Flms.Lab.Measures;
using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 13: VMs of all three types get the same CPU.</summary>
internal sealed class Fig13 : PaperFigure
{
    private const string Where = "section 4.4, p. 409";
    private const int Vms = 6;

    public override string Name => "fig13";
    public override string Title => "Figure 13";
    public override string Caption => "VMs of all three types get the same CPU";
    public override string Place => Where;

    public override string Summary =>
        "Six VMs under lookbusy: 1 and 2 are compute VMs, 3 and 4 latency-sensitive, 5 and 6 mixed. The paper reads "
        + "their CPU use at five times and finds it almost the same. Shown is each VM's share of the machine over the "
        + "whole run.";

    public override IReadOnlyList<FigureCase> Cases => [new("fig13.yaml")];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        .. Enumerable.Range(1, Vms).Select(n => new Quantity($"vm{n}", "%", $"VM {n}")
        {
            Of = r => Measured.Scaled(Estimate.Of(r[$"vm{n}.cpu_share"]), 100),
        }),
        Measured.Fairness,
    ];

    public override int OfPaper => Vms;

    public override IReadOnlyList<Claim> Claims =>
    [
        new()
        {
            Name = "equal-shares",
            Text = "Under FLMS all VMs get almost the same CPU; taken as: within 2 % of their mean.",
            Place = Where,
            Unit = "%",
            Ours = r => Spread(r, Systems.Flms),
            Holds = (_, ours) => ours.Mean <= 2,
            Review = Reviews.Fig13Equal,
        },
    ];

    /// <summary>How far the VM furthest from the mean of all lies from it, in percent of it.</summary>
    private static Estimate Spread(FigureResult r, string system)
    {
        var shares = Enumerable.Range(1, Vms).Select(n => r.Of(system, $"vm{n}")).ToList();
        if (shares.Exists(s => s.Mean == null)) return Estimate.None;
        return Estimate.Of([.. shares[0].Replications.Select((_, i) => Furthest([.. shares.Select(
            s => s.Replications[i] ?? 0)]))]);
    }

    private static double? Furthest(IReadOnlyList<double> shares)
    {
        var mean = Statistic.Mean(shares)!.Value;
        return mean == 0 ? null : 100 * shares.Max(s => Math.Abs(s - mean)) / mean;
    }
}
