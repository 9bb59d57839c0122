using Flms.Core;
using Flms.Sim.Guests;
using Flms.Sim.Workloads;

namespace Flms.Sim.Tests.Guests;

/// <summary>Spinlocks, and what becomes of them when the hypervisor takes the holder's pCPU.</summary>
public sealed class LockTests
{
    private readonly GuestLock _lock = new();

    // Works so long, takes the lock, works with it, gives it up, and is done.
    private Scripted Locker(Duration before, Duration inside)
    {
        var phase = 0;
        return new((w, _) => w.Want(before))
        {
            OnDone = (w, _) =>
            {
                if (phase++ == 0)
                {
                    if (w.Lock(_lock)) w.Want(inside);
                }
                else
                {
                    w.Unlock(_lock);
                }
            },
            OnLocked = (w, _) => w.Want(inside),
        };
    }

    private static DomainSetup Two(Scripted first, Scripted second, GuestOptions kernel) =>
        Guest.Of(2, kernel, new ScriptedSetup(first) { Vcpu = 0 }, new ScriptedSetup(second) { Vcpu = 1 });

    [Fact]
    public void Who_waits_for_a_lock_burns_cpu_until_it_is_free()
    {
        var first = Locker(1.Ms, 5.Ms);
        var second = Locker(2.Ms, 1.Ms);
        var trial = Guest.On(2, Two(first, second, Guest.Free)).Run(20.Ms);
        Assert.Equal([1.Ms + 1.Ns, 6.Ms + 1.Ns], first.Done);
        Assert.Equal([2.Ms + 1.Ns, 7.Ms + 1.Ns], second.Done);
        Assert.Equal(7.Ms, second.Ran);
        Assert.Equal(4.Ms.Ns, trial.Kernel().SpinNs);
        Assert.Equal((2, 1, 0), (trial.Kernel().Locks, trial.Kernel().LockWaits, trial.Kernel().HolderPreemptions));
    }

    [Fact]
    public void The_guest_does_not_preempt_a_thread_with_a_lock()
    {
        var holder = Locker(1.Ms, 30.Ms);
        var other = Guest.Once(3.Ms, 1.Ms);
        Guest.On(1, Guest.Of(1, Guest.Free, Guest.Setups(holder, other))).Run(50.Ms);
        Assert.Equal([1.Ms + 1.Ns, 31.Ms + 1.Ns], holder.Done);
        Assert.Equal([32.Ms + 1.Ns], other.Done);
    }

    [Fact]
    public void A_lock_holder_that_loses_its_pcpu_is_seen_and_lets_others_spin()
    {
        // p0: the holder's vCPU and a neighbour's take turns of 10 ms; p1 is the waiter's alone.
        var holder = Locker(5.Ms, 10.Ms);
        var waiter = Locker(6.Ms, 1.Ms);
        var neighbour = Trial.Domain("neighbour", new HogSetup()) with { Affinity = Trial.Mask(2, 0) };
        var guest = Two(holder, waiter, Guest.Free) with { VcpuAffinity = [Trial.Mask(2, 0), Trial.Mask(2, 1)] };
        var trial = Guest.On(2, 10.Ms, guest, neighbour).Run(100.Ms);
        // It takes the lock at 5 ms, is cut off from 10 to 20 ms, and gives it up after 5 ms more.
        Assert.Equal([5.Ms + 1.Ns, 25.Ms + 1.Ns], holder.Done);
        Assert.Equal([6.Ms + 1.Ns, 26.Ms + 1.Ns], waiter.Done);
        Assert.Equal(1, trial.Kernel().HolderPreemptions);
        Assert.Equal(19.Ms.Ns, trial.Kernel().SpinNs);
        Assert.Equal([10.Ms], trial.Times(HostEventKind.HolderPreempted, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_spinning_vcpu_that_yields_lets_the_holder_run(bool yields)
    {
        // One pCPU, turns of 10 ms: the holder is cut off with 2 ms to go, and the waiter, which spins from 0.1 ms of
        // its turn on, either spins that away, or yields after 0.5 ms. Each vCPU first looks into its queue for 1 ns.
        var holder = Locker(1.Ms, 11.Ms);
        var waiter = Locker(100.Us, 1.Ms);
        var options = Guest.Free with { PauseYields = yields, PauseWindow = 500.Us };
        var trial = Guest.On(1, 10.Ms, Two(holder, waiter, options)).Run(60.Ms);
        Assert.Equal(yields ? 12.Ms + 600.Us + 2.Ns : 22.Ms + 1.Ns, holder.Done[1]);
        Assert.Equal(yields ? 1 : 0, trial.Kernel().PauseYields);
        Assert.Equal(yields ? 1 : 19, trial.Kernel().PauseExits);
    }
}
