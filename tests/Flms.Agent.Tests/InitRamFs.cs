using System.Globalization;
using System.Text;

namespace Flms.Agent.Tests;

/// <summary>The file system that a guest boots from: a cpio archive of the form <c>newc</c>, which the kernel
/// unpacks.</summary>
internal sealed class InitRamFs(Stream to)
{
    private const int Folder = 0x41ED, Program = 0x81ED, Link = 0xA1FF;

    private readonly HashSet<string> _made = [];
    private int _number = 1;

    /// <summary>A folder of this machine with all that is in it; links stay links.</summary>
    public void AddTree(string source, string target)
    {
        foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos().OrderBy(
            e => e.Name, StringComparer.Ordinal))
        {
            var path = $"{target}/{entry.Name}";
            if (entry.LinkTarget is { } link) Entry(path, Link, Encoding.UTF8.GetBytes(link));
            else if (entry is DirectoryInfo)
            {
                AddFolder(path);
                AddTree(entry.FullName, path);
            }
            else AddFile(entry.FullName, path);
        }
    }

    /// <summary>A file of this machine; folders above it come by themselves.</summary>
    public void AddFile(string source, string path) => Add(path, File.ReadAllBytes(source));

    /// <summary>A program made of text.</summary>
    public void AddText(string path, string text) => Add(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Ends the archive.</summary>
    public void End() => Entry("TRAILER!!!", 0, []);

    private void Add(string path, byte[] bytes)
    {
        AddFolder(path[..path.LastIndexOf('/')]);
        Entry(path, Program, bytes);
    }

    private void AddFolder(string path)
    {
        if (path == "" || !_made.Add(path)) return;
        AddFolder(path[..path.LastIndexOf('/')]);
        Entry(path, Folder, []);
    }

    private void Entry(string path, int mode, byte[] bytes)
    {
        var name = path.TrimStart('/');
        var header = new StringBuilder("070701");
        // Number, mode, owner, group, links, time, size, four devices, length of the name with its zero, checksum.
        foreach (var field in (long[])[_number++, mode, 0, 0, 1, 0, bytes.Length, 0, 0, 0, 0, name.Length + 1, 0])
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        header.Append(name).Append('\0');
        to.Write(Encoding.ASCII.GetBytes(header.ToString()));
        Pad(header.Length);
        to.Write(bytes);
        Pad(bytes.Length);
    }

    private void Pad(int length) => to.Write(new byte[(4 - length % 4) % 4]);
}
