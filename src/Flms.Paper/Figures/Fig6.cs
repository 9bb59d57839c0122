using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 6: latency of five systems; the text's percentages beside it.</summary>
internal sealed class Fig6 : PaperFigure
{
    private const string Where = "section 4.1.2, p. 407";

    public override string Name => "fig6";
    public override string Title => "Figure 6";
    public override string Caption => "latency of five systems, as a distribution";
    public override string Place => Where;

    public override string Summary =>
        "The same pings as in table 1, as a distribution: half of all are answered within the first value, 99 of 100 "
        + "within the last. The paper draws the five systems over its test runs, and sums up in percent.";

    public override IReadOnlyList<FigureCase> Cases => Table1.Runs;
    public override IReadOnlyList<Quantity> Quantities => [Measured.Latency, Measured.Median, Measured.Tail];

    public override IReadOnlyList<Claim> Claims =>
    [
        Less(Systems.Credit, 80, Reviews.Fig6Credit), Less(Systems.Kvm, 30, Reviews.Fig6Kvm),
        Less(Systems.IoBounding, 17, Reviews.Fig6IoBounding), Less(Systems.Vturbo, 49, Reviews.Fig6Vturbo),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The paper's text does not follow from its own table 1, by which FLMS's latency is 77 % below Credit's and "
        + "25 % below KVM's; it holds for I/O bounding (18 %) and vTurbo (49 %).",
        Reviews.VturboNote,
    ];

    private static Claim Less(string system, double percent, Review review) => new()
    {
        Name = $"less-than-{system}",
        Text = $"FLMS's mean latency is {percent} % below that of {system}.",
        Place = Where,
        Paper = percent,
        Unit = "%",
        Ours = r => Measured.Scaled(r.Of(system, Measured.Latency.Name).Less(r.Of(Systems.Flms, Measured.Latency.Name))
            .Over(r.Of(system, Measured.Latency.Name)), 100),
        Holds = (_, ours) => ours.Above(0),
        Review = review,
    };
}
