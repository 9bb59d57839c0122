using Flms.Lab.Measures;
using Flms.Paper;
using Flms.Paper.Claims;
using Flms.Paper.Runs;
using Flms.Report;

namespace Flms.Cli.Verbs.Papers;

/// <summary>Turns what the paper's figures came to into what their report shows.</summary>
internal static class PaperReportOf
{
    /// <summary>The report of these figures.</summary>
    /// <param name="results">What they came to.</param>
    /// <param name="run">How they were run.</param>
    /// <param name="command">The command line that made it.</param>
    public static PaperReportData Results(IReadOnlyList<FigureResult> results, PaperRun run, string command) => new()
    {
        Title = "The paper's figures, and ours",
        Summary = "FLMS was published in 2017 with measurements on a real machine (Liu et al., Journal of Software "
            + "28(2), in Chinese). Each of its figures is run again on a simulated host. The paper's numbers stand "
            + "beside ours, with 95 % intervals, a verdict and its reason. The simulated machine was fixed by "
            + "figure 1 and by Credit's row of table 1 alone; everything else is prediction.",
        Command = command,
        Version = Build.Version,
        Replications = run.Replications,
        Systems = [.. results.SelectMany(r => r.Systems).Distinct().Select(System)],
        Figures = [.. results.Select(Figure)],
        Assumptions = Calibration.Read(run.Folder),
        Warnings = [.. Warnings(results)],
    };

    private static PaperReportSystem System(string system) => new()
    {
        Name = system,
        What = Systems.Describe(system),
        Family = Systems.OfPaper.Contains(system) ? "paper" : Systems.IsFlms(system) ? "flms" : "later",
    };

    private static PaperReportFigure Figure(FigureResult result)
    {
        var figure = result.Figure;
        return new()
        {
            Name = figure.Name,
            Title = figure.Title,
            Caption = figure.Caption,
            Place = figure.Place,
            Summary = figure.Summary,
            Form = figure.Form,
            XTitle = figure.XTitle,
            Groups = [.. figure.Cases.Select(c => c.Group).Distinct()],
            Xs = [.. figure.Cases.Select(c => c.X).Distinct()],
            Quantities = [.. figure.Quantities.Select((q, i) => new PaperReportQuantity
            {
                Name = q.Name, Unit = q.Unit, Title = q.Title, Better = q.Better, OfPaper = i < figure.OfPaper,
            })],
            Rows = [.. result.Rows.Select(r => new PaperReportRow
            {
                System = r.System,
                Group = r.Case.Group,
                X = r.Case.X,
                Values = [.. r.Values.Select(Value)],
                Published = [.. r.Published.Select(p => p ?? double.NaN)],
            })],
            Claims = [.. result.Claims.Select(Claim)],
            Notes = figure.Notes,
            Rivals = Rivals.Of(result),
            Commands = [.. figure.Cases.Select(c => c.Command)],
        };
    }

    private static PaperReportClaim Claim(ClaimResult result) => new()
    {
        Name = result.Claim.Name,
        Text = result.Claim.Text,
        Place = result.Claim.Place,
        Paper = result.Claim.Paper ?? double.NaN,
        Ours = Value(result.Ours),
        InWords = result.InWords ?? "",
        Unit = result.Claim.Unit,
        Degree = result.Verdict switch
        {
            Verdict.AgreesInValue => "value",
            Verdict.AgreesInDirection => "direction",
            Verdict.Differs => "differs",
            _ => "none",
        },
        Verdict = Verdicts.Words(result.Verdict),
        Because = result.Because,
        Calibrated = result.Claim.Calibrated,
        System = result.Claim.System,
        Quantity = result.Claim.Quantity,
    };

    private static PaperReportValue Value(Estimate value) => new()
    {
        Mean = value.Mean ?? double.NaN,
        Ci95 = value.Ci95 is Interval ci ? [ci.Low, ci.High] : [],
    };

    private static IEnumerable<string> Warnings(IReadOnlyList<FigureResult> results)
    {
        var unseen = results.SelectMany(r => r.Claims).Count(c => !c.Reviewed);
        if (unseen > 0)
            yield return $"{Words.Count(unseen, "verdict")} came out otherwise than with the published settings: "
                + "nobody has looked at why.";
    }
}
