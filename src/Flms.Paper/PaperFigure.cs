using Flms.Paper.Claims;

namespace Flms.Paper;

/// <summary>A figure or table of the paper, or one in its manner: what is run, what is shown, what was
/// claimed.</summary>
/// <remarks>Each is one short class in Figures/; its scenarios are files that anybody can edit and run by
/// themselves.</remarks>
public abstract class PaperFigure
{
    /// <summary>As the command line names it: <c>fig9</c>.</summary>
    public abstract string Name { get; }

    /// <summary>As people name it: <c>Figure 9</c>.</summary>
    public abstract string Title { get; }

    /// <summary>What it shows, in a few words, as in <c>how often vCPUs migrate</c>. Default: empty, for a title that
    /// says it.</summary>
    public virtual string Caption => "";

    /// <summary>Where the paper has it, as in <c>section 4.2, p. 408</c>; empty for what goes beyond it.</summary>
    public abstract string Place { get; }

    /// <summary>What is run and what to look at, for a reader without the paper: two or three sentences.</summary>
    public abstract string Summary { get; }

    /// <summary>What the x axis is; empty for none.</summary>
    public virtual string XTitle => "";

    /// <summary>How the paper draws it: <c>lines</c>, <c>bars</c> or <c>table</c>.</summary>
    public virtual string Form => "bars";

    /// <summary>What is run, in the order in which it is shown.</summary>
    public abstract IReadOnlyList<FigureCase> Cases { get; }

    /// <summary>What is shown, the y axis first. Those with a value in the paper come first.</summary>
    public abstract IReadOnlyList<Quantity> Quantities { get; }

    /// <summary>How many of <see cref="Quantities"/> the paper itself shows; the rest go beyond it. Default
    /// 1.</summary>
    public virtual int OfPaper => 1;

    /// <summary>What the paper says of it, each with our verdict.</summary>
    public abstract IReadOnlyList<Claim> Claims { get; }

    /// <summary>What a reader must know where the figure is shown.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>Does it run when no figure is named? Default: yes.</summary>
    public virtual bool ByDefault => true;

    /// <summary>The paper's value for one system, case and quantity; null if it gives none.</summary>
    public virtual double? Published(string system, FigureCase at, Quantity quantity) => null;
}
