using Flms.Core;

namespace Flms.Sim.Guests;

/// <summary>What the guest's kernel knows of one of its vCPUs. Its alarm is an interrupt from another vCPU.</summary>
internal sealed class GuestCpu(GuestKernel kernel, int index) : Workload
{
    public readonly GuestKernel Kernel = kernel;
    public readonly int Index = index;              // its number within the domain
    public readonly ThreadQueue Queue = new();
    public GuestThread? Current;
    public GuestThread? LastRan;
    public GuestThread? FirstWoken;                 // threads whose wake-up it has not noticed yet, in their order
    public bool NeedsSwitch;                        // somebody in its queue should run in place of the current thread
    public bool IpiSent;
    public long Owed;                               // ns of interrupts that came while it had no pCPU
    public long CostsFrom;                          // beginning of the time that its kernel pays for, since it runs
    public long NextTick;
    public long PauseAt = long.MaxValue;            // when the hypervisor notices that it spins
    public long PauseExits;
    private GuestThread? _lastWoken;
    private int _woken;
    private long _least;                            // of all virtual run times here; never goes back

    /// <summary>Has it nothing to run, as far as its kernel knows?</summary>
    public bool IsIdle => HasNothing && FirstWoken == null;

    /// <summary>Has it nothing to run but what it is about to notice?</summary>
    public bool HasNothing => Current == null && Queue.Count == 0;

    /// <summary>How many threads want to run here.</summary>
    public int Load => Queue.Count + _woken + (Current == null ? 0 : 1);

    /// <summary>Does its kernel want to look as soon as it has a pCPU?</summary>
    public bool WantsAttention(Instant now) =>
        FirstWoken != null || NeedsSwitch
        || (Current == null ? Queue.Count > 0 : NextTick <= now.Ns || Current.WaitsFor is { Held: false });

    /// <summary>The least virtual run time of its threads, brought up to date.</summary>
    /// <param name="ahead">How much the current thread has run beyond what is counted.</param>
    public long LeastVirtual(long ahead)
    {
        var least = long.MaxValue;
        if (Current != null) least = Current.Virtual + ahead;
        if (Queue.First is { } first) least = Math.Min(least, first.Virtual);
        if (least != long.MaxValue) _least = Math.Max(_least, least);
        return _least;
    }

    public void AppendWoken(GuestThread thread)
    {
        thread.State = GuestThreadState.Woken;
        thread.NextWoken = null;
        if (FirstWoken == null) FirstWoken = thread;
        else _lastWoken!.NextWoken = thread;
        _lastWoken = thread;
        _woken++;
    }

    public GuestThread TakeWoken()
    {
        var thread = FirstWoken!;
        FirstWoken = thread.NextWoken;
        thread.NextWoken = null;
        _woken--;
        return thread;
    }

    protected internal override void Start(Instant now) { }

    protected internal override void AlarmFired(Instant now)
    {
        IpiSent = false;
        Machine!.TakeIpi(this);
    }
}
