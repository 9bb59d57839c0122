using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flms.Bench;

/// <summary>Results of <see cref="SpeedBench"/> as text: a table for people, JSON for programs.</summary>
public static class BenchText
{
    private static readonly JsonSerializerOptions _json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The results as one JSON object with the key <c>results</c>, ending in a newline.</summary>
    public static string Json(IReadOnlyList<BenchResult> results) =>
        JsonSerializer.Serialize(new { Results = results.Select(Rounded) }, _json) + "\n";

    /// <summary>The results as a table. A case that has a bare loop, or Credit, of its workload and size shows the
    /// ratio to it.</summary>
    public static string Table(IReadOnlyList<BenchResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine("workload    pCPUs  vCPUs  scheduler         ns/event   M events/s"
            + "  x bare loop  x credit  bytes/event");
        var last = results.Count > 0 ? results[0] : null;
        foreach (var r in results)
        {
            if ((r.Workload, r.Vcpus) != (last!.Workload, last.Vcpus)) text.AppendLine();
            last = r;
            text.AppendLine(Invariant, $"{r.Workload,-10}{r.Pcpus,7}{r.Vcpus,7}  {r.Scheduler,-15}{r.NsPerEvent,11:0.0}"
                + $"{1000 / r.NsPerEvent,13:0.0}{Ratio(results, r, SpeedBench.BareLoopName),13}"
                + $"{Ratio(results, r, "credit"),10}{r.BytesPerEvent,13:0.##}");
        }
        return text.ToString();
    }

    private static string Ratio(IReadOnlyList<BenchResult> results, BenchResult r, string to)
    {
        var other = results.FirstOrDefault(b => b.Scheduler == to
            && (b.Workload, b.Pcpus, b.Vcpus) == (r.Workload, r.Pcpus, r.Vcpus));
        return other == null ? "-" : (r.NsPerEvent / other.NsPerEvent).ToString("0.00", Invariant);
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private static BenchResult Rounded(BenchResult r) => r with
    {
        NsPerEvent = Math.Round(r.NsPerEvent, 2),
        BytesPerEvent = Math.Round(r.BytesPerEvent, 4),
    };
}
