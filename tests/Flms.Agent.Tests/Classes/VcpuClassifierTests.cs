using Flms.Agent.Classes;
using Flms.Agent.Sampling;

namespace Flms.Agent.Tests.Classes;

public sealed class VcpuClassifierTests
{
    private static readonly ClassRules Rules = new();

    // One second of somebody who ran and waited so many ms, and slept so often.
    private static ThreadSample Second(int runMs, int waitMs, int sleeps) => new()
    {
        ElapsedNs = 1_000_000_000,
        RunNs = runMs * 1_000_000L,
        WaitNs = waitMs * 1_000_000L,
        SleepRate = sleeps * 1000L,
    };

    private static VcpuClass VerdictOf(int runMs, int waitMs, int sleeps, int deviceWakes)
    {
        var figures = default(VcpuFigures);
        figures.Add(Second(runMs, waitMs, sleeps), deviceWakes * 1000L);
        return VcpuClassifier.VerdictOf(figures, Rules);
    }

    [Theory]
    [InlineData(20, 1, 200, 0, VcpuClass.Latency)]      // wakes often, 0.1 ms each
    [InlineData(20, 400, 200, 0, VcpuClass.Latency)]    // the same, kept waiting
    [InlineData(5, 0, 60, 100, VcpuClass.Latency)]      // wakes with its devices
    [InlineData(5, 0, 60, 0, VcpuClass.Idle)]           // a guest's housekeeping
    [InlineData(1000, 0, 0, 0, VcpuClass.Compute)]
    [InlineData(400, 600, 0, 0, VcpuClass.Compute)]     // shares a pCPU, and would use more
    [InlineData(300, 0, 10, 0, VcpuClass.Compute)]      // 30 ms each time
    [InlineData(260, 740, 0, 100, VcpuClass.Mixed)]     // saturated: only its devices tell
    [InlineData(600, 100, 100, 0, VcpuClass.Mixed)]     // 6 ms each time, and often
    [InlineData(0, 0, 1, 0, VcpuClass.Idle)]
    [InlineData(100, 0, 50, 0, VcpuClass.Undecided)]    // 2 ms each time: neither
    public void Figures_have_a_verdict(int runMs, int waitMs, int sleeps, int devices, VcpuClass expected) =>
        Assert.Equal(expected, VerdictOf(runMs, waitMs, sleeps, devices));

    [Fact]
    public void Cutting_a_vCPUs_work_into_more_timeslices_does_not_change_what_it_is()
    {
        var whole = Second(700, 100, 100);
        var cut = whole;
        cut.PreemptionRate = 7_000_000;
        cut.Timeslices = 7100;
        VcpuFigures a = default, b = default;
        a.Add(whole, 0);
        b.Add(cut, 0);
        Assert.Equal(a, b);
    }

    [Fact]
    public void A_class_changes_only_after_three_periods_that_say_the_same()
    {
        var vcpu = default(VcpuClassifier);
        Assert.Equal([false, false, true], Add(ref vcpu, Second(20, 0, 200), 3));
        Assert.Equal(VcpuClass.Latency, vcpu.Class);
        // A single busy second moves the averages by an eighth: the verdict stays.
        Assert.Equal([false], Add(ref vcpu, Second(1000, 0, 0), 1));
        Assert.Equal(VcpuClass.Latency, vcpu.Class);
        // In the long run it is what it does.
        Add(ref vcpu, Second(1000, 0, 0), 40);
        Assert.Equal(VcpuClass.Compute, vcpu.Class);
    }

    [Fact]
    public void Someone_who_changes_with_every_period_keeps_the_class_it_had()
    {
        var vcpu = default(VcpuClassifier);
        Add(ref vcpu, Second(20, 0, 200), 10);
        for (var i = 0; i < 50; i++)
        {
            Add(ref vcpu, Second(20, 0, 200), 1);
            Add(ref vcpu, Second(21, 0, 0), 1);
        }
        Assert.Equal(VcpuClass.Latency, vcpu.Class);
    }

    [Fact]
    public void Confidence_grows_with_what_was_seen_and_starts_anew_with_another_class()
    {
        var vcpu = default(VcpuClassifier);
        Assert.Equal(0, vcpu.Confidence);
        Add(ref vcpu, Second(20, 0, 200), 8);
        Assert.Equal(100 * 8 / 32, vcpu.Confidence);
        Add(ref vcpu, Second(20, 0, 200), 40);
        Assert.Equal(100, vcpu.Confidence);
        while (vcpu.Class == VcpuClass.Latency) Add(ref vcpu, Second(1000, 0, 0), 1);
        Assert.Equal(100 * 3 / 32, vcpu.Confidence);
    }

    [Fact]
    public void A_period_without_a_sample_says_nothing()
    {
        var vcpu = default(VcpuClassifier);
        Add(ref vcpu, Second(20, 0, 200), 3);
        var before = vcpu;
        Assert.Equal([false, false, false, false], Add(ref vcpu, default, 4));
        Assert.Equal(before, vcpu);
    }

    private static bool[] Add(ref VcpuClassifier vcpu, ThreadSample sample, int times)
    {
        var changed = new bool[times];
        for (var i = 0; i < times; i++) changed[i] = vcpu.Add(sample, 0, Rules);
        return changed;
    }
}
