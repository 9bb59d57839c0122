using Flms.Core;
using Flms.Schedulers.Bvt;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Bvt;

public sealed class BvtSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void Two_hogs_at_10_and_20_switch_as_the_genuine_code_did() =>
        Golden.IsEqual("bvt_trace_adv10_adv20.txt", 300.Ms, host => new BvtScheduler(host, new()),
            Hog with { Parameters = [new BvtDomain { Advance = 10 }] },
            Hog with { Parameters = [new BvtDomain { Advance = 20 }] });
}
