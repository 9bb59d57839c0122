using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.TaskAware;

/// <summary>Credit that boosts a vCPU for the I/O-bound tasks within it, and only while they run.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.10). A VM that also computes is never asleep, so
/// nothing boosts it when a request comes. This one looks inside: it sees which of its tasks a guest runs, and learns
/// by their run times which are I/O-bound. An event for such a task boosts the vCPU even if it waits already, and even
/// if it is OVER. As soon as the guest goes over to a task that is not I/O-bound, the boost is taken back and the vCPU
/// gives way. It goes back to where it stood in its queue, and credit is charged as ever, so shares stay.</para>
/// <para><i>Belief.</i> A task that gives way after a short run gains a step; one that has used up a long run, in one
/// piece or several, loses two. An interrupt does not end a task's run.</para>
/// <para><i>Inferred.</i> The paper's abstract says what, not how: all numbers, that a task gives way when the guest
/// goes over to another, and that who consumes an event has the event's number (the host says so). A plain wake-up is
/// boosted by Credit's rule.</para>
/// <para><i>Rejected.</i> Letting the rate limit shield a vCPU whose boost is taken back: it would give its hog a
/// millisecond for each request. <i>Not modelled.</i> The exits that seeing guest switches costs.</para>
/// </remarks>
public sealed class TaskAwareScheduler : CreditScheduler
{
    private const int MostBelief = 7;

    private struct Vcpu
    {
        public Instant Since;       // of the run by which the task below is charged
        public Duration Left;       // of the partial boost
        public int Task;            // what its guest runs, interrupts aside; -1 for nothing
        public int Serves;          // the task of the interrupt that it serves now; -1 for none
        public Pri Before;          // its standing before the partial boost
        public VcpuId Ahead;        // who stood ahead of it in the queue then
        public bool Queued;         // did it stand in the queue then?
        public bool Running;
        public bool Partial;        // boosted for an I/O-bound task
        public bool Awaited;        // an event for an I/O-bound task is about to wake it
        public bool TakenBack;      // gives way at once, whatever the rate limit says
    }

    private struct GuestTask
    {
        public Duration Used;       // since it last changed its belief
        public int Belief;
    }

