using System.ComponentModel;
using System.Diagnostics;

namespace Flms.House.Tests;

/// <summary>The scripts are as clean as the code.</summary>
public sealed class ScriptTests
{
    private static readonly string[] Scripts = ["flms", ".ci/run", "eng/build.sh", "eng/debian-guest.sh",
        "eng/figures.sh", "eng/package.sh", "eng/package-test.sh", "eng/peers.sh", "eng/slurm.sh", "eng/sweep-speed.sh",
        "eng/sweep-turns.sh", "eng/test.sh", "packaging/debian/postinst", "packaging/debian/prerm",
        "packaging/debian/postrm"];

    [Fact]
    public void Every_shell_script_is_listed_here() => Repository.NoFindings(
        from path in Repository.Files
        where path.EndsWith(".sh", StringComparison.Ordinal)
            || Path.GetExtension(path) == "" && Repository.Read(path).StartsWith("#!", StringComparison.Ordinal)
        where !Scripts.Contains(path)
        select $"{path}: add it to {nameof(ScriptTests)}, so that it is checked");

    [SkippableFact]
    public void Shellcheck_finds_nothing()
    {
        var start = new ProcessStartInfo("shellcheck", ["-x", .. Scripts])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Skip.If(true, "needs shellcheck (apt-get install shellcheck)");
        }
        using (process)
        {
            var findings = process!.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, findings);
        }
    }
}
