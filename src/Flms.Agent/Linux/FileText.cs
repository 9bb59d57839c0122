using System.Buffers;

namespace Flms.Agent.Linux;

/// <summary>Reads small files whole, where that is not done every period.</summary>
public static class FileText
{
    private const int Most = 64 << 10;

    /// <summary>A file as text, without blanks and line feeds at its end.</summary>
    /// <returns>Null if it cannot be read.</returns>
    public static string? Read(this ISystemFiles files, string path) =>
        files.TryRead(path, out var text) < 0 ? null : text;

    /// <summary>A file as text, where it matters why it cannot be read.</summary>
    /// <returns>0, or the negative error number, and the text is empty.</returns>
    public static int TryRead(this ISystemFiles files, string path, out string text)
    {
        text = "";
        var bytes = ArrayPool<byte>.Shared.Rent(Most);
        var n = files.ReadOnce(path, bytes.AsSpan(0, Most));
        if (n > 0) text = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, n)).TrimEnd('\n', ' ', '\0');
        ArrayPool<byte>.Shared.Return(bytes);
        return Math.Min(n, 0);
    }

    /// <summary>A file as it is, at most 64 KiB of it.</summary>
    /// <returns>Null if it cannot be read.</returns>
    public static byte[]? ReadBytes(this ISystemFiles files, string path) =>
        files.TryReadBytes(path, out var bytes) < 0 ? null : bytes;

    /// <summary>The same, where it matters why it cannot be read.</summary>
    /// <returns>0, or the negative error number, and there are no bytes.</returns>
    public static int TryReadBytes(this ISystemFiles files, string path, out byte[] bytes)
    {
        // The buffer is lent: hundreds of files are read at a rescan.
        var lent = ArrayPool<byte>.Shared.Rent(Most);
        var n = files.ReadOnce(path, lent.AsSpan(0, Most));
        bytes = n < 0 ? [] : lent[..n];
        ArrayPool<byte>.Shared.Return(lent);
        return Math.Min(n, 0);
    }

    /// <summary>Opens, reads and closes, without allocating.</summary>
    /// <returns>How many bytes, or the negative error number.</returns>
    public static int ReadOnce(this ISystemFiles files, string path, Span<byte> into)
    {
        var file = files.Open(path);
        if (file < 0) return file;
        var n = files.Read(file, into);
        files.Close(file);
        return n;
    }
}
