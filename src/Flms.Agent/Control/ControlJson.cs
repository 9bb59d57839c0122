using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Flms.Agent.Control;

/// <summary>How requests and reports are written as JSON: names in snake_case, nothing unknown taken.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 4)]
[JsonSerializable(typeof(ControlRequest))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>As they go over the socket: in one line.</summary>
    public static ControlJson Line => Default;
}

/// <summary>How reports are written as JSON; a reader passes over what it does not know.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(VmsReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(HistoryReport))]
[JsonSerializable(typeof(TextReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(ChangeReport))]
public sealed partial class ReportJson : JsonSerializerContext
{
    private static readonly JsonSerializerOptions Relaxed = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Spread = new(Relaxed) { WriteIndented = true, NewLine = "\n" };

    /// <summary>In one line, as over the socket.</summary>
    public static ReportJson Line { get; } = new(Relaxed);

    /// <summary>Indented, as people and their tools get it.</summary>
    public static ReportJson Indented { get; } = new(Spread);
}
