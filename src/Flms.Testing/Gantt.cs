using System.Runtime.CompilerServices;
using System.Text;
using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Tests that are pictures: what each vCPU wants above what it gets, on one time axis.</summary>
/// <remarks>
/// <code>
/// [Fact]
/// public void Three_hogs_take_turns() => Gantt.Check(RoundRobin, """
///     1 pcpu, column 10ms
///     a  wants *.................
///     a  gets  000------000------
///     b  wants *.................
///     b  gets  ---000------000---
///     c  wants *.................
///     c  gets  ------000------000
///     a : b : c gets 1 : 1 : 1 within 1%
///     """);
/// </code>
/// <para><c>wants</c>: <c>*</c> endless work from here, a digit is a wake-up that brings so many columns of work,
/// <c>.</c> nothing new; <c>[3s]</c> passes over 3 s. <c>gets</c>: a digit (then a letter) is the pCPU it runs on,
/// <c>-</c> waits, <c>.</c> sleeps, <c>=</c> parked, <c>~</c> changed within the column. <c>notes</c>: see
/// <see cref="Chart"/>. Between name and picture may stand <c>weight=512 cap=25 pin=0-1 soft=0 node=0 kind=latency</c>.
/// The vCPUs of one domain are called <c>web/0</c>, <c>web/1</c>. The header names pCPUs (<c>2 pcpu</c> or
/// <c>2 sockets x 2 cores x 2 threads</c>), the column, and if wanted <c>2 nodes</c>, <c>costs typical</c> (or
/// <c>harness</c>; none is the default) and <c>seed 7</c>. Lines that are none of these are remarks.</para>
/// <para>Type the <c>wants</c> lines only, run once with the environment variable <c>FLMS_UPDATE=1</c>, read the
/// <c>gets</c> that appeared in the source, and keep them if they are right.</para>
/// <para>Every chart runs under the <see cref="Referee"/>.</para>
/// </remarks>
public static class Gantt
{
    /// <summary>Runs the chart's host under a policy, and fails unless everybody gets what the chart says.</summary>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="chart">The chart.</param>
    /// <param name="claims">What the referee holds the policy to. Default: what it says of itself.</param>
    /// <param name="file">The calling source file; filled in by the compiler. Empty: it is never rewritten.</param>
    /// <param name="line">The calling line; filled in by the compiler.</param>
    /// <exception cref="ChartMismatch">It gets something else; the message shows both pictures.</exception>
    /// <exception cref="PolicyFault">A law was broken.</exception>
    /// <exception cref="FormatException">The chart cannot be read.</exception>
    public static void Check(Func<ISchedHost, Scheduler> policy, string chart, Claims? claims = null,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var update = file != "" && Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1";
        if (update) chart = Update(policy, chart, claims, file, line);
        var (drawn, problems) = Run(policy, chart, claims);
        var written = chart.ReplaceLineEndings("\n");
        if (drawn != written) problems.Insert(0, Difference(written, drawn));
        if (problems.Count > 0) throw new ChartMismatch(string.Join('\n', problems), drawn);
    }

    /// <summary>Runs the chart's host under a policy, and writes what everybody gets into the source.</summary>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="chart">The chart as it stands in a raw string literal of the source.</param>
    /// <param name="claims">What the referee holds the policy to. Default: what it says of itself.</param>
    /// <param name="file">The calling source file; filled in by the compiler.</param>
    /// <param name="line">The calling line; filled in by the compiler.</param>
    /// <returns>The chart as it stands in the source now.</returns>
    /// <exception cref="PolicyFault">A law was broken.</exception>
    /// <exception cref="FormatException">The chart cannot be read, or is not in the source.</exception>
    public static string Update(Func<ISchedHost, Scheduler> policy, string chart, Claims? claims = null,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var drawn = Draw(policy, chart, claims);
        var written = chart.ReplaceLineEndings("\n");
        if (drawn != written) ChartSource.Replace(file, line, written, drawn);
        return drawn;
    }

    /// <summary>Runs the chart's host under a policy, and fills in what everybody gets.</summary>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="chart">The chart; only its <c>wants</c> lines and its header count.</param>
    /// <param name="claims">What the referee holds the policy to. Default: what it says of itself.</param>
    /// <returns>The chart with its <c>gets</c> and <c>notes</c> lines as the run was.</returns>
    /// <exception cref="PolicyFault">A law was broken.</exception>
    /// <exception cref="FormatException">The chart cannot be read.</exception>
    public static string Draw(Func<ISchedHost, Scheduler> policy, string chart, Claims? claims = null) =>
        Run(policy, chart, claims).Drawn;

