using System.CommandLine;
using System.Globalization;
using Flms.Agent.Control;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says how the running agent is.</summary>
internal sealed class AgentStatusVerb : Verb
{
    private readonly Option<string> _socket = AgentOptions.Socket();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"pid", "version", "since", "mode", "let_go", "paused", "paused_vms", "classes", "vms", "vcpus", """
        + """ "threads_placed", "groups":{"sp", "lp", "lent", "estimated_io_cpus", "estimated_cpu_cpus"}, """
        + """ "last_decision", "cost":{"cpu_seconds", "cpu_ratio", "cpu_ratio_allowed", "period_ns", "tick_ns", """
        + """ "periods", "overruns"}, "warnings", "config", "journal"}; {"active":false} if none runs""");

    public AgentStatusVerb() : base("status", "Say whether an agent runs here, and how it is")
    {
        Take("Options", _socket, _json);
    }

    public override string Lesson =>
        "Asks the running agent for its mode, the groups of pCPUs and the load behind them, its last decision, what it "
            + "costs itself, and what you should know. Exit code 0 if an agent runs, 3 if none does.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent status", ""), ("flms agent status --json", "for programs")];

    public override string ReadOn => "docs/agent-control.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var link = AgentLink.Of(line, _socket);
        var status = link.AskIfThere(ControlVerbs.Status, ReportJson.Line.StatusReport);
        if (line.GetValue(_json)) Write(terminal, status);
        else if (status == null)
            terminal.Out.WriteLine($"inactive: no agent runs here (nobody listens on {link.Path})");
        else Show(terminal, status);
        return status == null ? ExitCode.Inactive : ExitCode.Fine;
    }

    private static void Write(Terminal terminal, StatusReport? status)
    {
        if (status != null) JsonOutput.Write(terminal, status, ReportJson.Indented.StatusReport);
        else terminal.Out.WriteLine("{\n  \"active\": false\n}");
    }

    private static void Show(Terminal terminal, StatusReport s)
    {
        var mode = s.Mode + (s.LetGo != null ? ", since it let go" : "") + (s.Paused ? ", all VMs paused" : "");
        List<(string, string)> rows =
        [
            ("agent", $"{mode}; process {s.Pid}, flms {s.Version}, since {Moment(s.Since)}"),
            ("VMs", $"{Words.Count(s.Vms, "VM")}, {Words.Count(s.Vcpus, "vCPU")}; "
                + $"{Words.Count(s.ThreadsPlaced, "thread")} placed"
                + (s.Migrations > 0 ? $", {Words.Count((int)s.Migrations, "vCPU")} moved to another node" : "")
                + (s.PausedVms.Count > 0 ? $"; paused: {string.Join(", ", s.PausedVms)}" : "")),
        ];
        if (s.Classes.Count > 0)
            rows.Add(("classes", string.Join(", ", s.Classes.Select(c => $"{c.Vm} {c.Class}")) + ", by class set"));
        if (s.Groups is { } g)
        {
            rows.Add(("groups", g.Sp == "" || g.Lp == "" ? "one: there is nothing to keep apart"
                : (g.Split ? $"short slices on pCPUs {g.Sp}, long ones on {g.Lp}" : "everybody everywhere")
                    + (g.Lent ? "; the short ones are lent" : "") + (g.Why == null ? "" : $": {g.Why}")));
            rows.Add(("estimates", Fixed($"latency-sensitive load {g.EstimatedIoCpus:0.00} pCPUs, ")
                + Fixed($"computing {g.EstimatedCpuCpus:0.00}")));
        }
        if (s.LastDecision is { } last)
            rows.Add(("last decision", $"{Moment(last.At)}: {(last.Vm == null ? "" : last.Vm + " ")}{last.Text}"));
        var c = s.Cost;
        rows.Add(("own cost", Fixed($"{100 * c.CpuRatio:0.0}% of a core (lets go from ")
            + Fixed($"{100 * c.CpuRatioAllowed:0.#}%), ")
            + Fixed($"{c.CpuSeconds:0.00} s so far; a period of {new Duration(c.PeriodNs)} takes ")
            + Fixed($"{c.TickNs / 1e6m:0.0} ms")));
        rows.Add(("configuration", s.Config.Count == 0 ? "defaults" : string.Join(", ", s.Config)));
        if (s.Journal != null) rows.Add(("journal", s.Journal));
        rows.AddRange(s.Warnings.Select(w => ("warning", w)));
        terminal.Rows(rows);
    }

    /// <summary>A moment as people read it, to the second, in the time of this machine.</summary>
    internal static string Moment(DateTimeOffset at) =>
        at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Fixed(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
