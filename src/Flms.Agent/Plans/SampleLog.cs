using System.Globalization;
using System.Text;
using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>One period of a host: what every thread did in it.</summary>
/// <param name="Length">How long it was.</param>
/// <param name="Threads">The threads, those of a VM together.</param>
public sealed record SamplePeriod(Duration Length, IReadOnlyList<PlanThread> Threads);

/// <summary>Recordings of what a planner was given, period by period, as text: from the same recording come the same
/// plans.</summary>
/// <remarks>
/// <c>flms-samples 1 SIZE</c> is the first line; SIZE is that of masks. <c>period NS</c> begins a period; below it a
/// line a thread: <c>VM PID PIDSTART TID TIDSTART ROLE NUMBER TREATMENT SLEEPER RUN WAIT SLICES ALLOWED EXCLUSION
/// REFUSED</c>, times in ns, names without blanks. A line that begins with <c>#</c> is a comment.
/// </remarks>
public static class SampleLog
{
    private const string Magic = "flms-samples 1 ";
    private const string Period = "period ";
    private const string NoCpus = "-";
    private const int Words = 15;

    /// <summary>The first line.</summary>
    /// <param name="size">Of masks.</param>
    public static string Head(int size) => string.Create(CultureInfo.InvariantCulture, $"{Magic}{size}\n");

    /// <summary>A period.</summary>
    public static string Of(SamplePeriod period)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Period}{period.Length.Ns}\n");
        foreach (var t in period.Threads)
            text.Append(CultureInfo.InvariantCulture,
                $"{t.Vm.Replace(' ', '_')} {t.Process.Tid} {t.Process.Started} {t.Thread.Tid} {t.Thread.Started} "
                + $"{t.Role} {t.Number} {t.Treatment} {(t.Sleeper ? 1 : 0)} {t.Run.Ns} {t.Wait.Ns} {t.Timeslices} "
                + $"{(t.Allowed.IsEmpty ? NoCpus : t.Allowed)} {t.Exclusion} {(t.Refused ? 1 : 0)}\n");
        return text.ToString();
    }

    /// <summary>Reads a recording.</summary>
    /// <param name="lines">Its lines.</param>
    /// <returns>Its periods.</returns>
    /// <exception cref="FormatException">A line is none; the message names it.</exception>
    public static IReadOnlyList<SamplePeriod> Read(IEnumerable<string> lines)
    {
        var periods = new List<SamplePeriod>();
        List<PlanThread>? threads = null;
        var (size, number) = (0, 0);
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            try
            {
                if (size == 0) size = Size(line);
                else if (line.StartsWith(Period, StringComparison.Ordinal))
                    periods.Add(new(new(long.Parse(line.AsSpan(Period.Length), CultureInfo.InvariantCulture)),
                        threads = []));
                else (threads ?? throw new FormatException("a thread before the first period")).Add(Thread(line, size));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }
        }
        return periods;
    }

    private static int Size(string line) => line.StartsWith(Magic, StringComparison.Ordinal)
        ? int.Parse(line.AsSpan(Magic.Length), CultureInfo.InvariantCulture)
        : throw new FormatException("not a recording of samples");

    private static PlanThread Thread(string line, int size)
    {
        var w = line.Split(' ');
        if (w.Length != Words) throw new FormatException($"a thread has {Words} words, not {w.Length}");
        var allowed = new CpuMask(size);
        if (w[12] != NoCpus)
        {
            if (!Linux.CpuList.TryParse(w[12], size, out var cpus)) throw new FormatException($"no pCPUs: {w[12]}");
            foreach (var c in cpus) allowed.Add(new(c));
        }
        return new()
        {
            Vm = w[0],
            Process = new((int)Number(w[1]), Number(w[2])),
            Thread = new((int)Number(w[3]), Number(w[4])),
            Role = Enum.Parse<ThreadRole>(w[5]),
            Number = (int)Number(w[6]),
            Treatment = Enum.Parse<Treatment>(w[7]),
            Sleeper = w[8] == "1",
            Run = new(Number(w[9])),
            Wait = new(Number(w[10])),
            Timeslices = Number(w[11]),
            Allowed = allowed,
            Exclusion = Enum.Parse<Exclusion>(w[13]),
            Refused = w[14] == "1",
        };
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);
}
