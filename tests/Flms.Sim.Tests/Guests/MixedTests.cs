using Flms.Core;
using Flms.Sim.Guests;

namespace Flms.Sim.Tests.Guests;

/// <summary>Mixed domains: reserved vCPUs, and the monitor that brings small processes to them.</summary>
public sealed class MixedTests
{
    // Uses so much of every 10 ms, and another amount from a given time on.
    private static Scripted Duty(Duration run, Duration later, Duration from) => new((w, _) => w.Want(run))
    {
        OnDone = (w, now) => w.At(now - Instant.Zero + (10.Ms - (now - Instant.Zero < from ? run : later))),
        OnAlarm = (w, now) => w.Want(now - Instant.Zero < from ? run : later),
    };

    private static DomainSetup Mixed(params WorkloadSetup[] workloads) =>
        Guest.Of(4, Guest.Free, workloads) with { Kind = DomainKind.Mixed };

    [Fact]
    public void Threads_stay_off_the_reserved_vcpu_unless_somebody_says_otherwise()
    {
        Scripted[] burners = [.. Enumerable.Range(0, 5).Select(_ => Guest.Burner())];
        var pinned = Guest.Burner();
        WorkloadSetup[] setups = [.. Guest.Setups(burners), new ScriptedSetup(pinned) { Vcpu = 0 }];
        Guest.On(4, Mixed(setups)).Run(1.Seconds);
        Assert.All(burners, b => Assert.NotEqual(0, b.Vcpu.Index));
        Assert.Equal(0, pinned.Vcpu.Index);
        Assert.InRange(pinned.Ran.Ns, 1.Seconds.Ns - 10, 1.Seconds.Ns);
    }

    [Fact]
    public void The_monitor_brings_a_small_process_to_the_reserved_vcpu_and_back_when_it_grows()
    {
        var small = Duty(200.Us, 1500.Us, 5.Seconds);
        var trial = Guest.On(4, Mixed(new ScriptedSetup(small) { User = true }));
        trial.Run(1.Seconds);
        Assert.NotEqual(0, small.Vcpu.Index);
        trial.Run(1.Seconds + 20.Ms);
        Assert.Equal(0, small.Vcpu.Index);
        trial.Run(5.Seconds);
        Assert.Equal((0, 1L), (small.Vcpu.Index, trial.Kernel().MonitorMoves));
        trial.Run(6.Seconds + 20.Ms);
        Assert.NotEqual(0, small.Vcpu.Index);
        Assert.Equal(2, trial.Kernel().MonitorMoves);
    }

    [Fact]
    public void A_process_between_the_thresholds_stays_where_it_is()
    {
        var process = Duty(700.Us, 700.Us, 1.Seconds);
        var trial = Guest.On(4, Mixed(new ScriptedSetup(process) { User = true })).Run(5.Seconds);
        Assert.Equal(0, trial.Kernel().MonitorMoves);
    }

    [Fact]
    public void Only_what_a_user_created_is_moved()
    {
        var daemon = Duty(200.Us, 200.Us, 1.Seconds);
        var pinned = Duty(200.Us, 200.Us, 1.Seconds);
        var trial = Guest.On(4, Mixed(new ScriptedSetup(daemon), new ScriptedSetup(pinned) { User = true, Vcpu = 2 }))
            .Run(5.Seconds);
        Assert.Equal(0, trial.Kernel().MonitorMoves);
        Assert.Equal(2, pinned.Vcpu.Index);
    }

    [Fact]
    public void With_one_vcpu_nothing_is_reserved()
    {
        var thread = Guest.Burner();
        var domain = Guest.Of(1, Guest.Free, Guest.Setups(thread)) with { Kind = DomainKind.Mixed };
        Guest.On(1, domain).Run(1.Seconds);
        Assert.Equal(1.Seconds.Ns - 1, thread.Ran.Ns);
    }
}
