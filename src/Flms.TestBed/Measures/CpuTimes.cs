using System.Globalization;
using Flms.Core;

namespace Flms.TestBed.Measures;

/// <summary>What all pCPUs together have done since the machine booted.</summary>
/// <param name="Busy">Time they ran somebody, or served interrupts.</param>
/// <param name="Stolen">Time that the host below this machine kept them from it.</param>
public readonly record struct CpuTimes(Duration Busy, Duration Stolen)
{
    private const long TickNs = 10_000_000; // of USER_HZ, 100 on every Linux

    /// <summary>Reads the first line of /proc/stat.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static CpuTimes Parse(string text)
    {
        var words = text.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 9 || words[0] != "cpu")
            throw new FormatException("/proc/stat does not begin with pCPU times");
        long Ticks(int word) => long.Parse(words[word], CultureInfo.InvariantCulture);
        // user, nice, system, (idle, iowait,) irq, softirq; then steal. Guests' time is part of user's.
        return new(new((Ticks(1) + Ticks(2) + Ticks(3) + Ticks(6) + Ticks(7)) * TickNs), new(Ticks(8) * TickNs));
    }
}
