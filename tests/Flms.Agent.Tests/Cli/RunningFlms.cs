using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Flms.Agent.Control;

namespace Flms.Agent.Tests.Cli;

/// <summary><c>flms agent run</c> as a process of its own, with a socket, a journal and a configuration of its own; it
/// ends with the test.</summary>
internal sealed partial class RunningFlms : IDisposable
{
    public const int HangUp = 1;
    public const int Kill = 9;
    public const int Terminate = 15;

    private const int Patience = 60_000; // ms, on a loaded machine

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    /// <param name="folder">Where its files lie: agent.yaml, agent.sock, journal.</param>
    public RunningFlms(string folder)
    {
        Socket = Path.Combine(folder, "agent.sock");
        var start = new ProcessStartInfo("env") { RedirectStandardError = true, RedirectStandardOutput = true };
        // A hang-up is ignored by whoever was started by nohup, as these tests may be.
        foreach (var word in (string[])["--default-signal=HUP", "dotnet", typeof(Flms.Cli.Cli).Assembly.Location,
            "agent", "run", "--config", Path.Combine(folder, "agent.yaml"),
            "--journal", Path.Combine(folder, "journal"), "--socket", Socket])
            start.ArgumentList.Add(word);
        start.Environment["JOURNAL_STREAM"] = "";
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said) _said.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
    }

    /// <summary>Its control socket.</summary>
    public string Socket { get; }

    /// <summary>What it has written on standard error.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Its status; null while it cannot be asked.</summary>
    public StatusReport? Status => Ask(new() { Verb = ControlVerbs.Status })?.Report(ReportJson.Line.StatusReport);

    /// <summary>Asks it.</summary>
    public ControlReply? Ask(ControlRequest request) => ControlClient.Ask(Socket, request, out _);

    /// <summary>Waits until something is so.</summary>
    public void WaitUntil(Func<bool> so, string what)
    {
        for (var begin = Environment.TickCount64; !so(); Thread.Sleep(50))
            Assert.True(Environment.TickCount64 - begin < Patience && !_process.HasExited, $"{what}: {Said}");
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, kill(_process.Id, signal));

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public int End()
    {
        Assert.True(_process.WaitForExit(Patience), $"it does not end: {Said}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
