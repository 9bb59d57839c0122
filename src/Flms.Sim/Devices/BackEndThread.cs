using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>What a back-end thread works for: an interface or a disk of another domain.</summary>
internal interface IBackEndWork
{
    /// <summary>The next of those that wait for the same thread.</summary>
    IBackEndWork? NextReady { get; set; }

    /// <summary>Is it among those that wait?</summary>
    bool IsReady { get; set; }

    /// <summary>Is there anything to do for it now?</summary>
    bool HasMore { get; }

    /// <summary>Takes what there is, up to a budget; what it costs in ns, or -1 if there is nothing.</summary>
    long TakeBatch(int budget);

    /// <summary>The batch is done; what telling the guest takes in ns, 0 if it need not be told.</summary>
    long BatchDone(Instant now);

    /// <summary>The guest is told now.</summary>
    void Told(Instant now);
}

/// <summary>A kernel thread of a driver domain that serves the interfaces and disks of others, one batch of one of
/// them at a time, in the order in which they came to need it.</summary>
internal sealed class BackEndThread(DriverDomain driver, int number) : Batcher
{
    private IBackEndWork? _first;
    private IBackEndWork? _last;
    private IBackEndWork? _serving;

    /// <summary>Its vCPU's number within the driver domain.</summary>
    public int OnVcpu { get; } = number % driver.Vcpus;

    /// <summary>There is something to do for that one: as <see cref="Enlist"/>, and wakes the thread.</summary>
    /// <param name="work">For whom.</param>
    /// <param name="at">The vCPU whose work has found it; None for another domain's.</param>
    /// <param name="now">The time.</param>
    public void Serve(IBackEndWork work, VcpuId at, Instant now)
    {
        if (!Enlist(work)) return;
        if (at == Vcpu) Signal(now);
        else SignalFromAfar(now);
    }

    /// <summary>There is something to do for that one: puts it in line; whether the thread exists.</summary>
    public bool Enlist(IBackEndWork work)
    {
        if (!IsPresent) return false;
        if (work.IsReady || work == _serving) return true;
        work.IsReady = true;
        work.NextReady = null;
        if (_last == null) _first = work;
        else _last.NextReady = work;
        _last = work;
        return true;
    }

    protected override long BeginCost() => driver.Setup.ThreadWake.Ns;

    protected override long TakeBatch()
    {
        if (_serving is { HasMore: true } again)
        {
            _serving = null;
            Enlist(again);
        }
        _serving = null;
        while (_first is { } work)
        {
            _first = work.NextReady;
            if (_first == null) _last = null;
            work.IsReady = false;
            var cost = work.TakeBatch(driver.Setup.PollBudget);
            if (cost < 0) continue;
            _serving = work;
            return cost;
        }
        return -1;
    }

    protected override long BatchDone(Instant now) => _serving!.BatchDone(now);

    protected override void Told(Instant now) => _serving!.Told(now);
}
