using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flms.Bench.Growth;

/// <summary>Results of <see cref="GrowthBench"/> as text.</summary>
public static class GrowthText
{
    private static readonly JsonSerializerOptions _json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The results as one JSON object with the key <c>growth</c>, ending in a newline.</summary>
    public static string Json(IReadOnlyList<GrowthResult> results) =>
        JsonSerializer.Serialize(new { Growth = results.Select(Rounded) }, _json) + "\n";

    /// <summary>The results as a table. "growth" is the ratio of the time for an event to that on the smallest
    /// host.</summary>
    public static string Table(IReadOnlyList<GrowthResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine("pCPUs  vCPUs  scheduler        ns/event   growth  simulated s/s   memory MB  bytes/vCPU");
        var last = results.Count > 0 ? results[0].Vcpus : 0;
        foreach (var r in results)
        {
            if (r.Vcpus != last) text.AppendLine();
            last = r.Vcpus;
            var least = results.First(other => other.Scheduler == r.Scheduler);
            text.AppendLine(CultureInfo.InvariantCulture, $"{r.Pcpus,5}{r.Vcpus,7}  {r.Scheduler,-15}"
                + $"{r.NsPerEvent,10:0.0}{r.NsPerEvent / least.NsPerEvent,9:0.00}{r.SimulatedPerSecond,15:0.00}"
                + $"{r.Bytes / 1e6,12:0.00}{r.Bytes / r.Vcpus,12}");
        }
        return text.ToString();
    }

    private static GrowthResult Rounded(GrowthResult r) => r with
    {
        NsPerEvent = Math.Round(r.NsPerEvent, 2),
        SimulatedPerSecond = Math.Round(r.SimulatedPerSecond, 4),
    };
}
