using System.CommandLine;
using System.CommandLine.Parsing;
using Flms.Lab.Input;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Many runs: schedulers, settings, loads and seeds, all combined.</summary>
internal sealed class SweepVerb : VerbGroup
{
    public SweepVerb() : base("sweep", "Run schedulers, settings, loads and seeds in all combinations; resumable")
    {
        Add(new SweepPlanVerb());
        Add(new SweepRunVerb());
        Add(new SweepStatusVerb());
        Add(new SweepMergeVerb());
        Add(new SweepReportVerb());
        Add(new SweepTuneVerb());
        Add(new SweepContainerVerb());
        Add(new SweepKubernetesVerb());
    }

    public override string Lesson =>
        "A sweep file names a scenario and says what varies. Every combination is a point, and what it measures is "
        + "kept in one SQLite file: a sweep that was stopped or killed goes on where it was, and one that was changed "
        + "runs only what is new.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep run scenarios/sweeps/small.yaml --out small.db", "all of it, on all cores"),
        ("flms sweep merge small.db --csv small.csv", "the results, one line a point"),
    ];

    public override string ReadOn => "docs/sweep.md";

    /// <summary>The sweep file to read.</summary>
    internal static Argument<string> Spec() =>
        new("spec") { Description = "A sweep file (YAML).", HelpName = "SPEC" };

    /// <summary>The files of results to read.</summary>
    internal static Argument<string[]> Files() => new("files")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "A file of results, or a folder of --into; with more of the same sweep, they count as one.",
        HelpName = "FILE.db",
    };

    /// <summary>Reads a sweep file, or says what is wrong with it.</summary>
    internal static SweepPlan Plan(string file, Terminal terminal) =>
        InputProblems.ValueOf(SweepReader.ReadFile(file), terminal);

    /// <summary>Does something with files of results; what is wrong with them becomes one line.</summary>
    internal static T With<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (StoreFault fault)
        {
            throw fault.IsOutput ? Failure.Output(fault.Message) : Failure.Input(fault.Message);
        }
    }

    /// <summary>The value of an option that must be given.</summary>
    internal static string Needed(ParseResult line, Option<string> option) =>
        line.GetResult(option) is OptionResult { Implicit: false } && line.GetValue(option) is { Length: > 0 } text
            ? text
            : throw Failure.Usage($"{((Verb)line.CommandResult.Command).FullName} needs {option.Name} "
                + $"{option.HelpName}; see its --help");

    /// <summary>Failed points as lines of an error, the first few.</summary>
    internal static string Describe(IReadOnlyList<Flms.Sweep.FailedPoint> failed)
    {
        const int most = 5;
        var lines = failed.Take(most).Select(f => Quote.OneLine(f.Message)).ToList();
        if (failed.Count > most) lines.Add($"and {failed.Count - most} more; flms sweep status lists them");
        return string.Join('\n', lines);
    }
}
