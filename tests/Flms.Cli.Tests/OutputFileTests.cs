using System.Text;

namespace Flms.Cli.Tests;

public sealed class OutputFileTests : TestFolder
{
    private string Target => PathOf("result.txt");

    [Fact]
    public void A_file_appears_only_when_it_is_complete()
    {
        using var file = OutputFile.Open(Target);
        file.Write(s => s.Write(Encoding.UTF8.GetBytes("all of it")));
        Assert.False(File.Exists(Target));
        file.Keep();
        Assert.Equal("all of it", File.ReadAllText(Target));
        Assert.Single(FilesLeft);
    }

    [Fact]
    public void What_is_not_kept_leaves_the_old_file_and_no_rest()
    {
        File.WriteAllText(Target, "old");
        using (var file = OutputFile.Open(Target)) file.Write(s => s.WriteByte(1));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Single(FilesLeft);
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        File.WriteAllText(Target, "old");
        var link = PathOf("link");
        File.CreateSymbolicLink(link, Target);
        using var file = OutputFile.Open(link);
        file.Write(s => s.Write(Encoding.UTF8.GetBytes("new")));
        file.Keep();
        Assert.Equal("new", File.ReadAllText(Target));
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Theory]
    [InlineData("missing/result.txt", "its directory does not exist; make it first")]
    [InlineData("", "is a directory; name a file in it")]
    public void A_target_that_cannot_be_written_is_refused_at_once(string path, string reason)
    {
        var failure = Assert.Throws<Failure>(() => OutputFile.Open(PathOf(path)));
        Assert.Equal(ExitCode.Output, failure.Code);
        Assert.EndsWith(reason, failure.Message);
    }

    [Fact]
    public void A_device_is_written_as_it_comes()
    {
        using var file = OutputFile.Open("/dev/null");
        file.Write(s => s.WriteByte(1));
        file.Keep();
        Assert.True(File.Exists("/dev/null"));
    }
}
