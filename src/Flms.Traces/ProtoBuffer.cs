using System.Text;

namespace Flms.Traces;

/// <summary>One message in protobuf's wire format, built field by field in memory that is used again.</summary>
internal sealed class ProtoBuffer
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public ProtoBuffer Clear()
    {
        Length = 0;
        return this;
    }

    /// <summary>A whole number (wire type 0). Negative numbers take ten bytes, as int64 does.</summary>
    public ProtoBuffer Number(int field, long value)
    {
        Reserve(20);
        Varint((ulong)(uint)field << 3);
        Varint(unchecked((ulong)value));
        return this;
    }

    /// <summary>A text (wire type 2).</summary>
    public ProtoBuffer Text(int field, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Head(field, length);
        Length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
        return this;
    }

    /// <summary>A message inside this one (wire type 2).</summary>
    public ProtoBuffer Message(int field, ProtoBuffer inner)
    {
        Head(field, inner.Length);
        inner.Bytes.CopyTo(_bytes.AsSpan(Length));
        Length += inner.Length;
        return this;
    }

    private void Head(int field, int length)
    {
        Reserve(20 + length);
        Varint((ulong)(uint)field << 3 | 2);
        Varint((ulong)(uint)length);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes[Length++] = (byte)(value & 0x7f | 0x80);
        _bytes[Length++] = (byte)value;
    }

    private void Reserve(int more)
    {
        if (Length + more > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + more));
    }
}
