using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Devices;

/// <summary>What the requests of a domain pass between its page cache and the disk.</summary>
internal abstract class BlockPath
{
    private readonly int _firstVcpu;

    protected BlockPath(Disk disk, BlockSetup setup, int firstVcpu, int vcpus)
    {
        (Disk, Setup, _firstVcpu) = (disk, setup, firstVcpu);
        InterruptVcpu = new(firstVcpu + setup.Vcpu);
        FrontEnd = new(this);
        Submitters = new Submitter[vcpus];
        for (var i = 0; i < vcpus; i++) Submitters[i] = new(this);
    }

    public Disk Disk { get; }

    public BlockSetup Setup { get; }

    public VcpuId InterruptVcpu { get; }

    /// <summary>The guest's completing side, on its interrupt vCPU.</summary>
    public DiskFrontEnd FrontEnd { get; }

    /// <summary>The guest's submitting side, one on each vCPU.</summary>
    public Submitter[] Submitters { get; }

    /// <summary>The guest asks for something on one of its vCPUs.</summary>
    public void Submit(VcpuId from, DiskRequest request, Instant now)
    {
        var vcpu = from.Index - _firstVcpu;
        Check.That((uint)vcpu < (uint)Submitters.Length);
        Submitters[vcpu].Send(request, now);
    }

    /// <summary>The disk is done with a request. Called in an alarm.</summary>
    public abstract void FromDisk(DiskRequest request, Instant now);

    /// <summary>What an interrupt takes in the guest, in ns.</summary>
    public abstract long InterruptCost();

    /// <summary>What submitting one request takes in the guest, in ns.</summary>
    public virtual long SubmitCost => Setup.Submit.Ns;

    /// <summary>The guest has handed over a request.</summary>
    public abstract void Push(DiskRequest request, Instant now);

    /// <summary>It has handed over all that it had; what telling the other side takes in ns, 0 if there is no need
    /// to.</summary>
    public virtual long TellCost(Instant now) => 0;

    /// <summary>The guest tells the other side.</summary>
    public virtual void Tell(Instant now) { }
}

/// <summary>The guest's submitting side on one vCPU.</summary>
internal sealed class Submitter(BlockPath path) : Batcher
{
    private RequestLine _waiting;
    private RequestLine _batch;

    public override Urgency Urgency => Urgency.Interrupt;

    public void Send(DiskRequest request, Instant now)
    {
        _waiting.Add(request);
        Signal(now);
    }

    protected override long BeginCost() => 0;

    protected override long TakeBatch()
    {
        if (_waiting.Count == 0) return -1;
        (_batch, _waiting) = (_waiting, default);
        return _batch.Count * path.SubmitCost;
    }

    protected override long BatchDone(Instant now)
    {
        while (_batch.Count > 0) path.Push(_batch.Take(), now);
        return path.TellCost(now);
    }

    protected override void Told(Instant now) => path.Tell(now);
}

/// <summary>The guest's completing side: an interrupt, then whatever is done.</summary>
internal sealed class DiskFrontEnd(BlockPath path) : Batcher
{
    private RequestLine _done;
    private RequestLine _batch;

    public override Urgency Urgency => Urgency.Interrupt;

    protected override bool IsDeviceEvent => true;

    public void Add(DiskRequest request) => _done.Add(request);

    protected override long BeginCost() => path.InterruptCost();

    protected override long TakeBatch()
    {
        if (_done.Count == 0) return -1;
        (_batch, _done) = (_done, default);
        return _batch.Count * path.Setup.Complete.Ns;
    }

    protected override long BatchDone(Instant now)
    {
        while (_batch.Count > 0)
        {
            var request = _batch.Take();
            request.Of.Done(request, now);
        }
        return 0;
    }
}

/// <summary>The controller belongs to the guest.</summary>
internal sealed class DirectBlockPath(Disk disk, BlockSetup setup, int firstVcpu, int vcpus)
    : BlockPath(disk, setup, firstVcpu, vcpus)
{
    public override void FromDisk(DiskRequest request, Instant now)
    {
        FrontEnd.Add(request);
        FrontEnd.Signal(now);
    }

    public override long InterruptCost() =>
        Setup.Interrupt.Ns + (Setup.Path == DiskPath.Native ? 0 : Setup.InterruptExits * Setup.Exit.Ns);

    public override void Push(DiskRequest request, Instant now) => Disk.Submit(request, now);
}

