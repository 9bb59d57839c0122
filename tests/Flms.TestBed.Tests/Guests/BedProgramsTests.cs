using Flms.TestBed.Guests;
using Flms.TestBed.Hosts;

namespace Flms.TestBed.Tests.Guests;

/// <summary>The bed's programs in C, built by the real compiler.</summary>
public sealed class BedProgramsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms-programs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact, Trait("Speed", "Slow")]
    public void All_who_build_at_once_get_the_same_whole_programs_and_nothing_else_is_left()
    {
        Skip.IfNot(Tool.Exists("gcc"), "needs gcc (apt-get install gcc)");
        var all = new BedPrograms[4];
        var threads = all.Select((_, i) => new Thread(() => all[i] = BedPrograms.Build(_folder))).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.All(all, programs => Assert.Equal(all[0].Guest, programs.Guest));
        Assert.True(File.Exists(all[0].Guest) && File.Exists(all[0].Pinger));
        Assert.Equal(Path.GetDirectoryName(all[0].Guest), Assert.Single(Directory.GetFileSystemEntries(_folder)));
    }

    [Fact]
    public void A_tool_that_fails_says_its_cause_in_one_line()
    {
        var fault = Assert.Throws<BedFault>(() => Tool.Run("sh", "-c", "echo cause >&2; echo effect >&2; exit 1"));
        Assert.EndsWith(": cause; effect", fault.Message);
        Assert.DoesNotContain('\n', fault.Message);
    }
}
