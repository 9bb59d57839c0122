using System.Text.Json;
using Flms.Lab.Measures;
using Flms.Paper.Claims;

namespace Flms.Paper.Runs;

/// <summary>Writes figures as JSON, the same bytes on every machine (docs/paper.md describes it).</summary>
/// <remarks>A row has the values that the paper has first, each with its interval as <c>[low, high]</c>, then the
/// paper's own, then what goes beyond it. What does not exist is <c>null</c>.</remarks>
public static class PaperJson
{
    /// <summary>One figure: an object that begins with its rows. Several: <c>{"figures": [...]}</c> of such
    /// objects.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="results">What the figures came to.</param>
    /// <param name="replications">How often each system ran each case.</param>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<FigureResult> results, int replications)
    {
        if (results.Count == 1)
        {
            Write(json, results[0], replications);
            return;
        }
        json.WriteStartObject();
        json.WriteStartArray("figures");
        foreach (var result in results) Write(json, result, replications);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, FigureResult result, int replications)
    {
        json.WriteStartObject();
        json.WriteStartArray("rows");
        foreach (var row in result.Rows) Write(json, result.Figure, row);
        json.WriteEndArray();
        json.WriteString("figure", result.Figure.Name);
        json.WriteNumber("replications", replications);
        json.WriteStartArray("claims");
        foreach (var claim in result.Claims) Write(json, claim);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PaperFigure figure, FigureRow row)
    {
        json.WriteStartObject();
        json.WriteString("system", row.System);
        if (figure.Cases.Any(c => c.Group != "")) json.WriteString("group", row.Case.Group);
        if (figure.Cases.Any(c => c.X != "")) json.WriteString("x", row.Case.X);
        for (var q = 0; q < figure.OfPaper; q++) Write(json, figure.Quantities[q], row.Values[q]);
        for (var q = 0; q < figure.OfPaper; q++)
            Write(json, figure.Quantities[q].PaperKey, row.Published[q]);
        for (var q = figure.OfPaper; q < figure.Quantities.Count; q++)
            Write(json, figure.Quantities[q], row.Values[q]);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Quantity quantity, Estimate value)
    {
        Write(json, quantity.Key, value.Mean);
        Write(json, quantity.IntervalKey, value.Ci95);
    }

    private static void Write(Utf8JsonWriter json, ClaimResult result)
    {
        json.WriteStartObject();
        json.WriteString("claim", result.Claim.Name);
        json.WriteString("text", result.Claim.Text);
        json.WriteString("place", result.Claim.Place);
        Write(json, "paper", result.Claim.Paper);
        Write(json, "ours", result.Ours.Mean);
        Write(json, "ours_ci95", result.Ours.Ci95);
        json.WriteString("unit", result.Claim.Unit);
        json.WriteBoolean("calibrated", result.Claim.Calibrated);
        json.WriteString("verdict", Verdicts.Words(result.Verdict));
        json.WriteString("because", result.Because);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string key, Interval? interval)
    {
        json.WritePropertyName(key);
        if (interval is { } ci) json.WriteRawValue($"[{Statistic.Write(ci.Low)},{Statistic.Write(ci.High)}]");
        else json.WriteNullValue();
    }

    private static void Write(Utf8JsonWriter json, string key, double? value)
    {
        json.WritePropertyName(key);
        json.WriteRawValue(Statistic.Write(value));
    }
}
