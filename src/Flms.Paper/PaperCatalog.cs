using Flms.Paper.Figures;

namespace Flms.Paper;

/// <summary>Every figure there is, in the paper's order; what goes beyond it comes last.</summary>
public static class PaperCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<PaperFigure> All { get; } =
    [
        new Fig1(), new Fig5(), new Fig6(), new Fig7(), new Table1(), new Fig8(), new Fig9(), new Fig10(), new Fig11(),
        new Fig12(), new Fig13(),
        new BareMetal(), new Scale(), new Sensitivity(),
    ];

    /// <summary>The figure of that name; null if there is none.</summary>
    public static PaperFigure? Find(string name) => All.FirstOrDefault(f => f.Name == name);
}
