using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Flms.Agent.Control;

/// <summary>Why something asked of an agent was not done.</summary>
public enum Refusal : byte
{
    /// <summary>It was done.</summary>
    None,

    /// <summary>It is no request that this agent knows.</summary>
    BadRequest,

    /// <summary>The client may ask, but change nothing.</summary>
    NotAllowed,

    /// <summary>Too many ask, or the agent had no time.</summary>
    Busy,

    /// <summary>There is no such VM.</summary>
    NotFound,

    /// <summary>It was tried, and failed; all is as it was.</summary>
    Failed,

    /// <summary>The configuration is wrong; all is as it was.</summary>
    BadConfig,
}

/// <summary>An agent's answer: a line of JSON, <c>{"v":1,"ok":true,"data":...}</c> or
/// <c>{"v":1,"ok":false,"code":...,"error":...}</c>.</summary>
/// <param name="Refusal">Why it was not done; None if it was.</param>
/// <param name="Error">What is wrong, for people; empty if nothing is.</param>
/// <param name="Data">The report; undefined if there is none.</param>
public sealed record ControlReply(Refusal Refusal, string Error, JsonElement Data)
{
    /// <summary>How many bytes a reply may have for a client to take it.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>A report as the agent sends it.</summary>
    public static byte[] Of<T>(T report, JsonTypeInfo<T> form) => Write(json =>
    {
        json.WriteBoolean("ok", true);
        json.WritePropertyName("data");
        JsonSerializer.Serialize(json, report, form);
    });

    /// <summary>A refusal as the agent sends it.</summary>
    public static byte[] Of(Refusal refusal, string error) => Write(json =>
    {
        json.WriteBoolean("ok", false);
        json.WriteString("code", Words(refusal));
        json.WriteString("error", error);
    });

    /// <summary>Reads what an agent sent.</summary>
    /// <returns>Null if it is no reply.</returns>
    public static ControlReply? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.GetProperty("ok").GetBoolean()) return new(Refusal.None, "", root.GetProperty("data").Clone());
            var code = root.GetProperty("code").GetString();
            var refusal = Enum.GetValues<Refusal>().FirstOrDefault(r => Words(r) == code, Refusal.Failed);
            return new(refusal, root.GetProperty("error").GetString() ?? "", default);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Words(Refusal refusal) => JsonNamingPolicy.KebabCaseLower.ConvertName(refusal.ToString());

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        var options = new JsonWriterOptions { Encoder = ReportJson.Line.Options.Encoder };
        using (var json = new Utf8JsonWriter(bytes, options))
        {
            json.WriteStartObject();
            json.WriteNumber("v", ControlRequest.Version);
            write(json);
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.ToArray();
    }

    /// <inheritdoc />
    public override string ToString() => Refusal == Refusal.None ? Data.GetRawText() : Error;

    /// <summary>The report.</summary>
    /// <exception cref="JsonException">It is not one of that form: another version of flms.</exception>
    public T Report<T>(JsonTypeInfo<T> form) => Data.Deserialize(form) ?? throw new JsonException("no report");

    /// <summary>A line of text for a request.</summary>
    public static byte[] Of(ControlRequest request) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Line.ControlRequest), (byte)'\n'];
}
