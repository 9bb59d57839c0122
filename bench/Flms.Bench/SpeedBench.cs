using Flms.Core;
using Flms.Schedulers;
using Flms.Traces;

namespace Flms.Bench;

/// <summary>How thoroughly to measure.</summary>
/// <param name="Quick">A tenth of the events and fewer repetitions: a minute instead of several.</param>
/// <param name="Schedulers">The policies to measure on <see cref="Mixed"/>, beside the bare loop; null for all of them,
/// and the other workloads.</param>
public sealed record BenchOptions(bool Quick = false, IReadOnlyList<SchedulerEntry>? Schedulers = null)
{
    /// <summary>Only see that every case runs and allocates nothing; the times then say little. Default: no.</summary>
    public bool Glance { get; init; }

    internal long EventsEach => Glance ? 20_000 : Quick ? 200_000 : 2_000_000;

    internal int Repetitions => Glance ? 1 : Quick ? 5 : 9;

    internal TimeSpan Longest => TimeSpan.FromSeconds(Glance ? 0.02 : Quick ? 0.1 : 1);
}

/// <summary>What one case costs.</summary>
/// <param name="Scheduler">The policy, or <c>bare-loop</c> for none.</param>
/// <param name="Workload"><c>mixed</c>, <c>vrr</c>, <c>vrr-traced</c> or <c>pedf</c>.</param>
/// <param name="Pcpus">The machine's pCPUs.</param>
/// <param name="Vcpus">vCPUs on it.</param>
/// <param name="Events">Events measured, over all repetitions.</param>
/// <param name="NsPerEvent">CPU time of the process for each event, in ns: the median of the repetitions.</param>
/// <param name="BytesPerEvent">Bytes allocated for each event, over all repetitions.</param>
public sealed record BenchResult(
    string Scheduler, string Workload, int Pcpus, int Vcpus, long Events, double NsPerEvent, double BytesPerEvent);

/// <summary>Measures what a simulated event costs, in CPU time and allocated bytes.</summary>
/// <remarks>
/// <para><i>Method.</i> The cases of one size form a group. Each is warmed up until the compiler has had its say; then
/// they take turns, a repetition each, so that whatever else the machine does hits all of them alike. Time is the CPU
/// time of the process; a case's figure is the median of its repetitions.</para>
/// <para>A case in which nothing happens has no result: under null, hogs own all of 8 pCPUs for good.</para>
/// </remarks>
public static class SpeedBench
{
    /// <summary>Stands for a policy where there is none.</summary>
    public const string BareLoopName = "bare-loop";

    /// <summary>The workload <see cref="Mixed"/>.</summary>
    public const string MixedName = "mixed";

    // The runtime compiles a method anew, with what it has learned, after 30 calls and a tenth of a second.
    private const int WarmUpRuns = 60;

    /// <summary>Measures every case.</summary>
    /// <param name="options">How thoroughly.</param>
    /// <param name="progress">Told of each group before it is measured; null to tell nobody.</param>
    /// <returns>The results, group by group.</returns>
    public static IReadOnlyList<BenchResult> Run(BenchOptions options, Action<string>? progress = null)
    {
        var results = new List<BenchResult>();
        foreach (var (name, create) in Groups(options.Schedulers))
        {
            progress?.Invoke(name);
            results.AddRange(Measure(create(), options));
        }
        return results;
    }

    private static IEnumerable<(string Name, Func<List<BenchCase>> Create)> Groups(
        IReadOnlyList<SchedulerEntry>? schedulers)
    {
        foreach (var mixed in new Mixed[] { new(8, 32), new(64, 512), new(1024, 8192) })
            yield return ($"mixed, {mixed.Pcpus} pCPUs, {mixed.Vcpus} vCPUs",
                () => MixedCases(mixed, schedulers ?? SchedulerCatalog.All));
        if (schedulers != null) yield break;
        foreach (var (pcpus, perPcpu) in new[] { (4, 4), (128, 16) })
            yield return ($"vrr, {pcpus} pCPUs, {pcpus * perPcpu} vCPUs", () => VrrCases(pcpus, perPcpu));
        yield return ("pedf, 4 pCPUs, 16 vCPUs",
            () => [BenchCase.Of("edf", "pedf", new Pedf(4, EndOfTime).CreateMachine())]);
    }

    private static Instant EndOfTime => Sim.EventQueue.Horizon;

    private static List<BenchCase> MixedCases(Mixed mixed, IReadOnlyList<SchedulerEntry> schedulers)
    {
        var cases = new List<BenchCase> { BenchCase.Of(mixed) };
        foreach (var entry in schedulers)
            cases.Add(BenchCase.Of(entry.Name, MixedName, mixed.CreateMachine(entry)));
        return cases;
    }

    private static List<BenchCase> VrrCases(int pcpus, int perPcpu)
    {
        var vrr = new Vrr(VrrMode.Part, pcpus, perPcpu, 1000, EndOfTime.Ns / 1000);
        var traced = vrr.CreateMachine();
        var log = new EventLogWriter(Stream.Null, traced.Setup, everything: true);
        return
        [
            BenchCase.Of("round-robin", "vrr", vrr.CreateMachine()),
            BenchCase.Of("round-robin", "vrr-traced", traced, log),
        ];
    }

    private static IEnumerable<BenchResult> Measure(List<BenchCase> cases, BenchOptions options)
    {
        var meters = cases.ConvertAll(c => new Meter(c, options.EventsEach, options.Longest));
        foreach (var meter in meters) meter.WarmUp(WarmUpRuns);
        for (var i = 0; i < options.Repetitions; i++)
            foreach (var meter in meters) meter.Repeat();
        return meters.FindAll(m => m.HasResult).ConvertAll(m => m.Result());
    }
}
