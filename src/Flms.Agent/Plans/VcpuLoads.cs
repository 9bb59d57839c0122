using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Schedulers.Mechanisms;

namespace Flms.Agent.Plans;

/// <summary>How loaded each vCPU is, by the very object that the simulated FLMS counts it with (equations 5 to
/// 7).</summary>
/// <remarks>A sample is taken for the mean load period of its length, so that thresholds mean the same here as there: a
/// pCPU burns 10 credits a ms, whatever the length of the agent's period.</remarks>
/// <param name="options">FLMS's settings.</param>
public sealed class VcpuLoads(FlmsOptions options)
{
    private static readonly VcpuId Only = new(0);

    private sealed class Load(IoBoost boost)
    {
        public IoBoost Boost { get; } = boost;
        public long Last { get; set; } // credits of the last period
        public int Seen { get; set; }  // in which period
    }

    private readonly Dictionary<ThreadIdentity, Load> _loads = [];
    private int _period;

    /// <summary>A period ends.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="threads">What every thread did in it; only vCPUs are counted.</param>
    /// <param name="all">Of all of them; else of those that are latency-sensitive.</param>
    public void EndPeriod(Duration period, IReadOnlyList<PlanThread> threads, bool all)
    {
        if (period <= Duration.Zero) return;
        _period++;
        for (var i = 0; i < threads.Count; i++)
        {
            var t = threads[i];
            if (t.Role != ThreadRole.Vcpu || (!all && t.Treatment != Treatment.Latency)) continue;
            if (!_loads.TryGetValue(t.Thread, out var load))
            {
                _loads[t.Thread] = load = new(new(1,
                    new(options.History, options.Beta, options.Newcomer, options.BoostCountsDispatches)));
                load.Boost.Reset(Only);
            }
            load.Seen = _period;
            var ns = t.Run.Ns + (options.Load == LoadMeasure.Demand ? t.Wait.Ns : 0);
            load.Last = (long)((Int128)ns * options.LoadPeriod.Ns / period.Ns / CreditLedger.CreditNs);
            load.Boost.Burn(Only, load.Last);
            load.Boost.EndLoadPeriod();
            load.Boost.Renew(Only);
        }
        foreach (var (thread, load) in _loads)
            if (load.Seen != _period) _loads.Remove(thread);
    }

    /// <summary>historyLoad of a vCPU: credits a load period, with <see cref="IoBoost.HistoryBits"/> fraction bits; 0
    /// if it is not known.</summary>
    public long HistoryLoad(ThreadIdentity thread) =>
        _loads.TryGetValue(thread, out var load) ? load.Boost.HistoryLoad(Only) : 0;

    /// <summary>What the last period alone says of a vCPU's load, in the same unit.</summary>
    public long LastLoad(ThreadIdentity thread) =>
        _loads.TryGetValue(thread, out var load) ? load.Last << IoBoost.HistoryBits : 0;

    /// <summary>IO_Boost of a vCPU; smaller is more urgent. <see cref="IoBoost.One"/> if it is not known.</summary>
    public long IoBoostOf(ThreadIdentity thread) =>
        _loads.TryGetValue(thread, out var load) ? load.Boost.Of(Only) : IoBoost.One;
}
