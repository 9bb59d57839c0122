namespace Flms.Agent.Sampling;

/// <summary>What the kernel has counted of a thread since it began. All of it only grows.</summary>
public struct ThreadCounters
{
    /// <summary>Time it ran, in ns.</summary>
    public long RunNs;

    /// <summary>Time it was runnable and waited for a pCPU, in ns. The kernel adds a wait when it ends.</summary>
    public long WaitNs;

    /// <summary>How often it was given a pCPU.</summary>
    public long Timeslices;

    /// <summary>How often it went to sleep: of a vCPU, mostly halts of the guest.</summary>
    public long Sleeps;

    /// <summary>How often it was preempted.</summary>
    public long Preemptions;
}

/// <summary>What a thread did in one period.</summary>
public struct ThreadSample
{
    /// <summary>How long the period was, in ns; 0 if there is no sample of it: the thread is new.</summary>
    public long ElapsedNs;

    /// <summary>Time it ran, in ns.</summary>
    public long RunNs;

    /// <summary>Time it waited for a pCPU, in ns: of waits that ended in the period.</summary>
    public long WaitNs;

    /// <summary>How often it was given a pCPU.</summary>
    public long Timeslices;

    /// <summary>How often it goes to sleep, in thousandths a second, as of the last time that was read.</summary>
    public long SleepRate;

    /// <summary>How often it is preempted, likewise.</summary>
    public long PreemptionRate;

    /// <summary>Is there a sample?</summary>
    public readonly bool Any => ElapsedNs > 0;
}
