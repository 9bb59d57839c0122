using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flms.Bench.Peers;

/// <summary>Results of <see cref="PeerBench"/> as text.</summary>
public static class PeerText
{
    private static readonly JsonSerializerOptions _json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The results as one JSON object with the key <c>peers</c>, ending in a newline.</summary>
    public static string Json(IReadOnlyList<PeerResult> results) =>
        JsonSerializer.Serialize(new { Peers = results.Select(Rounded) }, _json) + "\n";

    /// <summary>The results as a table. "x ours" is the ratio to the machine, or on <c>hold</c> to our queue.</summary>
    public static string Table(IReadOnlyList<PeerResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine("workload          engine                               ns/event   x ours  M events/s"
            + "  bytes/event  counts");
        var workload = "";
        var ours = 0.0;
        foreach (var r in results)
        {
            if (r.Workload != workload)
            {
                if (workload != "") text.AppendLine();
                (workload, ours) = (r.Workload, r.NsPerEvent);
            }
            text.Append(Invariant, $"{r.Workload,-18}{r.Engine,-35}");
            if (r.Missing != null)
            {
                text.AppendLine(r.Missing);
                continue;
            }
            text.Append(Invariant, $"{r.NsPerEvent,10:0.0}{r.NsPerEvent / ours,9:0.00}{1000 / r.NsPerEvent,12:0.00}");
            text.Append(Invariant, $"{r.BytesPerEvent?.ToString("0.##", Invariant) ?? "-",13}");
            text.AppendLine(r.Agrees switch { null => "  -", true => "  as published", false => "  DIFFERENT" });
        }
        return text.ToString();
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private static PeerResult Rounded(PeerResult r) => r with
    {
        NsPerEvent = Math.Round(r.NsPerEvent, 2),
        BytesPerEvent = r.BytesPerEvent is { } bytes ? Math.Round(bytes, 4) : null,
    };
}
