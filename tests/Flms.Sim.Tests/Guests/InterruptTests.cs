using Flms.Core;
using Flms.Sim.Workloads;

namespace Flms.Sim.Tests.Guests;

/// <summary>Interrupts, what they leave to be done, and the interrupts that vCPUs send each other.</summary>
public sealed class InterruptTests
{
    [Fact]
    public void Interrupts_come_before_soft_interrupts_and_these_before_threads()
    {
        var soft = new Scripted((w, _) => w.At(2.Ms))
        {
            Context = Urgency.SoftInterrupt,
            OnAlarm = (w, _) => w.Want(2.Ms),
        };
        var hard = new Scripted((w, _) => w.At(3.Ms))
        {
            Context = Urgency.Interrupt,
            OnAlarm = (w, _) => w.Want(1.Ms),
        };
        var thread = Guest.Once(Duration.Zero, 5.Ms);
        Guest.On(1, Guest.Of(1, Guest.Free, Guest.Setups(thread, soft, hard))).Run(20.Ms);
        Assert.Equal([4.Ms], hard.Done);
        Assert.Equal([5.Ms], soft.Done);
        // A vCPU that wakes with nothing at hand looks into its queue for 1 ns.
        Assert.Equal([8.Ms + 1.Ns], thread.Done);
    }

    [Fact]
    public void A_wake_up_of_a_vcpu_that_waits_for_a_pcpu_waits_for_the_hypervisors_slice()
    {
        // p1 is shared by the guest's vCPU 1 and a neighbour in turns of 30 ms. vCPU 1 runs its own thread from 0 to 30
        // ms and waits until 60. A thread on vCPU 0 wakes the sleeper of vCPU 1 at 40 ms, by an interrupt that finds it
        // queued: it runs at 60 ms, not at 40.
        var sleeper = Guest.Sleeper(1.Ms);
        var waker = Guest.Once(39.Ms, 1.Ms);
        waker.OnDone = (w, _) => w.Wake(sleeper);
        var guest = Guest.Of(2, Guest.Free, new ScriptedSetup(waker) { Vcpu = 0 },
            new ScriptedSetup(Guest.Burner()) { Vcpu = 1 }, new ScriptedSetup(sleeper) { Vcpu = 1 });
        guest = guest with { VcpuAffinity = [Trial.Mask(2, 0), Trial.Mask(2, 1)] };
        var neighbour = Trial.Domain("neighbour", new HogSetup()) with { Affinity = Trial.Mask(2, 1) };
        var trial = Guest.On(2, 30.Ms, guest, neighbour).Run(100.Ms);
        Assert.Equal([40.Ms + 1.Ns], waker.Done);
        Assert.Equal(1, trial.Kernel().Ipis);
        Assert.Equal([61.Ms + 1.Ns], sleeper.Done);
    }

    [Fact]
    public void A_guest_takes_an_idle_vcpu_that_has_no_pcpu_rather_than_a_busy_one_that_runs()
    {
        // The same neighbour on p1, but vCPU 1 has nothing of its own: it wakes at once, and waits for the slice's end.
        var sleeper = Guest.Sleeper(1.Ms);
        var waker = Guest.Once(39.Ms, 1.Ms);
        waker.OnDone = (w, _) =>
        {
            w.Wake(sleeper);
            w.WantForever();
        };
        var guest = Guest.Of(2, Guest.Free, new ScriptedSetup(waker) { Vcpu = 0 }, new ScriptedSetup(sleeper));
        guest = guest with { VcpuAffinity = [Trial.Mask(2, 0), Trial.Mask(2, 1)] };
        var neighbour = Trial.Domain("neighbour", new HogSetup()) with { Affinity = Trial.Mask(2, 1) };
        var trial = Guest.On(2, 30.Ms, guest, neighbour).Run(100.Ms);
        Assert.Equal(1, sleeper.Vcpu.Index);
        Assert.Equal([40.Ms + 1.Ns], trial.Times(HostEventKind.Wake, 1));
        Assert.Equal([61.Ms + 1.Ns], sleeper.Done);
    }

    [Fact]
    public void An_interrupt_hands_its_work_to_a_soft_interrupt_and_that_to_a_thread_elsewhere()
    {
        var thread = Guest.Sleeper(1.Ms);
        var soft = new Scripted((_, _) => { })
        {
            Context = Urgency.SoftInterrupt,
            OnWoken = (w, _) => w.Want(100.Us),
            OnDone = (w, _) => w.Wake(thread),
        };
        var hard = new Scripted((w, _) => w.At(5.Ms))
        {
            Context = Urgency.Interrupt,
            OnAlarm = (w, _) => w.Want(10.Us),
            OnDone = (w, _) => w.Wake(soft),
        };
        var kernel = Guest.Free with { IpiDelay = 2.Us, InterruptWork = 1.Us };
        var domain = Guest.Of(2, kernel,
        [
            new ScriptedSetup(hard) { Vcpu = 0 }, new ScriptedSetup(soft) { Vcpu = 0 },
            new ScriptedSetup(Guest.Burner()) { Vcpu = 0 }, new ScriptedSetup(thread),
        ]);
        var trial = Guest.On(2, domain).Run(20.Ms);
        Assert.Equal([5.Ms + 10.Us], hard.Done);
        Assert.Equal([5.Ms + 110.Us], soft.Done);
        // vCPU 0 is busy, so the thread goes to vCPU 1, by an interrupt that takes 2 us to come and 1 us to take.
        Assert.Equal([6.Ms + 113.Us], thread.Done);
        Assert.Equal(1, trial.Kernel().Ipis);
    }
}