/// <summary>A driver domain stands between the guest and the disk.</summary>
internal sealed class RelayedBlockPath(Disk disk, BlockSetup setup, int firstVcpu, int vcpus, DriverDomain driver)
    : BlockPath(disk, setup, firstVcpu, vcpus), IBackEndWork
{
    private readonly bool _emulated = setup.Path == DiskPath.Emulated;
    private RequestLine _asked;
    private RequestLine _batch;
    private RequestLine _done;      // emulated: for the device model to tell
    private RequestLine _doneBatch;

    /// <summary>The thread that serves it.</summary>
    public BackEndThread Thread { get; set; } = null!;

    IBackEndWork? IBackEndWork.NextReady { get; set; }

    bool IBackEndWork.IsReady { get; set; }

    bool IBackEndWork.HasMore => _asked.Count + _done.Count > 0;

    public override long SubmitCost => Setup.Submit.Ns + (_emulated ? Setup.Accesses * Setup.Access.Ns : 0);

    /// <summary>What the driver domain's interrupt takes for each completion.</summary>
    public long DriverCost => _emulated ? 0 : Setup.BackEndComplete.Ns;

    public override void FromDisk(DiskRequest request, Instant now) => driver.Completer.Take(request, now);

    /// <summary>The driver domain has taken the completion; what telling the guest takes in ns.</summary>
    public void FromDriver(DiskRequest request, VcpuId at, Instant now)
    {
        if (!_emulated)
        {
            FrontEnd.Add(request);
            return;
        }
        _done.Add(request);
        Thread.Serve(this, at, now);
    }

    /// <summary>What telling the guest takes in ns; 0 if there is no need to.</summary>
    public long TellGuestCost(Instant now)
    {
        if (FrontEnd.IsActive)
        {
            FrontEnd.CountSuppressed();
            return 0;
        }
        if (Setup.Notify.Ns > 0) return Setup.Notify.Ns;
        FrontEnd.SignalFromAfar(now);
        return 0;
    }

    public override long InterruptCost() =>
        Setup.Interrupt.Ns + (_emulated ? Setup.InterruptExits * Setup.Exit.Ns : 0);

    public override void Push(DiskRequest request, Instant now) => _asked.Add(request);

    public override long TellCost(Instant now)
    {
        if (!Thread.Enlist(this)) return 0;
        if (Thread.IsActive)
        {
            Thread.CountSuppressed();
            return 0;
        }
        if (!_emulated && Setup.Notify.Ns > 0) return Setup.Notify.Ns;
        Thread.SignalFromAfar(now);
        return 0;
    }

    public override void Tell(Instant now) => Thread.SignalFromAfar(now);

    long IBackEndWork.TakeBatch(int budget)
    {
        if (_asked.Count + _done.Count == 0) return -1;
        var cost = _done.Count * Setup.DeviceModel.Ns;
        (_doneBatch, _done) = (_done, default);
        while (_asked.Count > 0 && _batch.Count < budget)
        {
            var request = _asked.Take();
            cost += _emulated ? Setup.DeviceModel.Ns
                : Setup.BackEnd.Ns + InterfaceSetup.Copy(request.Bytes, Setup.Map);
            _batch.Add(request);
        }
        return cost;
    }

    long IBackEndWork.BatchDone(Instant now)
    {
        while (_batch.Count > 0) Disk.Submit(_batch.Take(), now);
        if (_doneBatch.Count == 0) return 0;
        while (_doneBatch.Count > 0) FrontEnd.Add(_doneBatch.Take());
        return TellGuestCost(now);
    }

    void IBackEndWork.Told(Instant now) => FrontEnd.SignalFromAfar(now);
}

/// <summary>The driver domain's side of the disk: its interrupt, and the completions that it brings, those of one
/// domain at a time.</summary>
internal sealed class Completer(DriverDomain driver) : Batcher
{
    private RequestLine _done;
    private RequestLine _batch;
    private RelayedBlockPath? _of;

    public override Urgency Urgency => Urgency.Interrupt;

    protected override bool IsDeviceEvent => true;

    public void Take(DiskRequest request, Instant now)
    {
        _done.Add(request);
        Signal(now);
    }

    protected override long BeginCost() => driver.Setup.Interrupt.Ns;

    protected override long TakeBatch()
    {
        if (_done.Count == 0) return -1;
        _of = (RelayedBlockPath)_done.First!.Of.Path;
        while (_done.First?.Of.Path == _of) _batch.Add(_done.Take());
        return _batch.Count * _of.DriverCost;
    }

    protected override long BatchDone(Instant now)
    {
        while (_batch.Count > 0) _of!.FromDriver(_batch.Take(), Vcpu, now);
        return _of!.Setup.Path == DiskPath.Emulated ? 0 : _of.TellGuestCost(now);
    }

    protected override void Told(Instant now) => _of!.FrontEnd.SignalFromAfar(now);
}
