using System.Diagnostics;

namespace Flms.Cli.Tests.Slurm;

/// <summary>Where Slurm's commands are not to be found.</summary>
public sealed class NoSlurmTests : ScenarioFile
{
    [Fact]
    public void A_machine_without_Slurm_is_told_so_in_one_line()
    {
        var sweep = Write("sweep.yaml", "scenario: small.yaml\nreplications: 2\n");
        var start = new ProcessStartInfo(Environment.ProcessPath!,
            [Path.Combine(AppContext.BaseDirectory, "flms.dll"), "sweep", "run", sweep, "--out", PathOf("s.db"),
                "--on", "slurm"])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = PathOf("");
        using var child = Process.Start(start)!;
        var said = child.StandardError.ReadToEnd();
        child.WaitForExit();
        Assert.Equal("flms: there is no scontrol here; run flms where Slurm's commands are (a login node)\n", said);
        Assert.Equal(ExitCode.Cluster, child.ExitCode);
    }
}
