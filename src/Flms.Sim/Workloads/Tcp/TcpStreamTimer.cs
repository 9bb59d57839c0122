using Flms.Core;

namespace Flms.Sim.Workloads.Tcp;

/// <summary>The timer of a stream's end in a guest: fires on its vCPU, when that has a pCPU.</summary>
internal sealed class TcpStreamTimer(TcpStreamSetup setup) : Workload
{
    private ITcpTimed _end = null!;
    private bool _armed;

    public override Urgency Urgency => Urgency.SoftInterrupt;

    /// <summary>Finds the timer of an end among the workloads that were made with it.</summary>
    public static TcpStreamTimer Of(ITcpTimed end, IReadOnlyList<Workload> group)
    {
        foreach (var w in group)
        {
            if (w is not TcpStreamTimer timer) continue;
            timer._end = end;
            return timer;
        }
        throw new InvalidOperationException("a stream without its timer");
    }

    /// <summary>The end has a deadline now, or still has one. An armed timer is not moved: it finds out when it
    /// fires.</summary>
    public void Arm()
    {
        var at = _armed ? Instant.Never : _end.Deadline;
        if (at == Instant.Never) return;
        _armed = true;
        AlarmAt(at);
    }

    protected internal override void Start(Instant now) { }

    protected internal override void AlarmFired(Instant now)
    {
        _armed = false;
        if (_end.Deadline > now) Arm();
        else Want(setup.Work);
    }

    protected internal override void WorkDone(Instant now)
    {
        if (_end.Deadline <= now) _end.TimedOut(Vcpu, now);
        Arm();
    }
}
