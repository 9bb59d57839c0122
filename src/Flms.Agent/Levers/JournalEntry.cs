using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>A thread that the journal says is ours.</summary>
/// <param name="process">Its VM's process.</param>
/// <param name="thread">Which.</param>
/// <param name="original">How it was.</param>
public sealed class JournalEntry(ThreadIdentity process, ThreadIdentity thread, SchedState original)
{
    /// <summary>Its VM's process.</summary>
    public ThreadIdentity Process { get; } = process;

    /// <summary>Which thread.</summary>
    public ThreadIdentity Thread { get; } = thread;

    /// <summary>How it was before the agent first touched it.</summary>
    public SchedState Original { get; } = original;

    /// <summary>What it was last to be given; null for nothing. Unconfirmed until <see cref="Done"/> is set.</summary>
    public SchedState? Intended
    {
        get;
        set => (field, Confirmed) = (value, value == null);
    }

    /// <summary>What it was last given, and is known to have been: the affinity as it was set, not only what cpuset and
    /// online CPUs showed of it; null for nothing yet.</summary>
    public SchedState? Done
    {
        get;
        set => (field, Confirmed) = (value, true);
    }

    /// <summary>Is it known whether the thread was given what was last intended? If not, it may have that, what was
    /// done before, or a part of each.</summary>
    public bool Confirmed { get; private set; } = true;

    /// <summary>Is the affinity one that the agent gave it, or its original one?</summary>
    /// <remarks>A change takes several steps and the agent may have died between any two, so it may be the original,
    /// the last that was done, or the last that was intended. The kernel shows of it only what the cpuset and the
    /// online CPUs leave: all that they leave, or nothing, if that is none of it. Whoever may use all that is allowed
    /// is bound by nobody, as before.</remarks>
    /// <param name="now">As it is.</param>
    /// <param name="allowed">What cpuset and online CPUs leave now.</param>
    public bool OwnsCpus(CpuMask now, CpuMask allowed) => now.SameAs(allowed) || Shows(Original.Cpus, now, allowed)
        || Done is { } done && Shows(done.Cpus, now, allowed)
        || Intended is { } next && Shows(next.Cpus, now, allowed);

    /// <summary>Are slice and policy, or budget and period, such as the agent gave it, or its original ones?</summary>
    /// <remarks>A nice that somebody else has set is theirs, and does not make the rest theirs.</remarks>
    /// <param name="now">As it is.</param>
    public bool OwnsAttributes(in SchedAttributes now)
    {
        if (now.IsDeadline) return now.SameAs(Reservation.Parting) || IsBudget(Done, now) || IsBudget(Intended, now);
        // Who was given a budget, and no more than that since, has got rid of it by somebody else's hand.
        if (Done is { Attributes.IsDeadline: true } && Intended is { Attributes.IsDeadline: true }) return false;
        return now.Policy == Original.Attributes.Policy && (now.RuntimeNs == Original.Attributes.RuntimeNs
            || IsSlice(Done, now) || IsSlice(Intended, now));
    }

    /// <summary>May the kernel still know of a narrower affinity that the agent gave the thread, though it shows none,
    /// since the cpuset has nothing of it?</summary>
    /// <param name="allowed">What cpuset and online CPUs leave now.</param>
    public bool MayBeNarrow(CpuMask allowed) => IsNarrow(Intended, allowed) || IsNarrow(Done, allowed);

    /// <summary>The affinity that the agent gave the thread, of which the kernel now shows this; the whole of what is
    /// allowed if it shows none of ours.</summary>
    /// <returns>Null if several would show the same: nobody can tell which it is.</returns>
    /// <param name="now">As it is; ours by <see cref="OwnsCpus"/>.</param>
    /// <param name="allowed">What cpuset and online CPUs leave now.</param>
    public CpuMask? Shown(CpuMask now, CpuMask allowed)
    {
        // Who was bound to nothing from the first, and still is, shows all that is allowed.
        var found = now.SameAs(allowed) ? allowed : null;
        SchedState? first = found == null ? Original : null;
        foreach (var given in (ReadOnlySpan<SchedState?>)[Intended, Done, first])
        {
            if (given is not { } state || !Shows(state.Cpus, now, allowed)) continue;
            if (found != null && !found.SameAs(state.Cpus)) return null;
            found = state.Cpus;
        }
        return found;
    }

    private static bool IsNarrow(SchedState? given, CpuMask allowed) =>
        given is { Cpus.IsEmpty: false } state && !state.Cpus.SameAs(allowed);

    private static bool IsBudget(SchedState? given, in SchedAttributes now) =>
        given is { } state && state.Attributes.SameAs(now);

    private static bool IsSlice(SchedState? given, in SchedAttributes now) =>
        given is { Attributes.IsFair: true } state && state.Attributes.RuntimeNs == now.RuntimeNs;

    private static bool Shows(CpuMask set, CpuMask now, CpuMask allowed)
    {
        if (now.SameAs(set)) return true;
        var left = CpuMask.Copy(set);
        left.IntersectWith(allowed);
        return left.IsEmpty ? now.IsEmpty || now.SameAs(allowed) : now.SameAs(left);
    }
}
