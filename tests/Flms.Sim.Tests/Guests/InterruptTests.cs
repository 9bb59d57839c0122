using Flms.Core;

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
