using System.Runtime.InteropServices;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Host;

public sealed partial class LinuxAppendFileTests : IDisposable
{
    private readonly OwnedFolder _folder = new("append");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_closed_can_be_opened_at_once_though_a_child_may_still_have_it()
    {
        var path = Path.Combine(_folder.Path, "file");
        Assert.Equal(0, LinuxAppendFile.Open(path, out var first));
        Assert.Equal(-11, LinuxAppendFile.Open(path, out _));
        // What a child has until it starts its program.
        var childs = dup(Directory.EnumerateFiles("/proc/self/fd")
            .Where(f => new LinuxFiles().LinkTarget(f) == path)
            .Select(f => int.Parse(Path.GetFileName(f), null)).First());
        try
        {
            Assert.True(childs >= 0);
            first!.Dispose();
            Assert.Equal(0, LinuxAppendFile.Open(path, out var second));
            second!.Dispose();
            Assert.Equal("", File.ReadAllText(path));
        }
        finally
        {
            _ = close(childs);
        }
    }

    [LibraryImport("libc")]
    private static partial int dup(int file);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
