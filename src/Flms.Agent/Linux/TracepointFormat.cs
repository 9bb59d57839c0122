using System.Buffers.Binary;
using System.Globalization;

namespace Flms.Agent.Linux;

/// <summary>Where in an event of the kernel its fields are, as the kernel itself says in
/// <c>events/GROUP/NAME/format</c>: kernels differ.</summary>
internal sealed class TracepointFormat
{
    private readonly Dictionary<string, Field> _fields = [];

    private TracepointFormat(int id) => Id = id;

    /// <summary>A field's place.</summary>
    /// <param name="Offset">Bytes from the beginning of the event.</param>
    /// <param name="Size">Its bytes.</param>
    /// <param name="Elsewhere">Is it only a pointer: in the low 16 bits the offset of the text, above them its
    /// length?</param>
    public readonly record struct Field(int Offset, int Size, bool Elsewhere);

    /// <summary>The event's number, with which each event begins.</summary>
    public int Id { get; }

    /// <summary>The field; nothing if this kernel's event has no such field.</summary>
    public Field? this[string name] => _fields.TryGetValue(name, out var field) ? field : null;

    /// <summary>Reads the kernel's description.</summary>
    /// <returns>Null if it is none.</returns>
    public static TracepointFormat? Parse(string text)
    {
        TracepointFormat? format = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("ID:", StringComparison.Ordinal))
            {
                if (!int.TryParse(line.AsSpan(3).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    return null;
                format = new(id);
            }
            else if (format != null && line.TrimStart().StartsWith("field:", StringComparison.Ordinal))
            {
                if (!format.Add(line.Trim())) return null;
            }
        }
        return format;
    }

    /// <summary>A whole number of an event; 0 if the event is too short for it.</summary>
    public static long Number(ReadOnlySpan<byte> raw, Field field) =>
        field.Offset + field.Size > raw.Length ? 0 : field.Size switch
        {
            8 => BinaryPrimitives.ReadInt64LittleEndian(raw[field.Offset..]),
            4 => BinaryPrimitives.ReadInt32LittleEndian(raw[field.Offset..]),
            2 => BinaryPrimitives.ReadUInt16LittleEndian(raw[field.Offset..]),
            _ => raw[field.Offset],
        };

    /// <summary>A text of an event; empty if the event is too short for it.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> raw, Field field)
    {
        var (offset, size) = (field.Offset, field.Size);
        if (field.Elsewhere)
        {
            var pointer = Number(raw, field);
            (offset, size) = ((int)(pointer & 0xFFFF), (int)(pointer >> 16 & 0xFFFF));
        }
        if (offset + size > raw.Length) return default;
        var text = raw.Slice(offset, size);
        var end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }

    // field:char prev_comm[16];	offset:8;	size:16;	signed:0;
    private bool Add(string line)
    {
        var parts = line.Split(';', StringSplitOptions.TrimEntries);
        if (parts.Length < 3 || !Value(parts[1], "offset:", out var offset) || !Value(parts[2], "size:", out var size))
            return false;
        var declaration = parts[0]["field:".Length..];
        var elsewhere = declaration.StartsWith("__data_loc ", StringComparison.Ordinal);
        var name = declaration[(declaration.LastIndexOf(' ') + 1)..];
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        _fields[bracket < 0 ? name : name[..bracket]] = new(offset, size, elsewhere);
        return true;
    }

    private static bool Value(string part, string key, out int value)
    {
        value = 0;
        return part.StartsWith(key, StringComparison.Ordinal) && int.TryParse(
            part.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
