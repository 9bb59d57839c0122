using System.CommandLine;
using System.Globalization;
using Flms.Agent.Guests;
using Flms.Agent.Plans;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Guests;

/// <summary>Shows who belongs on the reserved vCPUs.</summary>
internal sealed class GuestPlanVerb : Verb
{
    private readonly GuestOptions _what = new();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"reserved", "others", "processes":[{"pid", "name", "user", "cpu_percent", "place", "reason"}], """
        + """ "interrupts":[{"irq", "name", "now", "place"}]}""");

    public GuestPlanVerb() : base("plan", "Show which processes and interrupts of this guest belong where")
    {
        Take("Options", [.. _what.All, _json]);
    }

    public override string Lesson =>
        "Looks twice, a period apart, and changes nothing. CPU use comes from /proc, in steps of 10 ms. Place is "
        + "reserved, others, or alone: left alone, and why.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms guest plan", ""), ("flms guest plan --vcpus 0-1 --period 5s --json", "for programs")];

    public override string ReadOn => "docs/guest-agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var rules = _what.Rules(line);
        using var session = GuestSession.Open(_what.Vcpus(line), rules, null);
        session.Look();
        if (terminal.Stop.WaitHandle.WaitOne(TimeSpan.FromMicroseconds(rules.Period.Ns / 1000)))
            throw new OperationCanceledException(terminal.Stop);
        var (lines, interrupts) = (session.Look(), session.ReadInterrupts());
        if (line.GetValue(_json)) Write(terminal, session, lines, interrupts);
        else Show(terminal, session, lines, interrupts);
        return ExitCode.Fine;
    }

    private static void Show(Terminal terminal, GuestSession session, IReadOnlyList<GuestLine> lines,
        IReadOnlyList<VirtioInterrupt> interrupts)
    {
        terminal.Paragraph($"Reserved vCPUs: {session.Reserved}; others: {session.Others}.");
        List<string[]> rows = [["process", "name", "user", "CPU", "place", "why"]];
        foreach (var l in lines)
            rows.Add([Whole(l.Process.Id.Tid), l.Process.Name, Whole(l.Process.User), GuestText.Percent(l), Place(l),
                GuestText.Why(l)]);
        terminal.Out.WriteLine();
        Columns.Write(terminal, rows, left: 6);
        if (interrupts.Count == 0) return;
        rows = [["interrupt", "name", "now", "place"]];
        foreach (var i in interrupts) rows.Add([Whole(i.Number), i.Name, i.Cpus, "reserved"]);
        terminal.Out.WriteLine();
        Columns.Write(terminal, rows, left: 4);
    }

    private static void Write(Terminal terminal, GuestSession session, IReadOnlyList<GuestLine> lines,
        IReadOnlyList<VirtioInterrupt> interrupts) => JsonOutput.Write(terminal, json =>
    {
        json.WriteStartObject();
        json.WriteString("reserved", session.Reserved);
        json.WriteString("others", session.Others);
        json.WriteStartArray("processes");
        foreach (var l in lines)
        {
            json.WriteStartObject();
            json.WriteNumber("pid", l.Process.Id.Tid);
            json.WriteString("name", l.Process.Name);
            json.WriteNumber("user", l.Process.User);
            if (l.Percent is { } percent) json.WriteNumber("cpu_percent", Math.Round(percent, 2));
            else json.WriteNull("cpu_percent");
            json.WriteString("place", Place(l));
            json.WriteString("reason", l.Reason == GuestReason.Excluded ? OptionCatalog.Write(l.Exclusion)
                : OptionCatalog.Write(l.Reason));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("interrupts");
        foreach (var i in interrupts)
        {
            json.WriteStartObject();
            json.WriteNumber("irq", i.Number);
            json.WriteString("name", i.Name);
            json.WriteString("now", i.Cpus);
            json.WriteString("place", "reserved");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static string Place(GuestLine line) => line.Exclusion != Exclusion.None ? "alone"
        : line.Reserved ? "reserved" : "others";

    private static string Whole(int n) => n.ToString(CultureInfo.InvariantCulture);
}