    private static (string Drawn, List<string> Problems) Run(
        Func<ISchedHost, Scheduler> policy, string text, Claims? claims)
    {
        var read = GanttText.Read(text);
        var machine = new Machine(read.Setup, host => Referee.Over(host, policy, claims));
        var chart = new Chart(read.Names.Count, read.Axis);
        var tally = new Tally(read.Names.Count);
        machine.Watch(chart);
        machine.Watch(tally);
        // What happens at the very end belongs to the column that is not drawn any more.
        machine.Run(new(read.Axis.End.Ns - 1));
        ((Referee)machine.Policy).End(read.Axis.End);
        chart.End(read.Axis.End);
        tally.End(read.Axis.End);
        var problems = new List<string>();
        foreach (var line in read.Lines)
        {
            if (line.Kind != GanttText.LineKind.Claim) continue;
            var claim = line.Text.Trim();
            if (GanttClaims.Problem(read, tally, claim) is { } problem) problems.Add($"{claim}: {problem}");
        }
        return (Fill(read, chart), problems);
    }

    // The text again, with the response lines drawn anew, and added where there was none.
    private static string Fill(GanttText read, Chart chart)
    {
        var lines = new List<string>();
        for (var i = 0; i < read.Lines.Count; i++)
        {
            var line = read.Lines[i];
            switch (line.Kind)
            {
                case GanttText.LineKind.Wants:
                    lines.Add(line.Text);
                    if (!HasResponse(read, line.Vcpu)) lines.Add(Response(read, line.Vcpu, "gets", chart));
                    break;
                case GanttText.LineKind.Gets:
                    lines.Add(Response(read, line.Vcpu, "gets", chart));
                    break;
                case GanttText.LineKind.Notes:
                    lines.Add(Response(read, line.Vcpu, "notes", chart));
                    break;
                default:
                    lines.Add(line.Text);
                    break;
            }
        }
        return string.Join('\n', lines);
    }

    private static bool HasResponse(GanttText read, int vcpu)
    {
        foreach (var line in read.Lines)
            if (line.Kind == GanttText.LineKind.Gets && line.Vcpu == vcpu) return true;
        return false;
    }

    // Its picture stands under the picture of what is wanted, and its word under the word `wants`.
    private static string Response(GanttText read, int vcpu, string word, Chart chart)
    {
        var v = new VcpuId(read.NumberOf(vcpu));
        foreach (var line in read.Lines)
        {
            if (line.Kind != GanttText.LineKind.Wants || line.Vcpu != vcpu) continue;
            var at = line.Text[..line.Column].LastIndexOf("wants", StringComparison.Ordinal);
            var indent = line.Text.Length - line.Text.TrimStart().Length;
            var start = new string(' ', indent) + read.Names[vcpu];
            var picture = word == "gets" ? chart.Gets(v) : chart.Notes(v);
            return (start.PadRight(at) + word).PadRight(line.Column) + picture;
        }
        throw new FormatException($"{read.Names[vcpu]} has no line `wants`");
    }

    private static string Difference(string written, string drawn)
    {
        var text = new StringBuilder("the chart says\n").Append(written).Append("\nbut the run is\n").Append(drawn);
        var (a, b) = (written.Split('\n'), drawn.Split('\n'));
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (a[i] == b[i]) continue;
            var c = 0;
            while (c < a[i].Length && c < b[i].Length && a[i][c] == b[i][c]) c++;
            text.Append($"\nfirst difference, in line {i + 1}:\n{a[i]}\n{b[i]}\n").Append(' ', c).Append('^');
            break;
        }
        return text.Append("\nIf the run is right: FLMS_UPDATE=1 writes it into the source.").ToString();
    }
}

/// <summary>A run is not what its chart says.</summary>
/// <param name="message">Both pictures, and which claims do not hold.</param>
/// <param name="drawn">The chart as the run was.</param>
public sealed class ChartMismatch(string message, string drawn) : Exception(message)
{
    /// <summary>The chart as the run was.</summary>
    public string Drawn { get; } = drawn;
}
