using Flms.Core;

namespace Flms.Schedulers.Sedf;

/// <summary>Which pCPU each vCPU lives on, and what is reserved there (spec/xen.md 3.1).</summary>
/// <remarks>Used by the policy as vCPUs come, and by <see cref="SedfAdmission"/> ahead of a run, so that both put
/// everybody on the same pCPU.</remarks>
/// <param name="pcpus">How many pCPUs there are.</param>
/// <param name="options">The settings.</param>
internal sealed class SedfHomes(int pcpus, SedfOptions options)
{
    private struct Home
    {
        public long Reserved;   // ns of each weight period that slices claim
        public long Weights;
        public int Vcpus;
    }

    private static readonly SedfDomain Plain = new();

    private readonly SedfDomain _service = new() { Period = 20.Ms, Slice = options.ServiceSlice };
    private readonly Home[] _homes = new Home[pcpus];

    /// <summary>What a domain is given: its own parameters, or the defaults of its kind.</summary>
    public SedfDomain SettingsOf(ISchedHost host, VcpuId v) => host.ParametersOf<SedfDomain>(host[v].Domain)
        ?? (host[v].Kind == DomainKind.Service ? _service : Plain);

    /// <summary>The period that counts: best effort and weights have that of the weights.</summary>
    public Duration PeriodOf(SedfDomain settings) =>
        settings.IsBestEffort || settings.Weight > 0 ? options.WeightPeriod : settings.Period;

    /// <summary>Time that slices claim of each weight period on a pCPU.</summary>
    public Duration ReservedOn(PcpuId p) => new(_homes[p.Index].Reserved);

    /// <summary>The weights on a pCPU together.</summary>
    public long WeightsOn(PcpuId p) => _homes[p.Index].Weights;

    /// <summary>What a vCPU with these settings claims of each weight period.</summary>
    public Duration Claim(SedfDomain settings) => settings.Weight > 0 ? Duration.Zero
        : new((long)((Int128)options.WeightPeriod.Ns * settings.Slice.Ns / settings.Period.Ns));

    /// <summary>Chooses the pCPU.</summary>
    public PcpuId Choose(VcpuId v, in VcpuInfo info) => options.Placement switch
    {
        // The next allowed pCPU after (number modulo allowed) - 1: with gaps in the affinity not the one of that place.
        SedfPlacement.ByNumber => info.Affinity.Cycle(new(info.Number % info.Affinity.Count - 1)),
        SedfPlacement.Spread => PlaceOf(info.Affinity, v.Index % info.Affinity.Count),
        SedfPlacement.MostRoom => MostRoom(info.Affinity),
        _ => info.Affinity.First(),
    };

    /// <summary>A vCPU lives there from now on.</summary>
    public void Enter(PcpuId p, SedfDomain settings) => Count(p, settings, 1);

    /// <summary>A vCPU no longer lives there.</summary>
    public void Leave(PcpuId p, SedfDomain settings) => Count(p, settings, -1);

    /// <summary>The slice of a weight on that pCPU: its part of what slices and the safety margin leave.</summary>
    public Duration SliceOf(PcpuId p, int weight)
    {
        ref readonly var home = ref _homes[p.Index];
        var left = Math.Max(0, options.WeightPeriod.Ns - options.WeightSafety.Ns - home.Reserved);
        return new(weight * left / home.Weights);
    }

    private void Count(PcpuId p, SedfDomain settings, int sign)
    {
        ref var home = ref _homes[p.Index];
        home.Vcpus += sign;
        home.Weights += sign * settings.Weight;
        home.Reserved += sign * Claim(settings).Ns;
    }

    private static PcpuId PlaceOf(CpuMask allowed, int skip)
    {
        var p = allowed.First();
        for (; skip > 0; skip--) p = allowed.After(p);
        return p;
    }

    private PcpuId MostRoom(CpuMask allowed)
    {
        var best = allowed.First();
        for (var p = allowed.After(best); !p.IsNone; p = allowed.After(p))
        {
            ref readonly var a = ref _homes[p.Index];
            ref readonly var b = ref _homes[best.Index];
            if (a.Reserved < b.Reserved || (a.Reserved == b.Reserved && a.Vcpus < b.Vcpus)) best = p;
        }
        return best;
    }
}
