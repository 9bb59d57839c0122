using Flms.Core;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>Makes replications of a recording, in which nothing is random.</summary>
/// <remarks>
/// That the VMs' demands met each other just as they did is chance: another day the web server's request comes a bit
/// sooner than the neighbour's job. So in each replication but the first the demand of each VM is shifted in time by an
/// amount of its own, around the end to the beginning. All threads of a VM shift alike, as they belong together. A
/// thread that computes without end stays as it is: it is there all the time anyway.
/// </remarks>
internal static class Shifts
{
    private const int Purpose = 71;

    /// <summary>The machine of a replication.</summary>
    /// <param name="machine">As recorded.</param>
    /// <param name="length">How long the recording is.</param>
    /// <param name="replication">0 for as recorded.</param>
    public static MachineSetup Of(MachineSetup machine, Duration length, int replication)
    {
        if (replication == 0) return machine;
        return machine with
        {
            Seed = (ulong)replication + 1,
            Domains =
            [
                .. machine.Domains.Select((domain, d) =>
                {
                    var by = RandomStream.For((ulong)replication, Purpose, d).Uniform(Duration.Zero, length);
                    return domain with { Workloads = [.. domain.Workloads.Select(w => Shifted(w, by, length))] };
                }),
            ],
        };
    }

    private static WorkloadSetup Shifted(WorkloadSetup workload, Duration by, Duration length)
    {
        if (workload is not ReplaySetup replay || replay.Bursts.IsEmpty) return workload;
        var bursts = replay.Bursts.Span;
        if (bursts[^1].Work == Duration.Forever) return workload;
        var shifted = new Burst[bursts.Length];
        // Those that go around the end come first; both parts are in order already.
        var around = 0;
        while (around < bursts.Length && (bursts[around].Wake - Instant.Zero + by) < length) around++;
        for (var i = 0; i < bursts.Length; i++)
        {
            var burst = bursts[(around + i) % bursts.Length];
            var wake = burst.Wake + by;
            shifted[i] = burst with { Wake = wake - Instant.Zero < length ? wake : new(wake.Ns - length.Ns) };
        }
        return replay with { Bursts = shifted };
    }
}
