namespace Flms.Agent.Linux;

/// <summary>Reads small files whole, where that is not done every period.</summary>
public static class FileText
{
    private const int Most = 64 << 10;

    /// <summary>A file as text, without blanks and line feeds at its end.</summary>
    /// <returns>Null if it cannot be read.</returns>
    public static string? Read(this ISystemFiles files, string path)
    {
        var bytes = files.ReadBytes(path);
        return bytes == null ? null : System.Text.Encoding.UTF8.GetString(bytes).TrimEnd('\n', ' ', '\0');
    }

    /// <summary>A file as text, where it matters why it cannot be read.</summary>
    /// <returns>0, or the negative error number, and the text is empty.</returns>
    public static int TryRead(this ISystemFiles files, string path, out string text)
    {
        text = "";
        var file = files.Open(path);
        if (file < 0) return file;
        var bytes = new byte[Most];
        var n = files.Read(file, bytes);
        files.Close(file);
        if (n < 0) return n;
        text = System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, n)).TrimEnd('\n', ' ', '\0');
        return 0;
    }

    /// <summary>A file as it is, at most 64 KiB of it.</summary>
    /// <returns>Null if it cannot be read.</returns>
    public static byte[]? ReadBytes(this ISystemFiles files, string path)
    {
        var file = files.Open(path);
        if (file < 0) return null;
        var bytes = new byte[Most];
        var n = files.Read(file, bytes);
        files.Close(file);
        return n < 0 ? null : bytes[..n];
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
