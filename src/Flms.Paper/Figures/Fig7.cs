using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 7: bandwidth of five systems; the text's percentages beside it.</summary>
internal sealed class Fig7 : PaperFigure
{
    private const string Where = "section 4.1.2, p. 407";

    public override string Name => "fig7";
    public override string Title => "Figure 7";
    public override string Caption => "bandwidth of five systems";
    public override string Place => Where;

    public override string Summary =>
        "The same TCP stream as in table 1 (netperf): bytes from another host to a process of VM 1, which computes "
        + "half of the time as all others do. Beside it, what the VM itself and its neighbours get of the CPU.";

    public override IReadOnlyList<FigureCase> Cases => Table1.Streams;
    public override IReadOnlyList<Quantity> Quantities => [Measured.Bandwidth, Measured.Share, Measured.Neighbours];

    public override IReadOnlyList<Claim> Claims =>
    [
        More(Systems.Credit, 50, Reviews.Fig7Credit), More(Systems.Kvm, 50, Reviews.Fig7Kvm),
        More(Systems.IoBounding, 10, Reviews.Fig7IoBounding), More(Systems.Vturbo, 10, Reviews.Fig7Vturbo),
    ];

    private static Claim More(string system, double percent, Review review) => new()
    {
        Name = $"more-than-{system}",
        Text = $"FLMS carries {percent} % more than {system}.",
        Place = Where,
        Paper = percent,
        Unit = "%",
        Ours = r => Measured.Scaled(r.Of(Systems.Flms, Measured.Bandwidth.Name)
            .Less(r.Of(system, Measured.Bandwidth.Name)).Over(r.Of(system, Measured.Bandwidth.Name)), 100),
        Holds = (_, ours) => ours.Above(0),
        Review = review,
    };
}
