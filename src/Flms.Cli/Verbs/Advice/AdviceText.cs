using Flms.Lab.Advice;
using Flms.Report;
using Flms.Traces;

namespace Flms.Cli.Verbs.Advice;

/// <summary>Shows advice to people.</summary>
internal static class AdviceText
{
    // A VM that loses less than a thousandth loses nothing.
    private const double Nothing = 0.999;

    // From here on it is said that responses become longer.
    private const double Longer = 1.05;

    private const int MostServed = 3;
    private const double MuchElse = 0.05;

    /// <summary>All of it: what was modelled, the table, the advice, how sure it is, what to do.</summary>
    public static void Write(Terminal terminal, AdviceResult result, ReplayPlan plan)
    {
        foreach (var warning in Warnings(plan)) terminal.Paragraph($"warning: {warning}");
        if (result.Fit.Count > 0) Fit(terminal, result);
        if (result.Rows.Count > 0) Table(terminal, result);
        if (result.Verdict == AdviceVerdict.Unfit) return;
        terminal.Paragraph(result.Best is { } best ? $"Advice: {Sentence(result, best)}."
            : $"Advice: keep what you have: {result.Reason}.");
        if (result.Rows.Count == 0) return;
        terminal.Out.WriteLine();
        Sure(terminal, result);
        Next(terminal, result);
        terminal.Paragraph("Left out: that a VM which is served sooner asks sooner (the demand is replayed as it was); "
            + "interrupts and caches, but for a fixed cost of switching and moving; the agent's boost and tick, and "
            + "its trials of a split.");
    }

    /// <summary>What should be known of the recording.</summary>
    public static IEnumerable<string> Warnings(ReplayPlan plan)
    {
        foreach (var warning in plan.Recording.Warnings) yield return warning;
        var recording = plan.Recording;
        var others = recording.Threads.Where(t => t.Vm == null).Sum(t => t.Run.Ns)
            / (double)(recording.Length.Ns * recording.Pcpus);
        if (others > MuchElse && plan.Domains.Count == recording.Vms.Count)
            yield return $"programs that are no VMs used {Percent(others)} % of the pCPUs and take no part here; "
                + "take them along with --include all";
    }

    /// <summary>The advice in one sentence, without a full stop.</summary>
    public static string Sentence(AdviceResult result, AdviceRow row)
    {
        var now = result.Rows[0].Vms[result.Worst].Of(result.Objective);
        var then = row.Vms[result.Worst].Of(result.Objective);
        var loser = Loser(row);
        return $"{row.Label}: {Words(result.Objective)} of {result.Vms[result.Worst]} {Figures.Show(now)} -> "
            + $"{Figures.Show(then)} ms, " + (row.Kept[loser] >= Nothing ? "and no VM loses work"
                : $"{result.Vms[loser]} keeps {Percent(row.Kept[loser])} % of the work that it is due"
                    + (result.Vms.Count > 1 ? ", no VM less" : ""))
            + (row.Response < Longer ? "" : $"; but from a wake-up until its work is done it takes "
                + $"{Figures.Show(row.Response)} times as long");
    }

    private static void Fit(Terminal terminal, AdviceResult result)
    {
        terminal.Paragraph($"The model of this host: {result.Model}. How near it comes to what was recorded:");
        terminal.Out.WriteLine();
        List<string[]> rows =
            [["VM", $"recorded {Words(result.Objective)} ms", "model", "recorded mean wait ms", "model", "work %"]];
        foreach (var fit in result.Fit)
            rows.Add([fit.Vm + (result.Served.Contains(rows.Count - 1) ? " (served)" : ""),
                Figures.Show(fit.Recorded.Of(result.Objective)), Figures.Show(fit.Model.Of(result.Objective)),
                Figures.Show(fit.Recorded.WaitMeanMs), Figures.Show(fit.Model.WaitMeanMs),
                fit.Recorded.WorkS > 0 ? Percent(fit.Model.WorkS / fit.Recorded.WorkS) : Figures.None]);
        Columns.Write(terminal, rows, left: 1);
        terminal.Out.WriteLine();
    }

