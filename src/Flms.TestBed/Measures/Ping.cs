using System.Globalization;
using Flms.Core;

namespace Flms.TestBed.Measures;

/// <summary>One ping.</summary>
/// <param name="Sent">When it was sent, by the monotonic clock.</param>
/// <param name="Late">How much later than was meant.</param>
/// <param name="Trip">How long its answer took.</param>
/// <param name="Lost">Was it never answered? Then the trip is as long as was waited at least.</param>
public readonly record struct Ping(Instant Sent, Duration Late, Duration Trip, bool Lost)
{
    /// <summary>How long the pinger waits for the last answers.</summary>
    internal static readonly Duration Patience = 2.Seconds;

    /// <summary>Reads what the pinger prints: a line a ping, of three numbers.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static IReadOnlyList<Ping> Parse(string text)
    {
        var pings = new List<Ping>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var numbers = line.Split(' ');
            if (numbers.Length != 3) throw new FormatException($"not a line of the pinger: {line}");
            var trip = Number(numbers[2]);
            pings.Add(new(new(Number(numbers[0])), new(Number(numbers[1])), trip < 0 ? Patience : new(trip), trip < 0));
        }
        return pings;
    }

    private static long Number(string text) =>
        long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
