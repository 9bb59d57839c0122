namespace Flms.Sim.Guests;

/// <summary>A spinlock of a guest's kernel: who waits for it burns CPU, and who has it is not preempted by the
/// guest.</summary>
/// <remarks>But by the hypervisor it is, which knows nothing of locks: lock-holder preemption. For threads of one
/// domain; see <see cref="Workload.Lock"/>.</remarks>
public sealed class GuestLock
{
    // Those who wait, in the order of their coming; there are at most as many as the domain has vCPUs.
    internal GuestThread? Holder;
    internal GuestThread? First;
    private GuestThread? _last;

    /// <summary>Does a thread have it?</summary>
    public bool Held => Holder != null;

    internal void Append(GuestThread thread)
    {
        thread.NextWaiter = null;
        if (First == null) First = thread;
        else _last!.NextWaiter = thread;
        _last = thread;
    }

    internal void Remove(GuestThread thread)
    {
        if (First == thread)
        {
            First = thread.NextWaiter;
            thread.NextWaiter = null;
            return;
        }
        var before = First!;
        while (before.NextWaiter != thread) before = before.NextWaiter!;
        before.NextWaiter = thread.NextWaiter;
        if (_last == thread) _last = before;
        thread.NextWaiter = null;
    }
}
