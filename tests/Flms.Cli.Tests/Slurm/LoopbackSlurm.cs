using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Flms.Cli.Tests.Slurm;

/// <summary>A Slurm of one node with two CPUs on this machine (eng/slurm.sh), for all tests of a class.</summary>
/// <remarks>It stops when the tests are over, and also when their process dies.</remarks>
public sealed class LoopbackSlurm : IDisposable
{
    // Longer than the controller believes that a task may still be starting.
    private static readonly TimeSpan GhostsAfter = TimeSpan.FromSeconds(8);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flms-slurm-");
    private readonly Stopwatch _ghosts = new();
    private readonly string _missing = "";
    private readonly string _cluster;
    private string? _expected;

    public LoopbackSlurm()
    {
        _cluster = Path.Combine(_folder.FullName, "cluster");
        if (!IsInstalled) _missing = "needs slurm-wlm and munge (apt-get install slurm-wlm munge)";
        else if (geteuid() != 0) _missing = "needs root: Slurm starts tasks as their users";
        if (_missing != "") return;
        Script("start", _cluster, $"{Environment.ProcessId}");
        Environment.SetEnvironmentVariable("SLURM_CONF", Path.Combine(_cluster, "slurm.conf"));
    }

    private static bool IsInstalled => ((string[])["slurmctld", "slurmd", "munged", "sbatch"]).All(tool =>
        ((string[])["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]).Any(
            folder => File.Exists(Path.Combine(folder, tool))));

    /// <summary>Skips the test if there can be no Slurm here.</summary>
    public void Need() => Skip.If(_missing != "", _missing);

    /// <summary>What every test's sweep must come to: computed once.</summary>
    public string Expected(Func<string> compute) => _expected ??= compute();

    /// <summary>kill -9 of a daemon: slurmctld or slurmd.</summary>
    public void Kill(string daemon) =>
        Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_cluster, $"{daemon}.pid")))).Kill();

    /// <summary>Starts the controller again.</summary>
    public void StartController() => Script("controller", _cluster);

    /// <summary>Starts the node's daemon again.</summary>
    public void StartNode() => Script("node", _cluster);

    /// <summary>Lets the node take no more tasks.</summary>
    public static void Drain() =>
        Assert.Equal(0, Tool("scontrol", "update", "nodename=node0", "state=drain", "reason=test").Code);

    /// <summary>Ends that.</summary>
    public static void Resume() =>
        Assert.Equal(0, Tool("scontrol", "update", "nodename=node0", "state=resume").Code);

    /// <summary>What an administrator does after a crash. A controller that lost its memory takes a node for broken
    /// that runs tasks which it does not know of, and drains it. It also takes tasks for running that ended while it
    /// was away, until the node registers again: for hours, on a node that is well.</summary>
    public void LookAfter()
    {
        if (Tool("sinfo", "-h", "-o", "%T").Out.Contains("drain", StringComparison.Ordinal)) Resume();
        var running = Queue().Count(t => t.EndsWith(" RUNNING", StringComparison.Ordinal));
        if (running <= Process.GetProcessesByName("slurmstepd").Length) _ghosts.Reset();
        else if (!_ghosts.IsRunning) _ghosts.Start();
        if (_ghosts.Elapsed < GhostsAfter) return;
        Kill("slurmd");
        StartNode();
        _ghosts.Reset();
    }

    /// <summary>The tasks that have not ended.</summary>
    public static string[] Queue() => Tool("squeue", "-h", "-r", "-o", "%i %T").Out.Split('\n',
        StringSplitOptions.RemoveEmptyEntries);

    public void Dispose()
    {
        if (Directory.Exists(_cluster)) Script("stop", _cluster);
        _folder.Delete(recursive: true);
    }

    private static (int Code, string Out) Tool(string command, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(command, words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    // Its daemons hold what they are started with: nothing of this process may be among it.
    private static void Script(params string[] words)
    {
        using var log = new TemporaryLog();
        using var process = Process.Start(new ProcessStartInfo("bash",
            ["-c", "log=$1; shift; exec \"$@\" > \"$log\" 2>&1 < /dev/null", "bash", log.Path,
                Path.Combine(SourceTree.Root, "eng", "slurm.sh"), .. words]))!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"eng/slurm.sh {string.Join(' ', words)}: {File.ReadAllText(log.Path)}");
    }

    [DllImport("libc")]
    private static extern uint geteuid();

    private sealed class TemporaryLog : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
