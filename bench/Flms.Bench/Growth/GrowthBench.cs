using Flms.Core;
using Flms.Schedulers;

namespace Flms.Bench.Growth;

/// <summary>What a host of one size costs to simulate.</summary>
/// <param name="Scheduler">The policy, or <see cref="SpeedBench.BareLoopName"/> for none.</param>
/// <param name="Pcpus">The machine's pCPUs.</param>
/// <param name="Vcpus">vCPUs on it.</param>
/// <param name="NsPerEvent">CPU time for each event, in ns: the median of the repetitions.</param>
/// <param name="SimulatedPerSecond">Simulated seconds in each second of CPU time, likewise.</param>
/// <param name="Bytes">What the machine, its guests and the policy hold in memory.</param>
public sealed record GrowthResult(
    string Scheduler, int Pcpus, int Vcpus, double NsPerEvent, double SimulatedPerSecond, long Bytes);

/// <summary>How time and memory grow with the host, on <see cref="Mixed"/>.</summary>
/// <remarks>The cases of one size take turns, as in <see cref="SpeedBench"/>. Memory is what the garbage collector
/// finds alive after the machine is made, less what it found before; on large hosts EEVDF and CFS may need more as VMs
/// come to more pCPUs.</remarks>
public static class GrowthBench
{
    private const int WarmUpRuns = 60;

    /// <summary>The sizes: pCPUs and vCPUs.</summary>
    public static IReadOnlyList<(int Pcpus, int Vcpus)> Sizes { get; } =
        [(8, 32), (32, 256), (128, 1024), (512, 4096), (1024, 8192)];

    /// <summary>The policies that are measured unless others are named.</summary>
    public static IReadOnlyList<string> Schedulers { get; } = ["round-robin", "credit", "flms", "eevdf"];

    /// <summary>Measures every size.</summary>
    /// <param name="options">How thoroughly; without schedulers, those of <see cref="Schedulers"/>.</param>
    /// <param name="progress">Told of each size before it is measured; null to tell nobody.</param>
    /// <returns>Size by size, the bare loop first.</returns>
    public static IReadOnlyList<GrowthResult> Run(BenchOptions options, Action<string>? progress = null)
    {
        var schedulers = options.Schedulers ?? [.. Schedulers.Select(name => SchedulerCatalog.Find(name)!)];
        var results = new List<GrowthResult>();
        foreach (var (pcpus, vcpus) in Sizes)
        {
            progress?.Invoke($"{pcpus} pCPUs, {vcpus} vCPUs");
            results.AddRange(Measure(new(pcpus, vcpus), schedulers, options));
        }
        return results;
    }

    private static List<GrowthResult> Measure(Mixed mixed, IReadOnlyList<SchedulerEntry> schedulers,
        BenchOptions options)
    {
        var (cases, bytes) = (new List<BenchCase>(), new List<long>());
        Add(() => BenchCase.Of(mixed));
        foreach (var entry in schedulers)
            Add(() => BenchCase.Of(entry.Name, SpeedBench.MixedName, mixed.CreateMachine(entry)));
        var meters = cases.ConvertAll(c => new Meter(c, options.EventsEach, options.Longest));
        foreach (var meter in meters) meter.WarmUp(WarmUpRuns);
        for (var i = 0; i < options.Repetitions; i++)
            foreach (var meter in meters) meter.Repeat();
        var results = new List<GrowthResult>();
        for (var i = 0; i < meters.Count; i++)
            if (meters[i].HasResult)
                results.Add(new(cases[i].Scheduler, mixed.Pcpus, mixed.Vcpus, meters[i].Result().NsPerEvent,
                    meters[i].SimulatedPerSecond, bytes[i]));
        return results;

        void Add(Func<BenchCase> create)
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            cases.Add(create());
            bytes.Add(GC.GetTotalMemory(forceFullCollection: true) - before);
        }
    }
}
