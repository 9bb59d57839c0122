using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Fig. 5: writing and reading a large file.</summary>
internal sealed class Fig5 : PaperFigure
{
    private const string Where = "section 4.1.1, p. 406";

    // KB, as iozone's setting has it.
    private static readonly int[] Records = [1024, 2048, 4096, 8192];

    public override string Name => "fig5";
    public override string Title => "Figure 5";
    public override string Caption => "writing and reading a large file";
    public override string Place => Where;

    public override string Summary =>
        "Six VMs; a latency-sensitive one writes a file of 2 GB and reads it again (iozone), by records of 1, 2, 4 and "
        + "8 MB. Its memory holds a quarter of the file, so most of it is fetched from the disk again.";

    public override string XTitle => "record, MB";

    public override IReadOnlyList<FigureCase> Cases =>
    [
        .. Records.Select(kb => new FigureCase("fig5.yaml")
        {
            X = $"{kb / 1024}", Set = [$"domains.vm1.workloads.iozone.record={kb}"],
        }),
    ];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        new("write", "KB/s", "written") { Of = r => Estimate.Of(r["vm1.iozone.write_kb_per_s"]), Better = "higher" },
        new("read", "KB/s", "read") { Of = r => Estimate.Of(r["vm1.iozone.read_kb_per_s"]), Better = "higher" },
        Measured.Share, Measured.Neighbours, Measured.Fairness,
    ];

    public override IReadOnlyList<Claim> Claims =>
    [
        Gain("write-flms", "FLMS writes 20 % more than Credit.", "write", 1.20, Reviews.Fig5Write),
        Gain("read-flms", "FLMS reads 6 % more than Credit.", "read", 1.06, Reviews.Fig5Read),
    ];

    // Over all four sizes of records.
    private static Claim Gain(string name, string text, string quantity, double paper, Review review) =>
        Ratios.Of(name, text, Where, paper,
            r => r.Over(Systems.Flms, quantity).Over(r.Over(Systems.Credit, quantity)), review);
}
