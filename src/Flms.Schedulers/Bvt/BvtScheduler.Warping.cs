using Flms.Core;

namespace Flms.Schedulers.Bvt;

// Warps: who may run ahead of its turn, for how long at a time, and how often.
public sealed partial class BvtScheduler
{
    private struct Warp
    {
        public bool On;
        public bool Allowed;
    }

    private readonly Warp[] _warps;     // of each domain, or of each vCPU

    private int WarpOf(VcpuId v) => _options.WarpScope == BvtWarpScope.Domain ? _vcpus[v.Index].Domain : v.Index;

    private int WarpTimer(int warp) => _pcpus.Length + 2 * warp;

    private void StartWarpTimer(VcpuId v, Instant now)
    {
        var warp = WarpOf(v);
        var limit = _domains[_vcpus[v.Index].Domain].Settings.WarpLimit;
        if (_warps[warp].On && limit > Duration.Zero) Host.Arm(WarpTimer(warp), now + limit);
    }

    private void StopWarpTimer(VcpuId v)
    {
        if (_warps[WarpOf(v)].Allowed) Host.Arm(WarpTimer(WarpOf(v)), Instant.Never);
    }

    private void EndWarp(int warp, Instant now)
    {
        _warps[warp].On = false;
        var unwarp = SettingsOfWarp(warp).Unwarp;
        if (unwarp == Duration.Zero) _warps[warp].Allowed = false;
        else Host.Arm(WarpTimer(warp) + 1, now + unwarp);
        Reconsider(warp, now);
    }

    private void BeginWarp(int warp, Instant now)
    {
        if (!_warps[warp].Allowed) return;
        _warps[warp].On = true;
        Reconsider(warp, now);
    }

    private BvtDomain SettingsOfWarp(int warp) =>
        _domains[_options.WarpScope == BvtWarpScope.Domain ? warp : _vcpus[warp].Domain].Settings;

    // The pCPUs of all whom it concerns ask anew.
    private void Reconsider(int warp, Instant now)
    {
        if (_options.WarpScope == BvtWarpScope.Vcpu)
        {
            if (Host[new(warp)].Present) Reconsider(new VcpuId(warp), now);
            return;
        }
        for (var v = _members.Head(warp); v >= 0; v = _members.After(v)) Reconsider(new VcpuId(v), now);
    }

    private void Reconsider(VcpuId v, Instant now)
    {
        if (!Host[v].Runnable) return;
        ref readonly var s = ref _vcpus[v.Index];
        var runs = _pcpus[s.Pcpu.Index].Current == v;
        if (!runs && !_options.QueuedKeepEffective)
        {
            ComputeEffective(v);
            if (_shared)
            {
                RemoveShared(v);
                AddShared(v);
                FindPcpuFor(v, now);
                return;
            }
        }
        Host.Kick(s.Pcpu);
    }
}
