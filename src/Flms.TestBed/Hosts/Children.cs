using System.Diagnostics;
using System.Globalization;
using Flms.Agent.Linux;

namespace Flms.TestBed.Hosts;

/// <summary>Processes that a lab has started, written down so that the next one can end them should this one be
/// killed.</summary>
/// <param name="file">Where: a line each, its number and its moment of start, since numbers come back.</param>
internal sealed class Children(string file)
{
    private static readonly LinuxFiles Files = new();

    /// <summary>Writes one down.</summary>
    public void Note(Process process) => File.AppendAllText(file,
        string.Create(CultureInfo.InvariantCulture, $"{process.Id} {StartOf(process.Id)}\n"));

    /// <summary>Kills those that are still there.</summary>
    public void Kill()
    {
        if (!File.Exists(file)) return;
        foreach (var line in File.ReadLines(file))
            if (line.Split(' ') is [var number, var start]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && StartOf(pid) is var now && now != 0 && start == now.ToString(CultureInfo.InvariantCulture))
                try
                {
                    using var process = Process.GetProcessById(pid);
                    process.Kill();
                    process.WaitForExit(1000);
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException)
                {
                    // It has ended meanwhile.
                }
    }

    /// <summary>When a process was started, in ticks since the machine booted; 0 if it is not there.</summary>
    internal static long StartOf(int pid) =>
        Files.ReadBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) is { } text
            && ProcText.TryStat(text, out var stat) && stat.State != 'Z' ? stat.Started : 0;
}
