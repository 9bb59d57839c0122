namespace Flms.Traces.Tests;

public sealed class WholeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms-").FullName;

    private string File1 => Path.Combine(_folder, "x");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_kept_is_there_whole()
    {
        using (var file = new WholeFile(File1))
        {
            file.Stream.Write("abc"u8);
            Assert.False(File.Exists(File1));
            file.Keep();
        }
        Assert.Equal("abc", File.ReadAllText(File1));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_is_not_kept_leaves_no_file_and_an_older_one_as_it_was()
    {
        File.WriteAllText(File1, "old");
        using (var file = new WholeFile(File1)) file.Stream.Write("abc"u8);
        Assert.Equal("old", File.ReadAllText(File1));
        Assert.Single(Directory.GetFiles(_folder));
    }
}
