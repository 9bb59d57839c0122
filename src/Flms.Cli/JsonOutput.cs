using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Flms.Cli;

/// <summary>Writes JSON on standard output, and nothing else.</summary>
internal static class JsonOutput
{
    /// <summary>A report, as its form writes it, with a line feed at the end.</summary>
    public static void Write<T>(Terminal terminal, T report, JsonTypeInfo<T> form)
    {
        terminal.Out.Write(JsonSerializer.Serialize(report, form));
        terminal.Out.Write('\n');
    }

    /// <summary>One document, indented, with a line feed at the end. Nothing is written if <paramref name="write"/>
    /// fails.</summary>
    public static void Write(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        Write(bytes, write);
        terminal.Out.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    /// <summary>The same into a file.</summary>
    public static void Write(Stream to, Action<Utf8JsonWriter> write)
    {
        var options = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(to, options)) write(json);
        to.WriteByte((byte)'\n');
    }
}
