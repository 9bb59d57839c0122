using System.Diagnostics;
using System.Text.Json;
using Flms.Core;

namespace Flms.Bench.Peers;

/// <summary>One run of a workload by an engine.</summary>
/// <param name="Events">Events that came.</param>
/// <param name="Ns">CPU time of the run, in ns: making the model, and running it.</param>
/// <param name="Bytes">Bytes allocated while it ran; null if the engine does not tell.</param>
/// <param name="Counts">What it counted; null for <c>hold</c>.</param>
internal readonly record struct PeerRun(long Events, double Ns, long? Bytes, VrrCounts? Counts);

/// <summary>What runs a workload: ours, or a peer's program.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Missing">Why it cannot run; null if it can.</param>
/// <param name="Run">Runs a workload; null if it has none of that kind.</param>
internal sealed record PeerEngine(string Name, string? Missing, Func<PeerWorkload, PeerRun?> Run)
{
    /// <summary>How many of <see cref="All"/> are ours and run in this process: the first ones.</summary>
    public const int Ours = 3;

    /// <summary>Ours, and the peers, whether built or not.</summary>
    /// <param name="folder">Where eng/peers.sh puts the peers' programs.</param>
    public static IReadOnlyList<PeerEngine> All(string folder)
    {
        var versions = Versions(Path.Combine(folder, "versions"));
        return
        [
            new("flms", null, OnMachine), new("bare loop", null, OnBareLoop), new("flms's event queue", null, OnQueue),
            Peer("ns3", "ns-3"), Peer("ns3-priority-queue", "ns-3, its fastest queue"), Peer("simgrid", "SimGrid"),
            Peer("simpy", "SimPy"),
        ];

        PeerEngine Peer(string program, string name)
        {
            var path = Path.Combine(folder, program);
            var full = versions.TryGetValue(program, out var version) ? $"{name} {version}" : name;
            return new(full, File.Exists(path) ? null : "not built: ./eng/peers.sh builds it",
                workload => OnPeer(path, workload));
        }
    }

    private static PeerRun? OnMachine(PeerWorkload workload)
    {
        if (workload.Vrr is not { } vrr) return null;
        GC.Collect(0); // else one in between counts what it takes of this thread's piece of the heap as allocated
        var began = Environment.CpuUsage.TotalTime;
        var machine = vrr.CreateMachine();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        machine.Run(vrr.End);
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        var ns = (Environment.CpuUsage.TotalTime - began).TotalNanoseconds;
        var counts = vrr.Counts(machine);
        return new(counts.Events, ns, bytes, counts);
    }

    private static PeerRun? OnBareLoop(PeerWorkload workload)
    {
        if (workload.Vrr is not { } vrr) return null;
        var began = Environment.CpuUsage.TotalTime;
        var counts = VrrLoop.Run(vrr);
        return new(counts.Events, (Environment.CpuUsage.TotalTime - began).TotalNanoseconds, null, counts);
    }

    private static PeerRun? OnQueue(PeerWorkload workload)
    {
        if (workload.Vrr != null) return null;
        var began = Environment.CpuUsage.TotalTime;
        Check.That(Hold.Run(workload.Pending, workload.Events) > 0);
        return new(workload.Events, (Environment.CpuUsage.TotalTime - began).TotalNanoseconds, null, null);
    }

    private static PeerRun? OnPeer(string path, PeerWorkload workload)
    {
        var start = new ProcessStartInfo(path, workload.Arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{path} {string.Join(' ', workload.Arguments)} ended with code "
                + $"{process.ExitCode}");
        using var json = JsonDocument.Parse(text);
        long Number(string key) => json.RootElement.GetProperty(key).GetInt64();
        VrrCounts? counts = workload.Vrr == null ? null : new(Number("wakes"), Number("slice_ends"),
            Number("completions"), Number("decisions"), Number("wait_sum"), Number("wait_max"));
        return new(Number("events"), Number("cpu_ns"), null, counts);
    }

    // A line a program: its name, a blank, its version.
    private static Dictionary<string, string> Versions(string path)
    {
        var versions = new Dictionary<string, string>();
        if (!File.Exists(path)) return versions;
        foreach (var line in File.ReadLines(path))
            if (line.IndexOf(' ') is > 0 and var blank) versions[line[..blank]] = line[(blank + 1)..];
        return versions;
    }
}
