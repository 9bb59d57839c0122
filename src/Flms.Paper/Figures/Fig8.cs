using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 8: a web server under load.</summary>
internal sealed class Fig8 : PaperFigure
{
    private const string Where = "section 4.1.3, p. 407";

    public override string Name => "fig8";
    public override string Title => "Figure 8";
    public override string Caption => "a web server under load";
    public override string Place => Where;

    public override string Summary =>
        "Eight VMs; a latency-sensitive one runs a web server, which clients on another host (webbench) keep busy "
        + "with one small page after another. The paper reports the bytes a second that they receive.";

    public override IReadOnlyList<FigureCase> Cases => [new("fig8.yaml")];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        new("transfer", "KB/s", "pages sent")
        {
            Of = r => Estimate.Of(r["vm1.webbench.transfer_kb_per_s"]), Better = "higher",
        },
        new("page", "ms", "mean time of a page") { Of = r => Estimate.Of(r["vm1.webbench.rtt_ms"]), Better = "lower" },
        new("page_p99", "ms", "99 of 100 within")
        {
            Of = r => Estimate.Single(r["vm1.webbench.rtt_ms"]?.P99), Better = "lower",
        },
        Measured.Share, Measured.Neighbours, Measured.Fairness,
    ];

    public override IReadOnlyList<Claim> Claims =>
    [
        Ratios.Of("transfer-flms", "FLMS sends 10 % more than Credit.", Where, 1.10,
            r => r.Of(Systems.Flms, "transfer").Over(r.Of(Systems.Credit, "transfer")), Reviews.Fig8Flms),
    ];
}