    private static void Table(Terminal terminal, AdviceResult result)
    {
        var served = result.Served.OrderBy(vm => vm != result.Worst).Take(MostServed).ToList();
        terminal.Paragraph($"{result.Tried} settings tried; of each policy the best, judged by {result.Replications} "
            + $"runs ({Words(result.Objective)} of {string.Join(", ", served.Select(vm => result.Vms[vm]))}):");
        terminal.Out.WriteLine();
        List<string[]> rows =
        [
            ["", "takes", .. served.Select(vm => $"{result.Vms[vm]} ms"), "times now", "response", "keep %"],
        ];
        foreach (var row in result.Rows)
        {
            var isNow = row == result.Rows[0];
            rows.Add([(row.Allowed ? "" : "(") + (isNow ? $"now: {row.Label}" : row.Label) + (row.Allowed ? "" : ")")
                + (row.OnFront ? " *" : ""), Takes(row.Reach),
                .. served.Select(vm => Figures.Show(row.Vms[vm].Of(result.Objective))),
                Figures.Show(row.Ratio),
                Figures.Show(row.Response), Percent(Math.Min(row.Total, Math.Min(1, row.Kept.Min())))]);
        }
        Columns.Write(terminal, rows, left: 2);
        terminal.Out.WriteLine();
        terminal.Paragraph("times now: the geometric mean over the runs, and over the VMs served; response: the same "
            + "of the mean time from a wake-up until its work is done; keep: the part of the work that it is due which "
            + "the VM keeps that loses most, or all together keep of theirs; * nothing else is both better for the VMs "
            + "served and easier on the others"
            + (result.Rows.All(r => r.Allowed) ? "" : "; ( ) takes too much from somebody"));
        terminal.Out.WriteLine();
    }

    private static void Sure(Terminal terminal, AdviceResult result)
    {
        var text = result.Best is not { } best ? "How sure: " : "How sure: "
            + $"{Figures.Show(1 / best.RatioCi95.High)} to {Figures.Show(1 / best.RatioCi95.Low)} times shorter (95 % "
            + $"interval of {result.Replications} runs with the VMs' demand shifted in time); ";
        terminal.Paragraph(text + $"the model of what you have now is off by {Figures.Show(result.Misfit)} times at "
            + "most, and what differs by less than that counts as alike. Another day's load is another load.");
    }

    private static void Next(Terminal terminal, AdviceResult result)
    {
        if (result.Best is not { } best) return;
        if (best.Reach == AdviceReach.Hypervisor)
            terminal.Paragraph($"No Linux host has {best.Name}: this is what your VMs could have had. "
                + (result.BestHere != null ? "" : "Nothing that this host can have comes near it in the model; the "
                    + "agent's boost and tick are not in it (docs/agent.md): measure them with flms lab."));
        if (best.Reach == AdviceReach.Kernel) Steps(terminal, "To have it", best);
        if (result.BestHere is not { } here) return;
        if (here != best) terminal.Paragraph($"On this host as it is: {Sentence(result, here)}.");
        Steps(terminal, here.Reach == AdviceReach.Agent
            ? "In /etc/flms/agent.yaml, and then flms agent run --mode advise, which changes nothing yet"
            : "As root, until the next boot; measure before you keep it", here);
    }

    private static void Steps(Terminal terminal, string how, AdviceRow row)
    {
        terminal.Paragraph($"{how}:");
        foreach (var step in row.Steps) terminal.Out.WriteLine($"  {step}");
    }

    private static string Takes(AdviceReach reach) => reach switch
    {
        AdviceReach.Now => "nothing",
        AdviceReach.Setting => "a setting",
        AdviceReach.Agent => "the agent",
        AdviceReach.Kernel => "a kernel",
        _ => "a hypervisor",
    };

    private static string Words(AdviceObjective objective) => objective switch
    {
        AdviceObjective.WaitMean => "mean wait",
        AdviceObjective.ResponseP99 => "p99 response",
        AdviceObjective.ResponseMean => "mean response",
        _ => "p99 wait",
    };

    private static int Loser(AdviceRow row) =>
        Enumerable.Range(0, row.Kept.Count).MinBy(vm => row.Kept[vm]);

    // A loss is never rounded away: 99.96 % is 99.9 %.
    private static string Percent(double ratio)
    {
        var percent = Math.Floor(Math.Round(ratio * 1000, 6)) / 10;
        return percent.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
    }
}
