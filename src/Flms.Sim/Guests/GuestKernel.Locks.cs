using Flms.Core;

namespace Flms.Sim.Guests;

// Spinlocks, and what the hypervisor sees of them.
internal sealed partial class GuestKernel
{
    public bool Lock(GuestThread thread, GuestLock spinlock)
    {
        Check.That(_machine.IsTold(thread) && thread.WaitsFor == null && spinlock.Holder != thread);
        if (!spinlock.Held)
        {
            Take(thread, spinlock);
            return true;
        }
        Statistics.LockWaits++;
        spinlock.Append(thread);
        thread.WaitsFor = spinlock;
        thread.SpinsSince = thread.Work.RanNs;
        Check.That(!thread.Work.Queued);
        _machine.AddWork(thread.Work, Workload.Endless);
        return false;
    }

    public void Unlock(GuestThread thread, GuestLock spinlock)
    {
        Check.That(_machine.IsTold(thread) && spinlock.Holder == thread);
        thread.Locks--;
        spinlock.Holder = null;
        if (Options.LockOrder == LockOrder.Ticket)
        {
            if (spinlock.First is { } first) Grant(first);
            return;
        }
        for (var waiter = spinlock.First; waiter != null; waiter = waiter.NextWaiter)
        {
            if (!_machine.Spins(waiter)) continue;
            Grant(waiter);
            return;
        }
    }

    /// <summary>The vCPU spins, or would if it ran: it looks whether the lock is free by now.</summary>
    public void LookAtLock(GuestCpu cpu)
    {
        if (cpu.Current is { WaitsFor.Held: false } waiter) Grant(waiter);
    }

    /// <summary>The thread's wait for a lock is over; told when its vCPU runs.</summary>
    public void EndSpin(GuestThread thread, GuestCpu cpu)
    {
        Check.That(thread.WaitsFor!.Holder == thread);
        thread.WaitsFor = null;
        cpu.PauseAt = long.MaxValue;
        var spun = thread.Work.RanNs - thread.SpinsSince;
        Statistics.SpinNs += spun;
        if (Options.PauseYields) return;
        cpu.PauseExits += spun / Options.PauseWindow.Ns;
        Statistics.PauseExits += spun / Options.PauseWindow.Ns;
    }

    /// <summary>The vCPU was caught spinning; it yields.</summary>
    public void PauseExit(GuestCpu cpu)
    {
        cpu.PauseExits++;
        Statistics.PauseExits++;
        Statistics.PauseYields++;
    }

    private void Take(GuestThread thread, GuestLock spinlock)
    {
        Statistics.Locks++;
        thread.Locks++;
        spinlock.Holder = thread;
    }

    // It is told as soon as its vCPU runs and notices.
    private void Grant(GuestThread waiter)
    {
        var spinlock = waiter.WaitsFor!;
        spinlock.Remove(waiter);
        Take(waiter, spinlock);
        _machine.CutWork(waiter.Work);
    }
}
