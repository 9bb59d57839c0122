using Flms.Core;
using Flms.Sim;

namespace Flms.Schedulers.Tests;

/// <summary>Watches one pCPU, or the runs of vCPUs that stay on it: who ran from when to when.</summary>
internal sealed class Runs(int pcpu = 0) : IWatcher
{
    private Instant _since;
    private int _running = -1;

    /// <summary>Every run that has ended, in order; -1 for idle.</summary>
    public List<(int Vcpu, Instant From, Duration Ran)> Of { get; } = [];

    public void On(in HostEvent e)
    {
        if (e.Kind != HostEventKind.Switch || e.Pcpu.Index != pcpu) return;
        if (e.At > _since) Of.Add((_running, _since, e.At - _since));
        (_running, _since) = (e.Vcpu.Index, e.At);
    }

    /// <summary>What a vCPU ran within a window, in ns.</summary>
    public long Sum(int vcpu, long from, long length)
    {
        var sum = 0L;
        foreach (var run in Of)
            if (run.Vcpu == vcpu)
                sum += Math.Max(0, Math.Min(run.From.Ns + run.Ran.Ns, from + length) - Math.Max(run.From.Ns, from));
        return sum;
    }
}
