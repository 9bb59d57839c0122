namespace Flms.Report;

/// <summary>All that the report of the paper's figures shows, as plain data.</summary>
/// <remarks>Like <see cref="ReportData"/> it knows no scenario and no simulator. A figure that does not exist is
/// <see cref="double.NaN"/> (written as <c>null</c>).</remarks>
public sealed record PaperReportData
{
    /// <summary>Tells the page which kind of report it is.</summary>
    public string Kind { get; } = "paper";

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What is compared with what, in two or three sentences.</summary>
    public required string Summary { get; init; }

    /// <summary>The command line that makes this report again.</summary>
    public required string Command { get; init; }

    /// <summary>The version of flms.</summary>
    public required string Version { get; init; }

    /// <summary>How often each system ran each case.</summary>
    public required int Replications { get; init; }

    /// <summary>The systems, in the order in which they first appear.</summary>
    public required IReadOnlyList<PaperReportSystem> Systems { get; init; }

    /// <summary>The figures, in the order in which they are shown.</summary>
    public required IReadOnlyList<PaperReportFigure> Figures { get; init; }

    /// <summary>What was assumed, each in one sentence.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];

    /// <summary>What a reader must watch out for: shown on top.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>One of the systems that are compared.</summary>
public sealed record PaperReportSystem
{
    /// <summary>Its label, as rows have it.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in one sentence.</summary>
    public required string What { get; init; }

    /// <summary><c>paper</c> if the paper measured it, <c>flms</c> if it is another reading of FLMS, <c>later</c>
    /// otherwise.</summary>
    public required string Family { get; init; }
}

/// <summary>One figure or table.</summary>
public sealed record PaperReportFigure
{
    /// <summary>As the command line names it, as in <c>fig9</c>.</summary>
    public required string Name { get; init; }

    /// <summary>As people name it, as in <c>Figure 9</c>.</summary>
    public required string Title { get; init; }

    /// <summary>What it shows, in a few words, for the list of contents; empty if the title says it.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Where the paper has it; empty for what goes beyond it.</summary>
    public required string Place { get; init; }

    /// <summary>What is run and what to look at.</summary>
    public required string Summary { get; init; }

    /// <summary>How the paper draws it: <c>lines</c>, <c>bars</c> or <c>table</c>.</summary>
    public required string Form { get; init; }

    /// <summary>What the x axis is; empty for none.</summary>
    public string XTitle { get; init; } = "";

    /// <summary>The figure's parts, such as groups of curves; one empty name if there is one part only.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The places on the x axis, in order; one empty name if it has none.</summary>
    public required IReadOnlyList<string> Xs { get; init; }

    /// <summary>What is shown: the y axis first.</summary>
    public required IReadOnlyList<PaperReportQuantity> Quantities { get; init; }

    /// <summary>Part by part, place by place, system by system.</summary>
    public required IReadOnlyList<PaperReportRow> Rows { get; init; }

    /// <summary>What the paper says of it, with our verdicts.</summary>
    public required IReadOnlyList<PaperReportClaim> Claims { get; init; }

    /// <summary>What a reader must know beside the figure.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Where FLMS loses, and what its rivals pay: sentences.</summary>
    public IReadOnlyList<string> Rivals { get; init; } = [];

    /// <summary>The commands that run single cases.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];
}

/// <summary>Something that a figure shows of every system.</summary>
public sealed record PaperReportQuantity
{
    /// <summary>Its name, as in <c>latency</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its unit; empty for a pure number.</summary>
    public required string Unit { get; init; }

    /// <summary>As people read it.</summary>
    public required string Title { get; init; }

    /// <summary>What is better: <c>lower</c>, <c>higher</c>, or empty for neither.</summary>
    public required string Better { get; init; }

    /// <summary>Does the paper's own figure show it? Otherwise it goes beyond it.</summary>
    public required bool OfPaper { get; init; }
}

/// <summary>One system in one case.</summary>
public sealed record PaperReportRow
{
    /// <summary>The system.</summary>
    public required string System { get; init; }

    /// <summary>Which part of the figure.</summary>
    public string Group { get; init; } = "";

    /// <summary>Where on the x axis.</summary>
    public string X { get; init; } = "";

    /// <summary>For each quantity our figure.</summary>
    public required IReadOnlyList<PaperReportValue> Values { get; init; }

    /// <summary>For each quantity the paper's figure; NaN where it gives none.</summary>
    public required IReadOnlyList<double> Published { get; init; }
}

/// <summary>A figure over the replications.</summary>
public sealed record PaperReportValue
{
    /// <summary>The mean.</summary>
    public double Mean { get; init; } = double.NaN;

    /// <summary>Its 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];
}

/// <summary>Something that the paper says, beside ours.</summary>
public sealed record PaperReportClaim
{
    /// <summary>Its name within the figure.</summary>
    public required string Name { get; init; }

    /// <summary>What the paper says.</summary>
    public required string Text { get; init; }

    /// <summary>Where it says so.</summary>
    public required string Place { get; init; }

    /// <summary>The paper's number; NaN if it gives none.</summary>
    public double Paper { get; init; } = double.NaN;

    /// <summary>Ours.</summary>
    public required PaperReportValue Ours { get; init; }

    /// <summary>Ours in words, to show in place of the number; empty if the number says it.</summary>
    public string InWords { get; init; } = "";

    /// <summary>The unit of both numbers; empty for a ratio.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The degree: <c>value</c>, <c>direction</c>, <c>differs</c> or <c>none</c>.</summary>
    public required string Degree { get; init; }

    /// <summary>The degree in words, as in <c>agrees in value</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>Why.</summary>
    public required string Because { get; init; }

    /// <summary>Was our model fixed by it? Then agreement says nothing.</summary>
    public bool Calibrated { get; init; }

    /// <summary>The system whose number it is over all places of the figure; empty for all other claims.</summary>
    public string System { get; init; } = "";

    /// <summary>The quantity that this number is of; empty for all other claims.</summary>
    public string Quantity { get; init; } = "";
}
