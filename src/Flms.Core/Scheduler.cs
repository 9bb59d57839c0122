namespace Flms.Core;

/// <summary>Why the last vCPU stopped, as <see cref="Scheduler.Schedule"/> is told it.</summary>
public enum Left : byte
{
    /// <summary>The pCPU was idle: there is no last vCPU.</summary>
    Idle,

    /// <summary>Still runnable: its slice ended, or the pCPU was kicked.</summary>
    Runnable,

    /// <summary>Still runnable, and asked to let others go first.</summary>
    Yielded,

    /// <summary>No longer runnable: it waits for an event, or was paused.</summary>
    Blocked,
}

/// <summary>What a pCPU does next: run <paramref name="Next"/>, or idle, for at most <paramref name="Slice"/>.
/// </summary>
/// <param name="Next">The vCPU to run; <see cref="VcpuId.None"/> to idle.</param>
/// <param name="Slice">Longest run until the pCPU asks again; above zero, <see cref="Duration.Forever"/> for no
/// limit.</param>
public readonly record struct Decision(VcpuId Next, Duration Slice)
{
    /// <summary>Idle until kicked.</summary>
    public static readonly Decision Idle = new(VcpuId.None, Duration.Forever);
}

/// <summary>A vCPU scheduling policy: seven callbacks in, one decision out.</summary>
/// <remarks>
/// <para>A policy is a deterministic state machine. It owns its run queues; the host owns the truth of who is running.
/// It has no clock, no threads, no randomness of its own and no allocation after construction: <c>now</c> comes in
/// with each callback, and the same callbacks in the same order give the same decisions, on every host.
/// The host calls one callback at a time and never re-enters. A vCPU goes round this cycle:</para>
/// <code>
///             Wake                Schedule returns it
///   blocked --------> runnable ------------------------> running
///      ^ ^               |  ^                              |  |
///      | |     Sleep     |  |  Schedule(Left.Runnable |    |  |
///      | '---------------'  |           Left.Yielded)      |  |
///      |                    '------------------------------'  |
///      '------------------------------------------------------'
///                         Schedule(Left.Blocked)
/// </code>
/// <para><b>The laws</b>, each checked by <c>Flms.Testing.Referee</c>.</para>
/// <para><i>The host promises:</i> <b>H1</b> <c>now</c> never goes back and is constant during a callback. <b>H2</b>
/// Callbacks alternate as the picture says; every vCPU named was added and not removed. <b>H3</b> Of what
/// happens at one instant, completions are told first, then wake-ups, then timers; pCPUs are then asked in ascending
/// order. Only a pCPU whose slice ended is asked sooner: ahead of wake-ups that were set up after its slice began.
/// <b>H4</b> Ties are broken by the lowest index, always. <b>H5</b> What it tells of guests is true:
/// <see cref="ISchedHost.Counters"/> are up to date and never go back, every <see cref="IoEvent"/> is among them and
/// told before the wake-up that it causes, and <see cref="GuestSwitched"/> is told only to a policy that asks, of a
/// vCPU that runs, and only if it does run something else. <b>H6</b> The pCPUs of a policy
/// (<see cref="ISchedHost.Pcpus"/>) change by <see cref="PcpuGiven"/> and <see cref="PcpuTaken"/> only, and only if
/// <see cref="PcpusMayChange"/>; no other pCPU ever asks. Affinities lie within them and change along with them in
/// these two callbacks, without an <see cref="Adjusted"/>; never to nothing while a pCPU is left.</para>
/// <para><i>The policy promises:</i> <b>P1</b> It returns only a vCPU that is runnable, may run there, and that no
/// other pCPU runs. <b>P2</b> A runnable vCPU is queued, or running, or declared parked (<see cref="Note.Park"/>),
/// never lost. <b>P3</b> No queued vCPU waits longer than the policy's stated patience. <b>P4</b> If it claims to be
/// work-conserving, no pCPU idles while a vCPU that may run there waits. <b>P5</b> It does not allocate.</para>
/// <para><i>A refused decision is a run of length zero.</i> A live host may find too late that a vCPU is gone or pinned
/// away: it calls <see cref="Schedule"/> again with <c>last</c> = that vCPU and what became of it. A policy may
/// therefore not assume that what it returned ever ran.</para>
/// <para><i>A breach is a fault.</i> In the simulator it ends the run with a <see cref="PolicyFault"/>.</para>
/// </remarks>
/// <param name="host">The machine that it schedules.</param>
public abstract class Scheduler(ISchedHost host)
{
    /// <summary>The machine that it schedules.</summary>
    protected ISchedHost Host { get; } = host;

    /// <summary>How many timers it uses: numbers 0 to this less one may be armed. Default: none.</summary>
    public virtual int Timers => 0;

    /// <summary>Law P4: does it promise that no pCPU idles while a vCPU that may run there waits? Default:
    /// no.</summary>
    public virtual bool WorkConserving => false;

