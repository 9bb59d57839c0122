using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 1: latency under Credit grows with the number of VMs, if they compute.</summary>
internal sealed class Fig1 : PaperFigure
{
    private const string Where = "section 1.1, p. 399";
    private static readonly string[] Groups = ["all idle", "neighbours busy", "all busy"];

    public override string Name => "fig1";
    public override string Title => "Figure 1";
    public override string Caption => "latency grows with the number of VMs, if they compute";
    public override string Place => Where;

    public override string Summary =>
        "VM 1 is pinged under Credit, beside one to four other VMs on the same pCPU. Either all are idle but for "
        + "pings, or the others compute half of the time, or all do. The round trip hardly changes among idle VMs, and "
        + "grows with the number of neighbours as soon as these compute.";

    public override string XTitle => "other VMs";
    public override string Form => "lines";

    public override IReadOnlyList<FigureCase> Cases =>
    [
        .. from g in Enumerable.Range(1, Groups.Length)
           from n in Enumerable.Range(1, 4)
           select new FigureCase($"fig1-group{g}.yaml")
           {
               Group = Groups[g - 1], X = $"{n}", Set = [$"domains.other.count={n}"],
           },
    ];

    public override IReadOnlyList<Quantity> Quantities => [Measured.Latency, Measured.Tail];

    public override IReadOnlyList<Claim> Claims =>
    [
        new()
        {
            Name = "idle-flat",
            Text = "Among idle VMs the round trip hardly changes with their number.",
            Place = Where,
            Ours = r => Four(r, 0),
            Holds = (_, ours) => ours.Mean < 1.1,
            InWords = r => Words(r, 0),
            Review = Reviews.Fig1Flat,
        },
        Grows("neighbours-busy-grows",
            "Beside VMs that compute, a VM that does only I/O waits the longer the more they are.", 1,
            Reviews.Fig1Neighbours),
        Grows("all-busy-grows", "A VM that computes as well waits the longer the more neighbours it has.",
            2, Reviews.Fig1All),
    ];

    private static Claim Grows(string name, string text, int group, Review review) => new()
    {
        Name = name,
        Text = text,
        Place = Where,
        Ours = r => Four(r, group),
        Holds = (r, ours) => ours.Above(1) && !Falls(r, group),
        InWords = r => Words(r, group),
        Review = review,
        Calibrated = true,
    };

    // With four neighbours over with one.
    private static Estimate Four(FigureResult r, int group) => At(r, group, 4).Over(At(r, group, 1));

    // A step down of more than a tenth counts.
    private static bool Falls(FigureResult r, int group) =>
        Enumerable.Range(2, 3).Any(n => At(r, group, n).Over(At(r, group, n - 1)).Mean < 0.9);

    private static string Words(FigureResult r, int group) =>
        string.Join(", ", Enumerable.Range(1, 4).Select(n => Text.Number(At(r, group, n).Mean))) + " ms";

    private static Estimate At(FigureResult r, int group, int n) =>
        r.Of(Systems.Credit, Measured.Latency.Name, Groups[group], $"{n}");
}
