using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>How near FLMS comes to a machine without a hypervisor, by path of the packets.</summary>
internal sealed class BareMetal : PaperFigure
{
    private const string Where = "section 3, p. 402";
    private const string Native = "native";

    public override string Name => "bare-metal";
    public override string Title => "Near bare metal?";
    public override string Place => Where;

    public override string Summary =>
        "Table 1's ping, when the packets come through the driver domain (paravirtual), straight to the VM "
        + "(SR-IOV), and on a machine without a hypervisor and without neighbours (native). The paper says that with "
        + "hardware-assisted virtualisation FLMS comes near to bare metal, and gives no number.";

    public override IReadOnlyList<FigureCase> Cases =>
        [Path("paravirtual"), Path("sriov"), new("bare-metal-native.yaml") { Group = Native }];

    public override IReadOnlyList<Quantity> Quantities =>
        [Measured.Latency, Measured.Median, Measured.Tail, Measured.Neighbours];

    public override IReadOnlyList<Claim> Claims =>
    [
        Near(Systems.Flms, Reviews.BareMetalFlms),
        Near(Systems.FlmsDefault, Reviews.BareMetalFlmsDefault),
    ];

    private static FigureCase Path(string path) => new("table1.yaml")
    {
        Group = path,
        Set = [$"domains.vm1.network.path={path}"],
        Schedulers = $"{Systems.Credit},{Systems.Flms},{Systems.FlmsInTurn},{Systems.FlmsDefault},eevdf,short-slice",
    };

    private static Claim Near(string system, Review review) => new()
    {
        Name = $"near-{system}",
        Text = $"With SR-IOV, FLMS ({system}) is near bare metal; taken as: a mean round trip of at most twice "
            + "native's.",
        Place = Where,
        Ours = r => r.Of(system, Measured.Latency.Name, "sriov").Over(r.Of(Native, Measured.Latency.Name, Native)),
        Holds = (_, ours) => ours.Mean <= 2,
        Review = review,
    };
}
