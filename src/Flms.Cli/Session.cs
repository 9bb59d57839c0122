using System.CommandLine;
using Flms.Core;
using Flms.Lab;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Report;

namespace Flms.Cli;

/// <summary>One experiment from beginning to end: files made ready, progress shown, files kept.</summary>
/// <param name="terminal">Where to show it.</param>
/// <param name="line">The command line.</param>
/// <param name="options">The options that ask for result files.</param>
internal sealed class Session(Terminal terminal, ParseResult line, OutputOptions options)
{
    /// <summary>Runs a scenario.</summary>
    /// <param name="scenario">What to run.</param>
    /// <param name="threads">How many runs at once.</param>
    /// <param name="table">Shows the results to people.</param>
    public void Run(Scenario scenario, int threads, Action<ExperimentResult, ReportData> table)
    {
        var command = CommandLine.Of(line);
        Run(Experiment.Of(scenario) with { Threads = threads }, scenario.File, (result, excerpts) =>
        {
            var data = ReportOf.Experiment(result, scenario.Machine(scenario.Seed), excerpts, command);
            return data with { Scenario = scenario.File, Summary = scenario.Summary };
        }, table);
    }

    /// <summary>Runs it.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="input">The file it came from.</param>
    /// <param name="report">Makes the report's data from the results and the excerpts.</param>
    /// <param name="table">Shows the results to people, unless JSON was asked for; called after all files have been
    /// written.</param>
    /// <exception cref="Failure">A file cannot be written.</exception>
    /// <exception cref="RunFault">A policy broke the contract, or there is a bug.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public void Run(Experiment experiment, string input, Func<ExperimentResult, Excerpt?[], ReportData> report,
        Action<ExperimentResult, ReportData> table)
    {
        using var outputs = Outputs.Open(line, options, input, experiment);
        var result = Run(experiment, outputs);
        var data = report(result, outputs.Excerpts);
        var written = outputs.Keep(data, Instant.Zero + experiment.Warmup + experiment.Duration);
        if (line.GetValue(options.Json)) terminal.Out.Write(ResultJson.Write(result) + "\n");
        else table(result, data);
        if (written.Count > 0 && terminal.OutIsTerminal)
            terminal.Out.WriteLine($"Written: {string.Join(", ", written)}");
    }

    private ExperimentResult Run(Experiment experiment, Outputs outputs)
    {
        using var progress = new ProgressLine(terminal, "running");
        try
        {
            return (experiment with
            {
                Watchers = run => outputs.Watchers(run, experiment),
                Progress = p => progress.Report(p.Fraction),
            }).Run(terminal.Stop);
        }
        catch (AggregateException all) when (all.Flatten().InnerExceptions.OfType<IOException>().Any())
        {
            // Only the watchers of result files write while it runs.
            throw Failure.Output(all.Flatten().InnerExceptions.OfType<IOException>().First().Message);
        }
    }
}
