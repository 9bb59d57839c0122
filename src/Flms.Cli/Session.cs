using System.CommandLine;
using Flms.Core;
using Flms.Lab;
using Flms.Report;

namespace Flms.Cli;

/// <summary>One experiment from beginning to end: files made ready, progress shown, files kept.</summary>
/// <param name="terminal">Where to show it.</param>
/// <param name="line">The command line.</param>
/// <param name="options">The options that ask for result files.</param>
internal sealed class Session(Terminal terminal, ParseResult line, OutputOptions options)
{
    /// <summary>Runs it.</summary>
    /// <param name="experiment">What to run.</param>
    /// <param name="input">The file it came from.</param>
    /// <param name="report">Makes the report's data from the results and the excerpts.</param>
    /// <param name="show">Shows the results; called after all files have been written.</param>
    /// <exception cref="Failure">A file cannot be written.</exception>
    /// <exception cref="RunFault">A policy broke the contract, or there is a bug.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public void Run(Experiment experiment, string input, Func<ExperimentResult, Excerpt?[], ReportData> report,
        Action<ExperimentResult, ReportData> show)
    {
        using var outputs = Outputs.Open(line, options, input, experiment);
        var result = Run(experiment, outputs);
        var data = report(result, outputs.Excerpts);
        var written = outputs.Keep(data, Instant.Zero + experiment.Warmup + experiment.Duration);
        show(result, data);
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
