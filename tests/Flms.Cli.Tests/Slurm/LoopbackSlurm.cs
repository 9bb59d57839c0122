using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Flms.Cli.Tests.Slurm;

/// <summary>A Slurm of one node with two CPUs on this machine (eng/slurm.sh), for all tests of a class.</summary>
/// <remarks>It stops when the tests are over, and also when their process dies.</remarks>
public sealed class LoopbackSlurm : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flms-slurm-");
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

    /// <summary>Skips the test if there can be no Slurm here; otherwise there is one without tasks.</summary>
    public void Need()
    {
        Skip.If(_missing != "", _missing);
        Tool("scancel", "--user=root");
        Until(() => Queue().Length == 0, "tasks of the test before do not end");
    }

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

    /// <summary>What an administrator does after a crash: a controller that lost its memory takes a node for broken
    /// that runs tasks which it does not know of, and may drain it.</summary>
    public static void LookAfter()
    {
        if (Tool("sinfo", "-h", "-o", "%T").Out.Contains("drain", StringComparison.Ordinal)) Resume();
    }

    /// <summary>Lets the controller write down what it knows now; left alone it does so when it sees fit.</summary>
    public void Remember()
    {
        var file = new FileInfo(Path.Combine(_cluster, "state", "job_state"));
        var before = file.Exists ? file.LastWriteTimeUtc : default;
        Assert.Equal(0, Tool("scontrol", "reconfigure").Code);
        Until(() =>
        {
            file.Refresh();
            return file.Exists && file.LastWriteTimeUtc != before;
        }, "the controller does not write down what it knows");
    }

    /// <summary>The tasks that have not ended.</summary>
    /// <param name="format">As squeue has it.</param>
    public static string[] Queue(string format = "%i %T") => Tool("squeue", "-h", "-r", "-o", format).Out.Split('\n',
        StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Waits for something.</summary>
    public static void Until(Func<bool> happens, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!happens())
        {
            Assert.True(clock.Elapsed < Patience, $"{otherwise}; in the queue: {string.Join(", ", Queue("%i %T %r"))}");
            Thread.Sleep(50);
        }
    }

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
