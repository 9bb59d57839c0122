using Flms.Core;

namespace Flms.Schedulers.Flms;

// Which group a vCPU belongs to, and what the groups are told of it.
public sealed partial class FlmsScheduler
{
    private Treatment ClassOf(VcpuId v)
    {
        ref readonly var info = ref Host[v];
        return info.Kind switch
        {
            DomainKind.Latency => Treatment.Latency,
            DomainKind.Compute => Treatment.Compute,
            // A mixed domain with one vCPU is all reserved (spec A22).
            DomainKind.Mixed => info.Siblings == 1 || info.Number < ReservedOf(info.Domain)
                ? Treatment.Latency : Treatment.Compute,
            DomainKind.Service => _options.Service,
            _ => _options.Unmarked,
        };
    }

    private int ReservedOf(DomainId d) => (Host.ParametersOf<FlmsDomain>(d) ?? DefaultDomain).Reserved;

    private static readonly FlmsDomain DefaultDomain = new();

    private CpuMask MaskOf(Treatment c) => c == Treatment.Latency ? _groups.ForIo : _groups.ForCpu;

    // May it run there without being a guest?
    private bool Belongs(VcpuId v, PcpuId p)
    {
        if (!_groups.Isolated) return true;
        ref readonly var s = ref _vcpus[v.Index];
        return s.Roams || s.Class == Treatment.Floating || MaskOf(s.Class).Contains(p);
    }

    private bool MayWaitOn(VcpuId v, PcpuId p) => Host[v].Affinity.Contains(p) && Belongs(v, p);

    // An operator's affinity counts more than the group: who has no pCPU in common with its group runs where it may.
    private bool MustRoam(VcpuId v) =>
        _groups.Isolated && _vcpus[v.Index].Class != Treatment.Floating
        && !Host[v].Affinity.Intersects(MaskOf(_vcpus[v.Index].Class));

    private void SetState(VcpuId v, State state, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Class != Treatment.Floating)
            _meter.Change(s.Class == Treatment.Latency, One(state, State.Running) - One(s.State, State.Running),
                One(state, State.Waiting) - One(s.State, State.Waiting), now);
        s.State = state;
    }

    private static int One(State a, State b) => a == b ? 1 : 0;

    private void Count(in Vcpu s, int n, Instant now)
    {
        if (s.State == State.Off || s.Class == Treatment.Floating) return;
        var running = s.State == State.Running;
        _meter.Change(s.Class == Treatment.Latency, running ? n : 0, running ? 0 : n, now);
    }

    private void Reclassify(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var c = ClassOf(v);
        if (c == s.Class) return;
        Count(s, -1, now);
        _bound[(int)s.Class]--;
        s.Class = c;
        _bound[(int)c]++;
        Count(s, +1, now);
        if (_options.RegroupAtOnce) Regroup();
    }
}
