using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Table 1: latency and bandwidth of five systems, and of later ones.</summary>
internal sealed class Table1 : PaperFigure
{
    private const string Where = "section 4.1.2, table 1, p. 407";

    private static readonly Dictionary<string, (double Latency, double Bandwidth)> Paper = new()
    {
        [Systems.Credit] = (16.853, 1135.554),
        [Systems.Flms] = (3.939, 1708.92),
        [Systems.IoBounding] = (4.794, 1535.858),
        [Systems.Kvm] = (5.283, 1165.149),
        [Systems.Vturbo] = (7.762, 1561.675),
    };

    /// <summary>The pings.</summary>
    public static IReadOnlyList<FigureCase> Runs { get; } = Each("");

    /// <summary>The TCP streams.</summary>
    public static IReadOnlyList<FigureCase> Streams { get; } = Each("-tcp");

    public override string Name => "table1";
    public override string Title => "Table 1";
    public override string Caption => "latency and bandwidth of five systems, and of later ones";
    public override string Place => Where;

    public override string Summary =>
        "Every VM computes half of the time, in equal numbers of latency-sensitive, compute and mixed VMs. One "
        + "latency-sensitive VM is pinged and, in runs of their own, sent a TCP stream. What counts is the mean round "
        + "trip, the bandwidth, and what they cost the others.";

    public override string Form => "table";
    public override IReadOnlyList<FigureCase> Cases =>
        [.. Runs.Zip(Streams, (ping, stream) => ping with { Beside = stream.File })];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        Measured.Latency, Measured.Bandwidth, Measured.Tail, Measured.Neighbours, Measured.Fairness, Measured.Switches,
    ];

    public override int OfPaper => 2;

    public override IReadOnlyList<string> Notes => [Reviews.VturboNote];

    public override double? Published(string system, FigureCase at, Quantity quantity) =>
        !Paper.TryGetValue(system, out var value) ? null
        : quantity == Measured.Latency ? value.Latency
        : quantity == Measured.Bandwidth ? value.Bandwidth
        : null;

    public override IReadOnlyList<Claim> Claims =>
    [
        Credit("credit-latency", Measured.Latency, Paper[Systems.Credit].Latency, Reviews.Table1CreditLatency),
        Credit("credit-bandwidth", Measured.Bandwidth, Paper[Systems.Credit].Bandwidth, Reviews.Table1CreditBandwidth),
        Ratios.Order("latency-order", "Least latency first: FLMS, I/O bounding, KVM, vTurbo, Credit.", Where,
            Measured.Latency.Name,
            [Systems.Flms, Systems.IoBounding, Systems.Kvm, Systems.Vturbo, Systems.Credit],
            Reviews.Table1LatencyOrder),
        Ratio(Systems.Flms, Measured.Latency, "FLMS's latency is 23 % of Credit's", Reviews.Table1LatencyFlms),
        Ratio(Systems.IoBounding, Measured.Latency, "I/O bounding's latency is 28 % of Credit's",
            Reviews.Table1LatencyIoBounding),
        Ratio(Systems.Kvm, Measured.Latency, "KVM's latency is 31 % of Credit's", Reviews.Table1LatencyKvm),
        Ratio(Systems.Vturbo, Measured.Latency, "vTurbo's latency is 46 % of Credit's", Reviews.Table1LatencyVturbo),
        Ratios.Order("bandwidth-order", "Least bandwidth first: Credit, KVM, I/O bounding, vTurbo, FLMS.", Where,
            Measured.Bandwidth.Name,
            [Systems.Credit, Systems.Kvm, Systems.IoBounding, Systems.Vturbo, Systems.Flms],
            Reviews.Table1BandwidthOrder),
        Ratio(Systems.Flms, Measured.Bandwidth, "FLMS carries 1.50 times as much as Credit",
            Reviews.Table1BandwidthFlms),
        Ratio(Systems.IoBounding, Measured.Bandwidth, "I/O bounding carries 1.35 times as much as Credit",
            Reviews.Table1BandwidthIoBounding),
        Ratio(Systems.Kvm, Measured.Bandwidth, "KVM carries 1.03 times as much as Credit",
            Reviews.Table1BandwidthKvm),
        Ratio(Systems.Vturbo, Measured.Bandwidth, "vTurbo carries 1.38 times as much as Credit",
            Reviews.Table1BandwidthVturbo),
    ];

    // vTurbo needs other guests; all other systems run the same.
    private static IReadOnlyList<FigureCase> Each(string what) =>
    [
        new($"table1{what}.yaml"),
        new($"table1-vturbo{what}.yaml") { Schedulers = Systems.Vturbo },
        new($"table1-vturbo{what}.yaml")
        {
            Schedulers = Systems.VturboSharedDom0, Set = ["domains.dom0.parameters.vturbo.turbo_vcpu=-2"],
        },
    ];

    private static Claim Credit(string name, Quantity quantity, double paper, Review review) => new()
    {
        Name = name,
        Text = $"Credit: {Text.Number(paper)} {quantity.Unit}.",
        Place = Where,
        Paper = paper,
        Unit = quantity.Unit,
        Ours = r => r.Of(Systems.Credit, quantity.Name),
        Holds = (_, ours) => ours.Mean > paper / 2 && ours.Mean < paper * 2,
        Review = review,
        Calibrated = true,
    };

    private static Claim Ratio(string system, Quantity quantity, string text, Review review)
    {
        var (mine, credit) = (Paper[system], Paper[Systems.Credit]);
        return Ratios.Of($"{quantity.Name}-{system}", $"{text}.", Where,
            quantity == Measured.Latency ? mine.Latency / credit.Latency : mine.Bandwidth / credit.Bandwidth,
            r => r.Of(system, quantity.Name).Over(r.Of(Systems.Credit, quantity.Name)), review);
    }
}