    private readonly TaskAwareOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly GuestTask[] _tasks;    // of each domain
    private VcpuId _returns = VcpuId.None;  // is about to be queued again where it stood

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public TaskAwareScheduler(ISchedHost host, TaskAwareOptions options) : base(host, options)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _tasks = new GuestTask[host.DomainCapacity * options.Tasks];
    }

    /// <inheritdoc />
    public override bool WatchesGuests => true;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Task = -1, Serves = -1 };
        base.VcpuAdded(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        // Who runs serves it at once.
        if (s.Running || !IsIoBound(v, source)) return;
        if (!IsQueued(v))
        {
            s.Awaited = true;
            return;
        }
        if (Ledger.PriOf(v) == Pri.Boost) return;
        BoostPartially(v);
        s.Queued = true;
        s.Ahead = AheadOf(v);
        Host.Trace(Note.Boost, v, ProcessorOf(v));
        Requeue(v);
    }

    /// <inheritdoc />
    public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Charge(v, ref s, now);
        if (s.Serves >= 0) GaveWay(v, s.Serves);
        s.Serves = context == GuestContext.Interrupt ? task : -1;
        if (context == GuestContext.Interrupt) return;
        if (s.Task >= 0 && s.Task != task) GaveWay(v, s.Task);
        s.Task = task;
        if (s.Partial && context != GuestContext.Idle && !IsIoBound(v, task)) TakeBack(v, ref s);
    }

    /// <inheritdoc />
    protected override bool IsBoosted(VcpuId v, bool bySettings, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var awaited = s.Awaited;
        s.Awaited = false;
        if (!awaited || Ledger.PriOf(v) == Pri.Boost) return base.IsBoosted(v, bySettings, now);
        BoostPartially(v);
        return true;
    }

    /// <inheritdoc />
    protected override Duration SliceOf(PcpuId p, VcpuId next, Instant now)
    {
        ref var s = ref _vcpus[next.Index];
        s.Since = now;
        s.Running = true;
        return s.Partial ? Duration.Min(Tslice, s.Left) : Tslice;
    }

    /// <inheritdoc />
    protected override void RunEnded(PcpuId p, VcpuId v, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Charge(v, ref s, now);
        s.Running = false;
        s.TakenBack = false;
        if (s.Partial && (left == Left.Blocked || s.Left <= Duration.Zero)) EndPartial(v, ref s);
        if (s.Partial) return;
        if (s.Queued && left != Left.Blocked) _returns = v;
        s.Queued = false;
    }

    // Who was called out of the queue for a request goes back to where it stood: else each request would cost it its
    // turn, and a VM that is asked often would lose its share.
    /// <inheritdoc />
    protected override bool OrdersEquals => !_returns.IsNone || base.OrdersEquals;

    /// <inheritdoc />
    protected override bool GoesAhead(VcpuId v, VcpuId queued)
    {
        if (v != _returns) return base.OrdersEquals && base.GoesAhead(v, queued);
        var ahead = _vcpus[v.Index].Ahead;
        var stands = !ahead.IsNone && IsQueued(ahead) && ProcessorOf(ahead) == ProcessorOf(v)
            && Ledger.PriOf(ahead) == Ledger.PriOf(v);
        return !stands || AheadOf(queued) == ahead;
    }

    /// <inheritdoc />
    protected override VcpuId Pick(PcpuId p, Instant now)
    {
        _returns = VcpuId.None;
        return base.Pick(p, now);
    }

    /// <inheritdoc />
    protected override bool IsShielded(VcpuId v, Duration ran, Left left) =>
        !_vcpus[v.Index].TakenBack && base.IsShielded(v, ran, left);

    // A partial boost has its own end.
    /// <inheritdoc />
    protected override void BoostEnds(PcpuId p, VcpuId v)
    {
        if (!_vcpus[v.Index].Partial) base.BoostEnds(p, v);
    }

    private bool IsIoBound(VcpuId v, int task) => TaskOf(v, task).Belief >= _options.Believed;

    private ref GuestTask TaskOf(VcpuId v, int task) =>
        ref _tasks[Host[v].Domain.Index * _options.Tasks + task % _options.Tasks];

    private void BoostPartially(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Before = Ledger.PriOf(v);
        s.Partial = true;
        s.Queued = false;
        s.Left = _options.BoostMax;
        Ledger.SetPri(v, Pri.Boost);
    }

    private void TakeBack(VcpuId v, ref Vcpu s)
    {
        EndPartial(v, ref s);
        s.TakenBack = true;
        Host.Kick(ProcessorOf(v));
    }

    // An accounting may have ended it before, and knows better what follows.
    private void EndPartial(VcpuId v, ref Vcpu s)
    {
        s.Partial = false;
        if (Ledger.PriOf(v) == Pri.Boost) Ledger.SetPri(v, s.Before);
    }

    // The time since the last look goes to the task that ran, and to the partial boost.
    private void Charge(VcpuId v, ref Vcpu s, Instant now)
    {
        var ran = now - s.Since;
        s.Since = now;
        if (s.Partial) s.Left -= ran;
        var task = s.Serves >= 0 ? s.Serves : s.Task;
        if (task < 0) return;
        ref var t = ref TaskOf(v, task);
        t.Used += ran;
        if (t.Used <= _options.LongRun) return;
        t.Used = Duration.Zero;
        t.Belief = Math.Max(0, t.Belief - 2);
    }

    private void GaveWay(VcpuId v, int task)
    {
        ref var t = ref TaskOf(v, task);
        if (t.Used >= _options.ShortRun) return;
        t.Used = Duration.Zero;
        t.Belief = Math.Min(MostBelief, t.Belief + 1);
    }
}
