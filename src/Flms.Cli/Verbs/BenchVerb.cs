using System.CommandLine;
using System.Text;
using Flms.Bench;
using Flms.Bench.Growth;
using Flms.Bench.Peers;
using Flms.Lab.Input;
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

    private readonly Option<bool> _peers = new("--peers")
    {
        Description = "Instead: the published workloads on this engine and on others; ./eng/peers.sh builds those.",
    };

    private readonly Option<string> _case = new("--case")
    {
        Description = "With --peers: only workloads whose name holds this, as in 16x8 or hold.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _growth = new("--growth")
    {
        Description = "Instead: time and memory from 8 pCPUs and 32 vCPUs to 1,024 and 8,192.",
    };

    private readonly Option<string> _svg = new("--svg")
    {
        Description = "With --growth: draw it into this file.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"results":[{"scheduler", "workload", "pcpus", "vcpus", "events", "ns_per_event", "bytes_per_event"}]}, """
        + """or {"peers":[{"workload", "engine", "events", "ns_per_event", "bytes_per_event","""
        + """ "agrees", "missing"}]}, """
        + """or {"growth":[{"scheduler", "pcpus", "vcpus", "ns_per_event", "simulated_per_second", "bytes"}]}""");

    public BenchVerb() : base("bench", "Measure what a simulated event costs on this machine, for every scheduler") =>
        Take("Options", _schedulers, _quick, _peers, _case, _growth, _svg, _json);

    public override string Lesson =>
        "Nanoseconds of CPU time and allocated bytes an event, at three sizes, beside a bare loop that does the same "
        + "work without a policy, and beside Credit. Figures of a busy machine are worth little: close what else runs.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms bench --quick", "a first impression"),
        ("flms bench --schedulers credit,flms", "these two only"),
        ("flms bench --peers", "beside ns-3, SimGrid and SimPy"),
        ("flms bench --peers --case 16x8", "one size of these only"),
        ("flms bench --growth --svg growth.svg", "from small hosts to large ones"),
        ("flms bench --json > bench.json", "to keep"),
    ];

    public override string ReadOn => "bench/Flms.Bench";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var (peers, growth, svg) = (line.GetValue(_peers), line.GetValue(_growth), line.GetValue(_svg));
        if (peers && growth) throw Failure.Usage("--peers and --growth are two measurements: give one of them");
        if (svg != null && !growth) throw Failure.Usage("--svg draws what --growth measures: give both");
        var only = line.GetValue(_case);
        if (only != null && !peers) throw Failure.Usage("--case chooses among the workloads of --peers: give both");
        if (peers && PeerWorkload.All(line.GetValue(_quick), only).Count == 0)
            throw Failure.Usage($"--case {Quote.Text(only!)}: no workload is called so; there are "
                + string.Join(", ", PeerWorkload.All(line.GetValue(_quick)).Select(w => w.Name)));
        if (peers && line.GetValue(_schedulers) != null)
            throw Failure.Usage("--peers runs round robin only: leave --schedulers out");
        using var picture = svg == null ? null : OutputFile.Open(svg);
        var options = new BenchOptions(line.GetValue(_quick), Schedulers(line.GetValue(_schedulers)));
        var json = line.GetValue(_json);
        string text;
        if (peers)
        {
            var folder = Path.Combine(Checkout.Find("bench --peers"), ".build", "peers");
            var results = PeerBench.Run(folder, options.Quick, Progress, only);
            text = json ? PeerText.Json(results) : PeerText.Table(results);
        }
        else if (growth)
        {
            var results = GrowthBench.Run(options, Progress);
            text = json ? GrowthText.Json(results) : GrowthText.Table(results);
            picture?.Write(stream => stream.Write(Encoding.UTF8.GetBytes(GrowthSvg.Draw(results))));
            picture?.Keep();
        }
        else
        {
            var results = SpeedBench.Run(options, Progress);
            text = json ? BenchText.Json(results) : BenchText.Table(results);
        }
        if (terminal.ErrorIsTerminal) terminal.Error.Write("\r\e[K");
        terminal.Out.Write(text);
        return ExitCode.Fine;

        void Progress(string group)
        {
            terminal.Stop.ThrowIfCancellationRequested();
            if (terminal.ErrorIsTerminal) terminal.Error.Write($"\rmeasuring {group}\e[K");
        }
    }

    private static List<SchedulerEntry>? Schedulers(string? names) =>
        names is null or "all" ? null : [.. names.Split(',').Select(SchedulerNames.Find)];
}
