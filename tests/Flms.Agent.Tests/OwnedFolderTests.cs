using System.Diagnostics;

namespace Flms.Agent.Tests;

public sealed class OwnedFolderTests
{
    [Fact]
    public void What_a_killed_test_has_left_behind_is_swept_away_and_what_a_living_one_has_stays()
    {
        // A kind that no other process sweeps.
        var kind = $"swept{Environment.ProcessId}";
        var dead = Directory.CreateTempSubdirectory($"flms-{kind}-").FullName;
        File.WriteAllText(dead + "/owner", "");
        var unfinished = Directory.CreateTempSubdirectory($"flms-{kind}-").FullName;
        using var left = Process.Start("tail", ["-f", dead + "/owner"]);
        using var alive = new OwnedFolder(kind);
        Assert.True(left.WaitForExit(60_000));
        Assert.False(Directory.Exists(dead));
        using var used = Process.Start("tail", ["-f", alive.Path + "/owner"]);
        try
        {
            using (new OwnedFolder(kind)) Assert.False(used.HasExited);
            Assert.True(File.Exists(alive.Path + "/owner") && Directory.Exists(unfinished));
        }
        finally
        {
            used.Kill();
            used.WaitForExit();
            Directory.Delete(unfinished);
        }
    }
}
