using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.ShortSlice;

/// <summary>A short slice for everybody: the simplest cure of long waits, and a strong one.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.2). Who waits for a turn waits in proportion to the
/// slice, so make it short. There are two published forms. <see cref="ShortSliceForm.Credit"/> is Credit with another
/// slice: the tick, the accounting period and the credits of a slice shrink with it, and so does the longest life of a
/// boost. <see cref="ShortSliceForm.Rr"/> is <see cref="EqualQueues"/>: no credit, no weight, no preemption.</para>
/// <para><i>The price</i> is switches: they grow as 1/slice, and each takes time and leaves a colder cache.</para>
/// <para><i>Rejected.</i> One class with a branch in each callback: the forms have nothing in common but the idea.
/// </para>
/// </remarks>
public sealed class ShortSliceScheduler : Scheduler
{
    private readonly Scheduler _form;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public ShortSliceScheduler(ISchedHost host, ShortSliceOptions options) : base(host) =>
        _form = options.Form == ShortSliceForm.Credit
            ? new CreditScheduler(host, options.Cut)
            : new EqualQueues(host, options.RrSlice);

    /// <inheritdoc />
    public override int Timers => _form.Timers;

    /// <inheritdoc />
    public override bool WorkConserving => _form.WorkConserving;

    /// <inheritdoc />
    public override Duration Patience => _form.Patience;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now) => _form.VcpuAdded(v, now);

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => _form.VcpuRemoved(v, now);

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now) => _form.Wake(v, now);

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _form.Sleep(v, now);

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) =>
        _form.Schedule(p, last, left, now);

    /// <inheritdoc />
    public override void Timer(int timer, Instant now) => _form.Timer(timer, now);

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now) => _form.Adjusted(v, now);
}
