using System.Text.Json;
using Flms.Lab.Advice;

namespace Flms.Cli.Verbs.Advice;

/// <summary>Writes advice for programs.</summary>
internal static class AdviceJson
{
    private const int Digits = 9;

    /// <summary>What it looks like.</summary>
    public const string Shape =
        """{"verdict":"change"|"keep"|"unfit", "reason", "advice", "objective", "served":[VM], "model", "misfit", """
        + """ "fit":[{"vm", "recorded":{...}, "model":{...}}], "replications", "tried", "best", "best_here", """
        + """ "rows":[{"name", "settings", "takes", "ratio", "ci95", "response", "total", "allowed", "front", """
        + """ "steps":[], "vms":[{"vm", "wait_mean_ms", "wait_p99_ms", "response_mean_ms", "response_p99_ms", """
        + """ "work_s", "kept"}]}]}""";

    /// <summary>One object.</summary>
    public static void Write(Utf8JsonWriter json, AdviceResult result)
    {
        json.WriteStartObject();
        json.WriteString("verdict", Word(result.Verdict));
        json.WriteString("reason", result.Reason);
        json.WriteString("advice", result.Best is { } best ? AdviceText.Sentence(result, best) : "");
        json.WriteString("objective", AdviceOptionsOfLine.WordOf(result.Objective));
        json.WriteStartArray("served");
        foreach (var vm in result.Served) json.WriteStringValue(result.Vms[vm]);
        json.WriteEndArray();
        json.WriteString("model", result.Model);
        Number(json, "misfit", result.Misfit);
        json.WriteStartArray("fit");
        foreach (var fit in result.Fit)
        {
            json.WriteStartObject();
            json.WriteString("vm", fit.Vm);
            json.WriteStartObject("recorded");
            Write(json, fit.Recorded);
            json.WriteEndObject();
            json.WriteStartObject("model");
            Write(json, fit.Model);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("replications", result.Replications);
        json.WriteNumber("tried", result.Tried);
        json.WriteString("best", result.Best?.Label);
        json.WriteString("best_here", result.BestHere?.Label);
        json.WriteStartArray("rows");
        foreach (var row in result.Rows) Write(json, result, row);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AdviceResult result, AdviceRow row)
    {
        json.WriteStartObject();
        json.WriteString("name", row.Name);
        json.WriteString("settings", row.Settings);
        json.WriteString("takes", Word(row.Reach));
        Number(json, "ratio", row.Ratio);
        json.WriteStartArray("ci95");
        json.WriteNumberValue(Math.Round(row.RatioCi95.Low, Digits));
        json.WriteNumberValue(Math.Round(row.RatioCi95.High, Digits));
        json.WriteEndArray();
        Number(json, "response", row.Response);
        Number(json, "total", row.Total);
        json.WriteBoolean("allowed", row.Allowed);
        json.WriteBoolean("front", row.OnFront);
        json.WriteStartArray("steps");
        foreach (var step in row.Steps) json.WriteStringValue(step);
        json.WriteEndArray();
        json.WriteStartArray("vms");
        for (var vm = 0; vm < row.Kept.Count; vm++)
        {
            json.WriteStartObject();
            json.WriteString("vm", result.Vms[vm]);
            Write(json, row.Vms[vm]);
            Number(json, "kept", row.Kept[vm]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, VmFigures figures)
    {
        Number(json, "wait_mean_ms", figures.WaitMeanMs);
        Number(json, "wait_p99_ms", figures.WaitP99Ms);
        Number(json, "response_mean_ms", figures.ResponseMeanMs);
        Number(json, "response_p99_ms", figures.ResponseP99Ms);
        Number(json, "work_s", figures.WorkS);
    }

    // The last bits of a sum or a logarithm say nothing.
    private static void Number(Utf8JsonWriter json, string name, double value) =>
        json.WriteNumber(name, Math.Round(value, Digits));

    private static string Word<T>(T value) where T : struct, Enum =>
        Lab.Settings.OptionCatalog.Words(value.ToString(), '-');
}
