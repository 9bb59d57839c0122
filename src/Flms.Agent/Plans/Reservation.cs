using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>pCPU time that the kernel keeps for a thread: so much in each period, before all threads that share fairly,
/// and no more than that (SCHED_DEADLINE).</summary>
/// <param name="Runtime">How much: at most <see cref="MostRuntime"/>.</param>
/// <param name="Period">In each of these.</param>
/// <param name="Paced">Is the thread so busy that its budget must be watched more closely than by the kernel's tick?
/// See <see cref="Levers.Metronome"/>.</param>
public readonly record struct Reservation(Duration Runtime, Duration Period, bool Paced)
{
    /// <summary>No thread runs for longer than this before all others.</summary>
    public static readonly Duration MostRuntime = 2.Ms;

    /// <summary>The last thing that a boosted thread is given before it shares fairly again: next to nothing.</summary>
    /// <remarks>The kernel forgets to give back what is reserved for a thread that is asleep when its reservation ends
    /// (seen on 6.18): it counts as reserved until the machine boots. So it is made a thousandth of a pCPU before it
    /// ends. It could be made nothing, but what a thread owes is paid back in its budget, and with a budget of nothing
    /// it would be paying for hours should it be boosted again. Nor is the period long: a thread that is boosted again
    /// before it is over may not run until then (decision 23).</remarks>
    public static readonly SchedAttributes Parting = new Reservation(200.Us, 200.Ms, Paced: false).Attributes;

    /// <summary>As the kernel wants it.</summary>
    public SchedAttributes Attributes => new()
    {
        Policy = SchedAttributes.Deadline,
        Flags = SchedAttributes.ResetOnFork,
        RuntimeNs = (ulong)Runtime.Ns & ~1UL,
        DeadlineNs = (ulong)Period.Ns,
        PeriodNs = (ulong)Period.Ns,
    };

    /// <summary>Its part of a pCPU, in thousandths; rounded up.</summary>
    public int Thousandths => (int)((1000 * Runtime.Ns + Period.Ns - 1) / Period.Ns);

    /// <inheritdoc />
    public override string ToString() => $"{Runtime} in each {Period}";
}
