using Flms.Agent.Classes;
using Flms.Agent.Levers;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

/// <summary>No VM stands still by our doing.</summary>
public sealed class StarvationTests : IDisposable
{
    private readonly FakeHost _host = new();
    private readonly FakeKernel _kernel = new(4);
    private readonly FakeJournal _journal = new();
    private readonly Observer _observer;
    private readonly Lever _lever;
    private readonly PlanFacts _facts;
    private readonly FakeThread _vcpu;
    private long _seconds;

    public StarvationTests()
    {
        _host.Qemu(100);
        _vcpu = _host.Thread(100, 101, "CPU 0/KVM");
        _kernel.Add(100);
        _kernel.Add(101);
        var cpus = Machines.Of(4);
        _observer = new(_host, new(), _ => null);
        _observer.Rescan();
        _lever = new(_host, _kernel, _journal, cpus, FakeKernel.BaseSlice);
        _facts = new(_host, _kernel, cpus, FlmsOptions.Default);
        Period(10);
    }

    public void Dispose()
    {
        _observer.Dispose();
        _journal.Dispose();
    }

    [Fact]
    public void A_boosted_thread_that_wants_to_run_and_is_not_let_for_two_periods_loses_its_boost()
    {
        Boost();
        _vcpu.State = 'R';
        Assert.False(Period(10));
        Assert.False(Period(0));
        Assert.True(Period(0));
        Assert.True(Period(0));
        Assert.False(Period(1));
        Assert.False(Period(0));
    }

    [Fact]
    public void A_boosted_thread_that_sleeps_all_the_time_keeps_its_boost()
    {
        Boost();
        for (var i = 0; i < 5; i++) Assert.False(Period(0));
    }

    [Fact]
    public void A_thread_that_is_not_boosted_waits_as_the_kernel_likes()
    {
        _vcpu.State = 'R';
        for (var i = 0; i < 5; i++) Assert.False(Period(0));
    }

    private void Boost()
    {
        var vcpu = Assert.Single(_facts.Of(_observer, _lever), t => t.Thread.Tid == 101);
        var line = new PlanLine(vcpu, vcpu.Allowed, null, PlanReason.Boosted,
            new Reservation(200.Us, 1.Ms, Paced: false));
        Assert.Equal(LeverOutcome.Changed, _lever.Apply(line));
    }

    // Is the boost to end, after a period in which the vCPU ran for so many ms?
    private bool Period(int ms)
    {
        if (ms > 0) _vcpu.Do(ms * 1_000_000, sleeps: 1);
        _observer.Step(Instant.Zero + 1.Seconds * ++_seconds);
        return _facts.Of(_observer, _lever).Single(t => t.Thread.Tid == 101).Refused;
    }
}
