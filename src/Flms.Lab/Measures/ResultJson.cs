using System.Text;
using System.Text.Json;

namespace Flms.Lab.Measures;

/// <summary>Writes results as JSON, the same bytes on every machine.</summary>
public static class ResultJson
{
    /// <summary>As <c>flms compare --json</c> prints it: one object, without a line end.</summary>
    public static string Write(ExperimentResult result)
    {
        var json = new StringBuilder();
        json.Append("{\"scenario\":").Append(Text(result.Scenario)).Append(",\"seed\":").Append(result.Seed)
            .Append(",\"replications\":").Append(result.Replications).Append(",\"results\":[");
        for (var s = 0; s < result.Results.Count; s++)
        {
            var one = result.Results[s];
            json.Append(s == 0 ? "" : ",").Append("\n {\"scheduler\":").Append(Text(one.Scheduler.Label))
                .Append(",\"measures\":{");
            for (var m = 0; m < one.Measures.Count; m++)
            {
                json.Append(m == 0 ? "\n  " : ",\n  ");
                Append(json, one.Measures[m]);
            }
            json.Append("}}");
        }
        return json.Append("]}").ToString();
    }

    private static void Append(StringBuilder json, Measure m)
    {
        json.Append(Text(m.Name)).Append(":{\"mean\":").Append(Statistic.Write(m.Mean))
            .Append(",\"ci95\":").Append(Write(m.Ci95))
            .Append(",\"p50\":").Append(Statistic.Write(m.P50))
            .Append(",\"p90\":").Append(Statistic.Write(m.P90))
            .Append(",\"p99\":").Append(Statistic.Write(m.P99))
            .Append(",\"max\":").Append(Statistic.Write(m.Max))
            .Append(",\"n\":").Append(m.N);
        if (m.VsFirst is { } ratio)
            json.Append(",\"vs_first\":{\"ratio\":").Append(Statistic.Write(ratio.Mean))
                .Append(",\"ci95\":").Append(Write(ratio.Ci95)).Append('}');
        json.Append('}');
    }

    private static string Write(Interval? interval) =>
        $"[{Statistic.Write(interval?.Low)},{Statistic.Write(interval?.High)}]";

    private static string Text(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
