using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.TestBed.Runs;

/// <summary>The agent as a user runs it: a process of its own, in mode enforce.</summary>
internal sealed partial class RunningAgent : IDisposable
{
    private const int Terminate = 15; // SIGTERM
    private const string LetGo = "only observing from now on"; // what it says then
    private static readonly string[] Troubled = ["trying again later", "not boosted for a while"]; // likewise
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _journal;
    private readonly List<string> _said = [];

    private RunningAgent(Process process, string journal)
    {
        (_process, _journal) = (process, journal);
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_said) if (line.Data != null) _said.Add(line.Data);
        };
        process.BeginErrorReadLine();
    }

    /// <summary>CPU time that it has used.</summary>
    public Duration Cpu
    {
        get
        {
            var files = new LinuxFiles();
            var run = 0L;
            foreach (var thread in Directory.GetDirectories($"/proc/{_process.Id}/task"))
                if (files.ReadBytes($"{thread}/schedstat") is { } text
                    && ProcText.TryScheduleStatistics(text, out var ns, out _, out _)) run += ns;
            return new(run);
        }
    }

    /// <summary>What it has said, a line each.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_said) return [.. _said];
        }
    }

    /// <summary>What it has said of what it could not do.</summary>
    public IReadOnlyList<string> Troubles =>
        [.. Said.Where(line => Troubled.Any(t => line.Contains(t, StringComparison.Ordinal)))];

    /// <summary>Starts it.</summary>
    /// <param name="bed">Whose VMs it is for.</param>
    /// <param name="flms">The words that call flms.</param>
    /// <param name="configuration">Its configuration.</param>
    public static RunningAgent Start(Bed bed, IReadOnlyList<string> flms, string configuration)
    {
        var config = $"{bed.Folder}/agent.yaml";
        var journal = $"{bed.Folder}/journal";
        File.WriteAllText(config, configuration);
        var start = new ProcessStartInfo(flms[0],
            [.. flms.Skip(1), "agent", "run", "--mode", "enforce", "--config", config, "--journal",
                journal, "--socket", "none"])
        {
            RedirectStandardError = true,
        };
        // As the service of the package has it: else the agent is measured while .NET translates it.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        var process = Process.Start(start)!;
        bed.Note(process);
        return new(process, journal);
    }

    /// <summary>Says so if it has ended, or has let go of the VMs: then whatever is measured is not it.</summary>
    /// <exception cref="BedFault">It has.</exception>
    public void Check()
    {
        if (_process.HasExited) throw Ended();
        if (Said.FirstOrDefault(line => line.Contains(LetGo, StringComparison.Ordinal)) is { } line)
            throw new BedFault($"the agent has let go while it was measured: {line}");
    }

    /// <summary>Stops it, and waits until it has put everything back.</summary>
    /// <exception cref="BedFault">It has ended before, will not end, or has not put everything back.</exception>
    public void Stop()
    {
        Check();
        _ = kill(_process.Id, Terminate);
        if (!_process.WaitForExit(StopPatience))
            throw new BedFault($"the agent did not stop in {StopPatience.TotalSeconds:0} s");
        if (_process.ExitCode is not (0 or 130)) throw Ended();
        if (File.Exists(_journal))
            throw new BedFault("the agent has not put everything back: its journal is still there");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // Asked first, so that it puts back what it has changed.
            _ = kill(_process.Id, Terminate);
            if (!_process.WaitForExit(TimeSpan.FromSeconds(1))) _process.Kill();
        }
        _process.Dispose();
    }

    private BedFault Ended() => new(string.Create(CultureInfo.InvariantCulture,
        $"the agent has ended with exit code {_process.ExitCode}: {Said.LastOrDefault("it said nothing")}"));

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
