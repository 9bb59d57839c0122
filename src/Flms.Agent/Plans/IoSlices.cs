using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>Who comes first on the short-slice pCPUs: of the vCPUs that sleep between short pieces of work those with
/// the heavier I/O, by IO_Boost (equations 5 to 7) as in the simulated FLMS. A kernel has no order but who has the
/// shorter slice has the earlier deadline, so the more urgent has the shorter slice.</summary>
/// <remarks>IO_Boost is held against that of the most urgent of them: four times as much is a step more, of at most
/// three; all are shorter than the slice of those who compute as well. A step is left when IO_Boost is half of its
/// bound, and any change waits for three periods in a row that want it, so that nothing is written every
/// period.</remarks>
/// <param name="rules">The slices.</param>
public sealed class IoSlices(PlanRules rules)
{
    private const int Steps = 4;
    private const int Patience = 3; // periods in a row

    private sealed class Place
    {
        public int Step;
        public int Wanted;
        public int InRow;
        public int Seen; // in which period
    }

    private readonly Dictionary<ThreadIdentity, Place> _places = [];
    private int _period;

    /// <summary>A period ends.</summary>
    /// <param name="threads">What every thread did in it.</param>
    /// <param name="loads">How loaded vCPUs are.</param>
    public void EndPeriod(IReadOnlyList<PlanThread> threads, VcpuLoads loads)
    {
        if (!rules.IoOrder) return;
        _period++;
        var least = long.MaxValue;
        for (var i = 0; i < threads.Count; i++)
            if (Counts(threads[i])) least = Math.Min(least, Math.Max(1, loads.IoBoostOf(threads[i].Thread)));
        for (var i = 0; i < threads.Count; i++)
        {
            if (!Counts(threads[i])) continue;
            var id = threads[i].Thread;
            if (!_places.TryGetValue(id, out var place)) _places[id] = place = new();
            place.Seen = _period;
            Decide(place, loads.IoBoostOf(id) / least);
        }
        foreach (var (id, place) in _places)
            if (place.Seen != _period) _places.Remove(id);
    }

    /// <summary>The slice of a vCPU that sleeps between short pieces of work.</summary>
    public Duration Of(ThreadIdentity thread)
    {
        var room = rules.SpSlice - rules.SleeperSlice;
        if (room <= Duration.Zero || !_places.TryGetValue(thread, out var place)) return rules.SleeperSlice;
        return rules.SleeperSlice + new Duration(room.Ns * place.Step / Steps);
    }

    private static bool Counts(PlanThread t) =>
        t is { IsFreeVcpu: true, Treatment: Treatment.Latency, Sleeper: true };

    // Step n begins at 4^n.
    private static void Decide(Place place, long times)
    {
        var wanted = place.Step;
        while (wanted < Steps - 1 && times >= 1L << 2 * (wanted + 1)) wanted++;
        while (wanted > 0 && 2 * times < 1L << 2 * wanted) wanted--;
        place.InRow = wanted == place.Wanted ? place.InRow + 1 : 1;
        place.Wanted = wanted;
        if (place.InRow >= Patience) place.Step = wanted;
    }
}