    /// <summary>Law P3: the longest that a queued vCPU waits, whatever else goes on. Default: no promise.</summary>
    public virtual Duration Patience => Duration.Forever;

    /// <summary>Does it want to hear <see cref="GuestSwitched"/>? Asked once. Default: no.</summary>
    /// <remarks>On hardware it is dear to see (an exit at each switch of the guest), so only those who ask are
    /// told.</remarks>
    public virtual bool WatchesGuests => false;

    /// <summary>May its pCPUs change while it runs: does it implement <see cref="PcpuGiven"/> and
    /// <see cref="PcpuTaken"/>? Default: no.</summary>
    public virtual bool PcpusMayChange => false;

    /// <summary>A vCPU was created, blocked. Choose its first pCPU.</summary>
    public abstract void VcpuAdded(VcpuId v, Instant now);

    /// <summary>A blocked vCPU is going away. Forget it.</summary>
    public abstract void VcpuRemoved(VcpuId v, Instant now);

    /// <summary>A blocked vCPU became runnable. Queue it, and kick the pCPU that should look.</summary>
    public abstract void Wake(VcpuId v, Instant now);

    /// <summary>A queued or parked (not running) vCPU stopped being runnable. Take it off the queue.</summary>
    public abstract void Sleep(VcpuId v, Instant now);

    /// <summary>
    /// Pick what <paramref name="p"/> does next. Called when its slice ends, when it was kicked, and when its vCPU
    /// blocks or yields.
    /// </summary>
    /// <param name="p">The pCPU that asks.</param>
    /// <param name="last">The vCPU that was running there; None if <paramref name="left"/> is Idle.</param>
    /// <param name="left">How it left. If it is still runnable the policy must queue it, park it, or return it
    /// again.</param>
    /// <param name="now">The time.</param>
    public abstract Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now);

    /// <summary>A timer set by <see cref="ISchedHost.Arm"/> fired. Timers fire once.</summary>
    public virtual void Timer(int timer, Instant now) { }

    /// <summary>A vCPU's affinity, or its domain's weight, cap or kind, changed.</summary>
    /// <remarks>Read the new values from the host. A running vCPU that may no longer run where it is: the host kicks
    /// that pCPU.</remarks>
    public virtual void Adjusted(VcpuId v, Instant now) { }

    /// <summary>A device's event is delivered to a vCPU, whatever that is doing: running, waiting or blocked.</summary>
    /// <remarks>If it wakes the vCPU, <see cref="Wake"/> follows at once. Events are told one by one: a request that
    /// finds others waiting is told too.</remarks>
    /// <param name="v">The vCPU that takes the interrupt.</param>
    /// <param name="source">Which device or stream of requests, from 0 within the domain. A task that consumes such
    /// events has the same number in <see cref="GuestSwitched"/>.</param>
    /// <param name="now">The time.</param>
    public virtual void IoEvent(VcpuId v, int source, Instant now) { }

    /// <summary>A running vCPU went over to another of its guest's tasks; told only if
    /// <see cref="WatchesGuests"/>.</summary>
    /// <remarks>Told at the instant of the switch; when a vCPU begins to run and does something else than when it last
    /// ran, told right after the decision. Before a vCPU blocks, it goes over to <see cref="GuestContext.Idle"/>.
    /// </remarks>
    /// <param name="v">The vCPU, which runs.</param>
    /// <param name="task">The task's number within the domain, from 0; -1 for the guest's idle task.</param>
    /// <param name="context">What it is.</param>
    /// <param name="now">The time.</param>
    public virtual void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now) { }

    /// <summary>From now on it schedules <paramref name="p"/> too (a pCPU came online, or changed pools).</summary>
    /// <remarks>It idles, and will ask soon without a kick. Only told if <see cref="PcpusMayChange"/>.</remarks>
    public virtual void PcpuGiven(PcpuId p, Instant now) => throw Unprepared(p);

    /// <summary>It schedules <paramref name="p"/> no longer: a last <see cref="Schedule"/> without decision.</summary>
    /// <remarks>Whoever is queued there, runnable or blocked, and <paramref name="last"/> if it is still runnable, must
    /// find a place on another pCPU; affinities leave this one out already. If it was the policy's last, nobody is left
    /// but <paramref name="last"/>, blocked and about to be removed. Only told if <see cref="PcpusMayChange"/>.
    /// </remarks>
    /// <param name="p">The pCPU that goes.</param>
    /// <param name="last">The vCPU that was running there; None if <paramref name="left"/> is Idle.</param>
    /// <param name="left">How it left.</param>
    /// <param name="now">The time.</param>
    public virtual void PcpuTaken(PcpuId p, VcpuId last, Left left, Instant now) => throw Unprepared(p);

    private PolicyFault Unprepared(PcpuId p) =>
        new("H6", $"{p} is given to or taken from {GetType().Name}, whose pCPUs may not change");
}
