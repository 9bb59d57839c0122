using System.Globalization;
using Flms.Report;
using Flms.TestBed.Measures;
using Flms.TestBed.Runs;

namespace Flms.Cli.Verbs.Labs;

/// <summary>Shows people what a lab has measured.</summary>
internal static class LabTable
{
    private static readonly string[] Headings =
    [
        "setting", "p50 ms", "p90", "p99", "max", "p99 shorter", "work %", "CPU %", "pCPU", "most %", "agent %",
    ];

    /// <summary>A table a case, with what each setting comes to.</summary>
    public static void Write(Terminal terminal, LabResult result)
    {
        var turns = result.Plan.Turns;
        terminal.Paragraph($"{Words.Count(result.Pcpus, "pCPU")}, VMs by {(result.Kvm ? "KVM" : "TCG")}; "
            + $"{Words.Count(turns, "turn")} of {result.Plan.Pings} pings, {result.Plan.Rate} a second.");
        terminal.Paragraph("p50 to max: round trips of all turns together. p99 shorter: how many times shorter than "
            + "stock's"
            + (turns > 1 ? ", turn by turn (least-greatest)" : "") + ". work: what the noisy VMs got done, of what "
            + "fairness leaves them, and CPU: their time of it. pCPU: what the pinged VM used. "
            + "most: what the greediest VM got of a fair share. "
            + "agent: what it used itself, of a pCPU.");
        foreach (var one in result.Cases) Write(terminal, one, turns);
        if (result.Cases.Count < result.Plan.Cases.Count || result.Cases.Any(c => c.Settings[0].Turns.Count < turns))
            terminal.Paragraph("warning: it was broken off; rounds that were not whole are left out");
    }

    private static void Write(Terminal terminal, CaseResult one, int turns)
    {
        terminal.Out.WriteLine();
        terminal.Paragraph($"{Words.Count(one.Case.Noisy, "noisy VM")}, the pinged VM "
            + (one.Case.Load == 0 ? "idle:" : $"{one.Case.Load} % busy:"));
        List<string[]> rows =
        [
            Headings,
            ["alone", .. Trips(one.Alone.Trips), "", "", "", Figures.Show(one.Alone.Latency.Cpu), "", ""],
            .. one.Settings.Select(s => Row(s, turns)),
        ];
        Columns.Write(terminal, rows, left: 1);
        foreach (var setting in one.Settings.Skip(1)) terminal.Paragraph(Verdict(setting, one.Case));
        foreach (var setting in one.Settings)
            foreach (var turn in setting.Turns.Where(t => t.Troubles.Count > 0))
                terminal.Paragraph($"warning: {setting.Setting}, round {turn.Round}: the agent said: "
                    + string.Join("; ", turn.Troubles.Distinct()));
        var lost = one.Settings.Sum(s => s.Trips.Lost);
        if (lost > 0) terminal.Paragraph($"warning: {Words.Count(lost, "ping")} had no answer; they count as 2 s");
        var doubtful = one.Settings.SelectMany(s => s.Turns).Append(one.Alone).Count(t => !t.IsTrusted);
        if (doubtful > 0)
            terminal.Paragraph($"warning: in {Words.Count(doubtful, "turn")} this machine's own host took pCPUs away, "
                + "time and again; measure when it is quieter");
        var others = one.Settings.SelectMany(s => s.Turns).Average(t => t.Others);
        if (others > LabAims.MostOthers)
            terminal.Paragraph($"warning: other programs used {Figures.Show(others)} pCPU meanwhile");
        var late = one.Settings.Max(s => s.Trips.Late);
        if (late > LabAims.MostLate)
            terminal.Paragraph($"warning: one ping in a hundred was sent {Figures.Show(late)} ms late and more: this "
                + "machine does not get its pCPUs when it wants them, or something real-time runs here");
    }

    private static string[] Row(SettingResult s, int turns)
    {
        var stock = s.Setting == LabSetting.Stock;
        return
        [
            s.Setting, .. Trips(s.Trips), stock ? "" : Ratio(s.P99, turns),
            s.FairWork is { } work ? Percent(work) : "", s.FairCpu is { } cpu ? Percent(cpu) : "",
            Figures.Show(s.LatencyCpu),
            s.Greediest > 0 ? Percent(s.Greediest) : "", stock ? "" : Percent(s.Agent),
        ];
    }

    private static string[] Trips(RoundTrips t) =>
        [Figures.Show(t.P50), Figures.Show(t.P90), Figures.Show(t.P99), Figures.Show(t.Max)];

    private static string Ratio(PairedRatio? r, int turns) => r == null ? Figures.None
        : turns == 1 ? Figures.Show(r.Mean)
        : $"{Figures.Show(r.Mean)} ({Figures.Show(r.Least)}-{Figures.Show(r.Greatest)})";

    private static string Verdict(SettingResult s, LabCase @case)
    {
        var parts = new List<string>();
        if (s.P99 is { } p99)
            parts.Add(p99.Mean >= 1 ? $"p99 is {Figures.Show(p99.Mean)} times shorter than stock's"
                + Aim(@case.Noisy == 0 || p99.Mean >= LabAims.Shorter, "10 times")
                : $"p99 is {Figures.Show(1 / p99.Mean)} times stock's"
                + Aim(1 / p99.Mean <= LabAims.Harm, "at most 1.1"));
        if (s.FairWork is { } fair)
            parts.Add($"the noisy VMs do {Percent(fair)} % of the work that fairness leaves them"
                + Aim(fair >= LabAims.FairWork, "95 %"));
        if (s.Greediest > 0)
            parts.Add($"nobody gets more than {Percent(s.Greediest)} % of a fair share"
                + Aim(s.Greediest <= LabAims.Greed, "105 %"));
        return $"{s.Setting}: {string.Join("; ", parts)}.";
    }

    private static string Aim(bool reached, string aim) => reached ? "" : $" (aim: {aim}, not reached)";

    private static string Percent(double part) => (100 * part).ToString("0.0", CultureInfo.InvariantCulture);
}
