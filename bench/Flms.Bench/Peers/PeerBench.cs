namespace Flms.Bench.Peers;

/// <summary>What an engine costs on a workload, beside ours.</summary>
/// <param name="Workload">The workload.</param>
/// <param name="Engine">The engine, with its version if it is a peer that was built.</param>
/// <param name="Events">Events of one run; 0 if it could not run.</param>
/// <param name="NsPerEvent">CPU time for each event, in ns, the median of the repetitions; 0 if it could not
/// run.</param>
/// <param name="BytesPerEvent">Bytes allocated for each event; null if not known.</param>
/// <param name="Agrees">Are its counts the published ones, each time? Null where nothing is published.</param>
/// <param name="Missing">Why it could not run; null if it did.</param>
public sealed record PeerResult(string Workload, string Engine, long Events, double NsPerEvent, double? BytesPerEvent,
    bool? Agrees, string? Missing);

/// <summary>Runs the published workloads on our engine and on its peers, in turns.</summary>
/// <remarks>
/// <para><i>Method.</i> For each workload every engine has a repetition, in turns, so that whatever else the machine
/// does hits all alike. Time is CPU time: of this process for ours, and what a peer's program says of its own, from
/// when it begins to make its model to the end of the run; starting a process is not counted. Ours run for a
/// second before they are measured, because the runtime compiles while they run; peers are compiled, or have no
/// compiler.</para>
/// </remarks>
public static class PeerBench
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(1);

    /// <summary>Measures every engine on every workload.</summary>
    /// <param name="folder">Where eng/peers.sh puts the peers' programs.</param>
    /// <param name="quick">Fewer workloads, shorter runs, three repetitions instead of five.</param>
    /// <param name="progress">Told of each workload and repetition before it runs; null to tell nobody.</param>
    /// <param name="only">Only workloads whose name holds this; null for all.</param>
    public static IReadOnlyList<PeerResult> Run(
        string folder, bool quick, Action<string>? progress = null, string? only = null)
    {
        var results = new List<PeerResult>();
        foreach (var workload in PeerWorkload.All(quick, only))
            results.AddRange(Measure(workload, PeerEngine.All(folder), quick ? 3 : 5, progress));
        return results;
    }

    private static IEnumerable<PeerResult> Measure(PeerWorkload workload, IReadOnlyList<PeerEngine> engines,
        int repetitions, Action<string>? progress)
    {
        progress?.Invoke($"{workload.Name}, warming up");
        for (var e = 0; e < PeerEngine.Ours; e++) WarmUp(engines[e], workload);
        var runs = new List<PeerRun>[engines.Count];
        for (var e = 0; e < runs.Length; e++) runs[e] = [];
        for (var i = 0; i < repetitions; i++)
            for (var e = 0; e < runs.Length; e++)
            {
                progress?.Invoke($"{workload.Name}, {i + 1} of {repetitions}: {engines[e].Name}");
                if (engines[e].Missing == null && engines[e].Run(workload) is { } run) runs[e].Add(run);
            }
        for (var e = 0; e < runs.Length; e++)
            if (engines[e].Missing != null || runs[e].Count > 0) yield return Result(workload, engines[e], runs[e]);
    }

    // The runtime compiles anew, with what it has learned, what has run for a while; it needs pauses to do so.
    private static void WarmUp(PeerEngine engine, PeerWorkload workload)
    {
        var began = Environment.CpuUsage.TotalTime;
        while (Environment.CpuUsage.TotalTime - began < _warmUp && engine.Run(workload) != null) Thread.Sleep(20);
    }

    private static PeerResult Result(PeerWorkload workload, PeerEngine engine, List<PeerRun> runs)
    {
        if (engine.Missing != null) return new(workload.Name, engine.Name, 0, 0, null, null, engine.Missing);
        var times = runs.ConvertAll(r => r.Ns / r.Events);
        times.Sort();
        var bytes = runs[0].Bytes is null ? (double?)null
            : runs.Sum(r => r.Bytes!.Value / (double)r.Events) / runs.Count;
        bool? agrees = workload.Published == null ? null : runs.TrueForAll(r => r.Counts == workload.Published);
        return new(workload.Name, engine.Name, runs[0].Events, times[times.Count / 2], bytes, agrees, null);
    }
}
