using Flms.Core;

namespace Flms.Agent.Linux;

/// <summary>How the kernel schedules a thread: <c>struct sched_attr</c>.</summary>
public struct SchedAttributes
{
    /// <summary>SCHED_OTHER.</summary>
    public const uint Other = 0;

    /// <summary>SCHED_FIFO.</summary>
    public const uint Fifo = 1;

    /// <summary>SCHED_BATCH.</summary>
    public const uint Batch = 3;

    /// <summary>SCHED_IDLE.</summary>
    public const uint Idle = 5;

    /// <summary>SCHED_DEADLINE: a budget in each period, which the kernel itself enforces.</summary>
    public const uint Deadline = 6;

    /// <summary>SCHED_FLAG_RESET_ON_FORK: what the thread starts is scheduled as usual. Without it a deadline thread
    /// cannot start any: clone fails with EAGAIN.</summary>
    public const ulong ResetOnFork = 1;

    /// <summary>The policy.</summary>
    public uint Policy;

    /// <summary>SCHED_FLAG_ bits.</summary>
    public ulong Flags;

    /// <summary>-20 to 19.</summary>
    public int Nice;

    /// <summary>Of a real-time thread.</summary>
    public uint Priority;

    /// <summary>Of a fair thread from Linux 6.12 on its slice in ns; to be written, 0 for the kernel's default. Of a
    /// deadline thread its budget.</summary>
    public ulong RuntimeNs;

    /// <summary>Of a deadline thread.</summary>
    public ulong DeadlineNs;

    /// <summary>Of a deadline thread.</summary>
    public ulong PeriodNs;

    /// <summary>Is it scheduled by fair shares: OTHER, BATCH or IDLE?</summary>
    public readonly bool IsFair => Policy is Other or Batch or Idle;

    /// <summary>Has it a budget in each period?</summary>
    public readonly bool IsDeadline => Policy == Deadline;

    /// <summary>Is the thread scheduled alike?</summary>
    /// <remarks>A deadline thread shows no nice, and the lowest bit of its budget tells nothing
    /// (<see cref="Levers.Metronome"/>).</remarks>
    public readonly bool SameAs(in SchedAttributes other) => Policy == other.Policy && (IsDeadline
        ? (RuntimeNs | 1) == (other.RuntimeNs | 1) && DeadlineNs == other.DeadlineNs && PeriodNs == other.PeriodNs
        : RuntimeNs == other.RuntimeNs && Nice == other.Nice);
}

/// <summary>The calls that read and change how threads are scheduled. All of the agent's changes go through these.
/// </summary>
/// <remarks>Nothing is thrown: 0, or a negative error number. A number stands for whichever thread has it now, so the
/// caller makes sure of the thread's start first; the moment between the two cannot be closed.</remarks>
public interface ISchedCalls
{
    /// <summary>On which CPUs may the thread run?</summary>
    /// <param name="tid">The thread.</param>
    /// <param name="into">Emptied, then filled; empty if the only CPU it may use is offline.</param>
    int GetAffinity(int tid, CpuMask into);

    /// <summary>Lets the thread run on those CPUs only; the kernel leaves out those its cpuset does not have.</summary>
    int SetAffinity(int tid, CpuMask cpus);

    /// <summary>How is it scheduled?</summary>
    int GetAttributes(int tid, out SchedAttributes attributes);

    /// <summary>Schedules it so. What is to stay must be passed as it is: whatever is not, is reset.</summary>
    int SetAttributes(int tid, in SchedAttributes attributes);
}
