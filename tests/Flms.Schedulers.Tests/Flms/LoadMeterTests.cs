using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Schedulers.Tests.Flms;

public sealed class LoadMeterTests
{
    private static Instant At(int ms) => Instant.Zero + ms.Ms;

    [Fact]
    public void Run_and_wait_time_are_summed_over_the_vCPUs_of_each_group()
    {
        var meter = new LoadMeter();
        meter.Change(io: true, running: 1, waiting: 2, At(0));
        meter.Change(io: false, running: 3, waiting: 0, At(10));
        meter.Change(io: true, running: 0, waiting: -2, At(40));
        Assert.Equal(new LoadSample(100.Ms, 80.Ms, 270.Ms, 0.Ms), meter.Take(At(100)));
    }

    [Fact]
    public void Who_runs_across_the_end_of_a_period_is_cut_there()
    {
        var meter = new LoadMeter();
        meter.Change(io: false, running: 1, waiting: 1, At(90));
        Assert.Equal(new LoadSample(0.Ms, 0.Ms, 10.Ms, 10.Ms), meter.Take(At(100)));
        meter.Change(io: false, running: -1, waiting: 0, At(120));
        Assert.Equal(new LoadSample(0.Ms, 0.Ms, 20.Ms, 100.Ms), meter.Take(At(200)));
    }

    [Fact]
    public void A_host_that_has_run_for_centuries_is_measured_to_the_nanosecond()
    {
        var start = new Instant(long.MaxValue - 1_000);
        var meter = new LoadMeter();
        meter.Change(io: true, running: 3, waiting: 5, start);
        meter.Take(start);
        meter.Change(io: true, running: -1, waiting: 1, new(start.Ns + 100));
        var sample = meter.Take(new(start.Ns + 1_000));
        Assert.Equal(new LoadSample(new(3 * 100 + 2 * 900), new(5 * 100 + 6 * 900), 0.Ns, 0.Ns), sample);
    }
}
