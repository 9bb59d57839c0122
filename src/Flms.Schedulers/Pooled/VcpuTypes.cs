using Flms.Core;

namespace Flms.Schedulers.Pooled;

/// <summary>What a vCPU does, as AQL tells vCPUs apart. In the order in which ties are decided.</summary>
public enum VcpuType : byte
{
    /// <summary>Serves devices: gets many events.</summary>
    IoInt,

    /// <summary>Waits for others by spinning.</summary>
    ConSpin,

    /// <summary>Runs through more memory than the last-level cache holds: a thrasher.</summary>
    Llco,

    /// <summary>Lives in the last-level cache.</summary>
    Llcf,

    /// <summary>Fits the small caches, or hardly touches memory.</summary>
    LoLcf,
}

/// <summary>AQL's recogniser: scores each type from a vCPU's counters, period by period, and takes the best of a
/// window.</summary>
/// <remarks>
/// spec/compared-systems.md 3.1. In each period a type scores 1 if its test holds, else 0; LoLcf scores if no other
/// does. At the window's end the type with the highest sum wins. Rates are per time that the vCPU ran, not per time of
/// the wall, so that a vCPU that waits much is not taken for another. One that did nothing in a whole window stays what
/// it was.
/// </remarks>
internal sealed class VcpuTypes
{
    private const int Types = (int)VcpuType.LoLcf + 1;
    private const long NsPerMs = 1_000_000;

    private readonly AqlOptions _options;
    private readonly ISchedHost _host;
    private readonly VcpuCounters[] _last;
    private readonly int[] _scores;     // Types numbers a vCPU
    private readonly VcpuType[] _types;

    public VcpuTypes(ISchedHost host, AqlOptions options)
    {
        _host = host;
        _options = options;
        _last = new VcpuCounters[host.VcpuCapacity];
        _types = new VcpuType[host.VcpuCapacity];
        _scores = new int[host.VcpuCapacity * Types];
        Array.Fill(_types, VcpuType.LoLcf);
    }

    /// <summary>The type as of the last window.</summary>
    public VcpuType Of(VcpuId v) => _types[v.Index];

    /// <summary>A vCPU was created: nothing is known of it.</summary>
    public void Begin(VcpuId v)
    {
        _types[v.Index] = VcpuType.LoLcf;
        _last[v.Index] = _host.Counters(v);
        Scores(v).Clear();
    }

    /// <summary>A period ends: scores what was counted in it.</summary>
    public void Sample(VcpuId v)
    {
        ref readonly var now = ref _host.Counters(v);
        ref var last = ref _last[v.Index];
        var ran = now.RunNs - last.RunNs;
        var events = now.IoEvents - last.IoEvents;
        if (ran > 0 || events > 0)
        {
            var spins = now.SpinExits - last.SpinExits;
            var references = now.LlcReferences - last.LlcReferences;
            var misses = now.LlcMisses - last.LlcMisses;
            var io = events > _options.IoEvents;
            var spin = spins * 1000 > _options.SpinExits * ran / NsPerMs;
            var thrashes = misses > _options.Misses * ran / NsPerMs;
            var caches = references > _options.References * ran / NsPerMs
                && misses < _options.MissRatio.Of(references);
            var scores = Scores(v);
            if (io) scores[(int)VcpuType.IoInt]++;
            if (spin) scores[(int)VcpuType.ConSpin]++;
            if (thrashes) scores[(int)VcpuType.Llco]++;
            if (caches) scores[(int)VcpuType.Llcf]++;
            if (!io && !spin && !thrashes && !caches) scores[(int)VcpuType.LoLcf]++;
        }
        last = now;
    }

    /// <summary>The window ends: the best type wins, the first of equals.</summary>
    public void Decide(VcpuId v)
    {
        var scores = Scores(v);
        var best = 0;
        for (var t = 1; t < Types; t++)
            if (scores[t] > scores[best]) best = t;
        if (scores[best] > 0) _types[v.Index] = (VcpuType)best;
        scores.Clear();
    }

    private Span<int> Scores(VcpuId v) => _scores.AsSpan(v.Index * Types, Types);
}
