namespace Flms.Traces;

/// <summary>Which of the kernel's events a line tells of.</summary>
internal enum SchedEventKind : byte
{
    /// <summary>sched_switch: <c>A</c> leaves the pCPU, <c>B</c> runs there.</summary>
    Switch,

    /// <summary>sched_wakeup or sched_wakeup_new: <c>A</c> is queued on pCPU <c>B</c>.</summary>
    Wake,

    /// <summary>sched_waking: somebody begins to wake <c>A</c>.</summary>
    Waking,

    /// <summary>sched_migrate_task: <c>A</c> moves to pCPU <c>B</c>.</summary>
    Migrate,

    /// <summary>The recorder lost <c>A</c> events of this pCPU (0: it does not say how many).</summary>
    Lost,
}

/// <summary>One line of a recording.</summary>
internal struct SchedEvent
{
    /// <summary>When, in ns of the recording's clock.</summary>
    public long Ns;

    /// <summary>The thread that ran on the pCPU when it was recorded; 0 for idle, -1 if unknown.</summary>
    public int Current;

    /// <summary>A thread's number, as the kind says.</summary>
    public int A;

    /// <summary>A thread's or a pCPU's number, as the kind says.</summary>
    public int B;

    /// <summary>The pCPU that recorded it.</summary>
    public short Cpu;

    /// <summary>What happened.</summary>
    public SchedEventKind Kind;

    /// <summary>For a switch: does <c>A</c> stay runnable (preempted), rather than block?</summary>
    public bool StillRunnable;
}
