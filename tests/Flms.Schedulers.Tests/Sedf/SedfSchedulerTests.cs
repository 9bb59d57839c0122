using Flms.Core;
using Flms.Schedulers.Sedf;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Sedf;

public sealed class SedfSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void A_slice_with_extra_time_starves_best_effort_as_the_genuine_code_did() =>
        Golden.IsEqual("sedf_trace_dom0_20_15_extra.txt", 400.Ms, host => new SedfScheduler(host, new()),
            Hog with { Parameters = [new SedfDomain { Period = 20.Ms, Slice = 15.Ms }] }, Hog, Hog);

    [Fact]
    public void Short_blocks_cost_real_time_as_in_the_genuine_code()
    {
        var sleeper = new DutySetup { Run = 1.Ms, Sleep = 500.Us };
        var slice = new SedfDomain { Period = 10.Ms, Slice = 4.Ms };
        Golden.IsEqual("sedf_trace_short_block.txt", 200.Ms, host => new SedfScheduler(host, new()),
            new() { Name = "d0", Workloads = [sleeper], Parameters = [slice] }, Hog);
    }
}
