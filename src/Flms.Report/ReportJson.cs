using System.Text.Json;
using System.Text.Json.Serialization;

namespace Flms.Report;

/// <summary>Reads and writes <see cref="ReportData"/> as JSON: snake_case, all of ASCII, no reflection.</summary>
/// <remarks>
/// The default encoder writes <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c> as <c>\u003C</c> and so on. Nothing in the
/// text can therefore end the script element that holds it (<c>&lt;/script</c>) or open a comment in it
/// (<c>&lt;!--</c>). Do not replace it by a relaxed one.
/// </remarks>
public static class ReportJson
{
    /// <summary>The report as one line of JSON.</summary>
    public static string Serialize(ReportData data) => JsonSerializer.Serialize(data, ReportContext.Default.ReportData);

    /// <summary>The report of a sweep as one line of JSON.</summary>
    public static string Serialize(SweepReportData data) =>
        JsonSerializer.Serialize(data, ReportContext.Default.SweepReportData);

    /// <summary>The report of the paper's figures as one line of JSON.</summary>
    public static string Serialize(PaperReportData data) =>
        JsonSerializer.Serialize(data, ReportContext.Default.PaperReportData);

    /// <summary>The report that <see cref="Serialize(ReportData)"/> wrote.</summary>
    /// <exception cref="JsonException">The text is not such JSON; the message says where.</exception>
    public static ReportData Deserialize(string json) =>
        JsonSerializer.Deserialize(json, ReportContext.Default.ReportData)
        ?? throw new JsonException("the report is null");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(FigureConverter)])]
[JsonSerializable(typeof(ReportData))]
[JsonSerializable(typeof(SweepReportData))]
[JsonSerializable(typeof(PaperReportData))]
internal sealed partial class ReportContext : JsonSerializerContext;

/// <summary>JSON has no NaN and no infinity: a figure that does not exist is written as null.</summary>
internal sealed class FigureConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}
