using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>What a vCPU is doing, as a chart shows it.</summary>
public enum VcpuActivity : byte
{
    /// <summary>Wants nothing, is paused, or does not exist.</summary>
    Asleep,

    /// <summary>Runnable, and waits for a pCPU.</summary>
    Waiting,

    /// <summary>Runnable, and kept off the queues by the policy.</summary>
    Parked,

    /// <summary>Runs on a pCPU.</summary>
    Running,
}

/// <summary>Follows what every vCPU does from the events of a host, and tells each stretch of time once.</summary>
public abstract class StateWatcher : IWatcher
{
    private struct State
    {
        public VcpuActivity Is;
        public bool Parked;
        public int Pcpu;
        public long Since;
    }

    private readonly State[] _vcpus;

    /// <summary>Everybody sleeps.</summary>
    /// <param name="vcpus">vCPUs are 0 to this less one.</param>
    protected StateWatcher(int vcpus)
    {
        _vcpus = new State[vcpus];
        for (var v = 0; v < vcpus; v++) _vcpus[v].Pcpu = -1;
    }

    /// <summary>How many vCPUs are followed.</summary>
    public int Vcpus => _vcpus.Length;

    /// <inheritdoc />
    public void On(in HostEvent e)
    {
        switch (e.Kind)
        {
            case HostEventKind.Wake:
                Turn(e.Vcpu.Index, VcpuActivity.Waiting, -1, e.At.Ns);
                break;
            case HostEventKind.Block:
                Turn(e.Vcpu.Index, VcpuActivity.Asleep, -1, e.At.Ns);
                break;
            case HostEventKind.Switch:
                if (!e.Other.IsNone && _vcpus[e.Other.Index].Is == VcpuActivity.Running)
                    Turn(e.Other.Index, VcpuActivity.Waiting, -1, e.At.Ns);
                if (!e.Vcpu.IsNone) Turn(e.Vcpu.Index, VcpuActivity.Running, e.Pcpu.Index, e.At.Ns);
                break;
            case HostEventKind.Note when e.Note is Note.Park or Note.Unpark:
                Park(e.Vcpu.Index, e.Note == Note.Park, e.At.Ns);
                break;
        }
        Happened(e);
    }

    /// <summary>The run ends: tells what is still open.</summary>
    /// <param name="at">When.</param>
    public void End(Instant at)
    {
        for (var v = 0; v < _vcpus.Length; v++) Turn(v, _vcpus[v].Is, _vcpus[v].Pcpu, at.Ns);
    }

    /// <summary>A vCPU did one thing for a stretch of time above zero.</summary>
    /// <param name="v">Which vCPU.</param>
    /// <param name="activity">What it did.</param>
    /// <param name="p">Where, if it ran.</param>
    /// <param name="from">From when.</param>
    /// <param name="to">Until when.</param>
    protected abstract void Spent(VcpuId v, VcpuActivity activity, PcpuId p, Instant from, Instant to);

    /// <summary>An event, after its effect on the vCPUs has been told.</summary>
    protected virtual void Happened(in HostEvent e) { }

    private void Park(int v, bool park, long at)
    {
        ref var s = ref _vcpus[v];
        s.Parked = park;
        if (s.Is is VcpuActivity.Waiting or VcpuActivity.Parked) Turn(v, VcpuActivity.Waiting, -1, at);
    }

    private void Turn(int v, VcpuActivity to, int pcpu, long at)
    {
        ref var s = ref _vcpus[v];
        if (at > s.Since) Spent(new(v), s.Is, new(s.Pcpu), new(s.Since), new(at));
        s.Since = at;
        s.Is = to == VcpuActivity.Waiting && s.Parked ? VcpuActivity.Parked : to;
        s.Pcpu = pcpu;
    }
}
