using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>Work that waits for a signal, and then goes on batch by batch until nothing is left.</summary>
/// <remarks>
/// So works whatever stands between a device and a guest: an interrupt with the polling that follows it, a back-end
/// thread, a device model. While it is at work it hears no signals, for it will see by itself what has come: that is
/// how interrupts are masked and notifications suppressed under load. What a batch takes is decided when its vCPU
/// runs, not when the first signal came.
/// </remarks>
internal abstract class Batcher : Workload
{
    private enum Phase : byte { Idle, Beginning, Working, Telling }

    private Phase _phase;
    private bool _signalled;

    /// <summary>Is it at work, or will it be as soon as its vCPU runs?</summary>
    public bool IsActive => _phase != Phase.Idle || _signalled;

    /// <summary>How often it was woken.</summary>
    public long Signals { get; private set; }

    /// <summary>How often it was not, because it was at work or signalled already.</summary>
    public long Suppressed { get; private set; }

    /// <summary>Does its domain exist?</summary>
    public bool IsPresent => Machine![Vcpu].Present;

    /// <summary>Does its vCPU run at this moment?</summary>
    public bool IsOnPcpu => Machine!.IsRunning(Vcpu);

    /// <summary>Is a signal an event of a device, to be told to the policy?</summary>
    protected virtual bool IsDeviceEvent => false;

    /// <summary>Something has come: it begins to work unless it does. Called in an alarm, or by work of its own
    /// vCPU.</summary>
    public void Signal(Instant now)
    {
        if (_phase != Phase.Idle)
        {
            Suppressed++;
            return;
        }
        if (!IsPresent) return;
        Signals++;
        _phase = Phase.Beginning;
        if (IsDeviceEvent) DeviceEvent();
        var cost = BeginCost();
        if (cost > 0) Want(new(cost));
        else Next(now);
    }

    /// <summary>The same, by work of another vCPU: all that is done at this instant is told before anybody wakes (law
    /// H3).</summary>
    public void SignalFromAfar(Instant now)
    {
        if (IsActive)
        {
            Suppressed++;
            return;
        }
        _signalled = true;
        AlarmAt(now);
    }

    /// <summary>There was something to tell, and no need to.</summary>
    public void CountSuppressed() => Suppressed++;

    /// <summary>What the signal itself takes, in ns.</summary>
    protected abstract long BeginCost();

    /// <summary>Takes the next batch; what it costs in ns, or -1 if there is nothing to do.</summary>
    protected abstract long TakeBatch();

    /// <summary>The batch is done; what it takes to tell others so in ns, 0 if nobody needs to be told.</summary>
    protected abstract long BatchDone(Instant now);

    /// <summary>Those who had to be told are told now.</summary>
    protected virtual void Told(Instant now) { }

    protected internal override void Start(Instant now) { }

    protected internal override void AlarmFired(Instant now)
    {
        _signalled = false;
        Signal(now);
    }

    protected internal override void WorkDone(Instant now) => Next(now);

    protected internal override void ResetSamples() => (Signals, Suppressed) = (0, 0);

    private void Next(Instant now)
    {
        while (true)
        {
            long cost;
            switch (_phase)
            {
                case Phase.Working:
                    cost = BatchDone(now);
                    _phase = Phase.Telling;
                    if (cost == 0) _phase = Phase.Beginning;
                    break;
                case Phase.Telling:
                    Told(now);
                    _phase = Phase.Beginning;
                    continue;
                default:
                    cost = TakeBatch();
                    _phase = cost < 0 ? Phase.Idle : Phase.Working;
                    if (cost < 0) return;
                    break;
            }
            if (cost <= 0) continue;
            Want(new(cost));
            return;
        }
    }
}
