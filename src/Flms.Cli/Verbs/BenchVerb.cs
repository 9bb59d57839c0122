using System.CommandLine;
using Flms.Bench;
using Flms.Schedulers;

namespace Flms.Cli.Verbs;

/// <summary>Measures what a simulated event costs on this machine.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "Measure for about a minute instead of several; less exact.",
    };

    private readonly Option<string> _schedulers = CommonOptions.Schedulers("all, and the published workloads");

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"results":[{"scheduler", "workload", "pcpus", "vcpus", "events", "ns_per_event", "bytes_per_event"}]}""");

    public BenchVerb() : base("bench", "Measure what a simulated event costs on this machine, for every scheduler") =>
        Take("Options", _schedulers, _quick, _json);

    public override string Lesson =>
        "Nanoseconds of CPU time and allocated bytes an event, at three sizes, beside a bare loop that does the same "
        + "work without a policy, and beside Credit. Figures of a busy machine are worth little: close what else runs.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms bench --quick", "a first impression"),
        ("flms bench --schedulers credit,flms", "these two only"),
        ("flms bench --json > bench.json", "to keep"),
    ];

    public override string ReadOn => "bench/Flms.Bench";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var results = SpeedBench.Run(new(line.GetValue(_quick), Schedulers(line.GetValue(_schedulers))), group =>
        {
            terminal.Stop.ThrowIfCancellationRequested();
            if (terminal.ErrorIsTerminal) terminal.Error.Write($"\rmeasuring {group}\e[K");
        });
        if (terminal.ErrorIsTerminal) terminal.Error.Write("\r\e[K");
        terminal.Out.Write(line.GetValue(_json) ? BenchText.Json(results) : BenchText.Table(results));
        return ExitCode.Fine;
    }

    private static List<SchedulerEntry>? Schedulers(string? names) =>
        names is null or "all" ? null : [.. names.Split(',').Select(SchedulerNames.Find)];
}
