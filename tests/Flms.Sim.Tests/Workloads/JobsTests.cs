using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Streams of jobs: who serves them, how many come and how long they are.</summary>
public sealed class JobsTests
{
    private static Trial Run(Duration until, int pcpus, DomainSetup domain) =>
        new Trial(Setup(Topology.Of(1, pcpus), CostModel.None, domain),
            host => Referee.Over(host, window => new RoundRobinScheduler(window, new()))).Run(until);

    private static Histogram Responses(Trial trial) =>
        trial.Machine.Workloads.Single(w => w.Measure == "jobs.response").Samples!;

    private static JobsSetup Periodic(Duration interval, Duration work) =>
        new() { Interval = interval, Arrivals = Arrivals.Periodic, Work = work, Length = JobLength.Fixed };

    [Fact]
    public void On_one_vcpu_jobs_are_served_in_the_order_of_their_coming()
    {
        var trial = Run(10.Ms - 1.Ns, 1, Domain("a", Periodic(2.Ms, 3.Ms)));
        Assert.Equal([5.Ms, 8.Ms], trial.Times(HostEventKind.Done, 0));
        Assert.Equal((3.Ms.Ns, 4.Ms.Ns), (Responses(trial).Min, Responses(trial).Max));
    }

    [Fact]
    public void Each_job_goes_to_a_free_vcpu_of_the_domain_the_one_that_was_free_last()
    {
        var trial = Run(14.Ms, 3, Domain("a", Periodic(2.Ms, 3.Ms)) with { Vcpus = 3 });
        Assert.Equal([2.Ms, 6.Ms, 10.Ms, 14.Ms], trial.Times(HostEventKind.Wake, 0));
        Assert.Equal([4.Ms, 8.Ms, 12.Ms], trial.Times(HostEventKind.Wake, 1));
        Assert.Empty(trial.Times(HostEventKind.Wake, 2));
        Assert.Equal(3.Ms.Ns, Responses(trial).Max);
    }

    [Fact]
    public void When_no_vcpu_is_free_a_job_waits_for_the_first_that_is()
    {
        var trial = Run(12.Ms, 2, Domain("a", Periodic(2.Ms, 5.Ms)) with { Vcpus = 2 });
        // Jobs at 2, 4, 6, 8, 10: served 2-7, 4-9, 7-12, 9-14, ...
        Assert.Equal([7.Ms, 12.Ms], trial.Times(HostEventKind.Done, 0));
        Assert.Equal([9.Ms], trial.Times(HostEventKind.Done, 1));
        Assert.Equal((5.Ms.Ns, 6.Ms.Ns), (Responses(trial).Min, Responses(trial).Max));
    }

    [Fact]
    public void A_line_that_is_full_loses_jobs()
    {
        var jobs = Run(2.Seconds, 1, Domain("a", Periodic(100.Us, 1.Seconds))).Machine.Workloads[0];
        Assert.Equal(20_000 - 16_384 - 2, jobs.Lost);
    }

    [Theory]
    [InlineData(true, 499)]
    [InlineData(false, 0)]
    public void An_arrival_is_a_device_event_if_so_configured(bool device, long events)
    {
        var domain = Domain("a", Periodic(2.Ms, 1.Ms) with { Device = device }) with { Vcpus = 2 };
        var machine = Run(1.Seconds - 1.Ns, 2, domain).Machine;
        Assert.Equal(events, machine.Counters(new(0)).IoEvents + machine.Counters(new(1)).IoEvents);
    }

    // Standard errors of 100,000 draws: 1/316 of the standard deviation for the mean; for the squared coefficient of
    // variation of hyperexponential lengths a few percent, from its long tail.
    [Theory]
    [InlineData(JobLength.Fixed, 0)]
    [InlineData(JobLength.Exponential, 1)]
    [InlineData(JobLength.Hyperexponential, 4)]
    public void Lengths_have_the_mean_and_the_variation_that_they_should(JobLength length, double cv2)
    {
        // With more pCPUs than jobs a response is a length.
        var trial = new Machine(Setup(Topology.Of(1, 64), CostModel.None,
            Domain("a", new JobsSetup { Interval = 1.Ms, Work = 1.Ms, Length = length }) with { Vcpus = 64 }),
            host => new RoundRobinScheduler(host, new()));
        trial.Run(Instant.Zero + 100.Seconds);
        var lengths = trial.Workloads[0].Samples!;
        Assert.InRange(lengths.Count, 99_000, 101_000);
        Assert.InRange(lengths.Mean / 1e6, 0.97, 1.03);
        var square = 0.0;
        var below = 0.0;
        foreach (var (ns, fraction) in lengths.Steps())
        {
            square += (fraction - below) * (ns / 1e6) * (ns / 1e6);
            below = fraction;
        }
        Assert.InRange(square - 1, cv2 * 0.9 - 0.05, cv2 * 1.1 + 0.15);
    }
}
