using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>The genuine scheduler's switches, one by one (golden/README.md).</summary>
public sealed class CreditTraceTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void Two_hogs_and_one_io_vcpu()
    {
        var io = new PulseSetup { Work = 200.Us, At = new(12_300_000), Every = new(17_700_000) };
        IsEqual("credit_trace_1pcpu_2hogs_1io.txt", 500.Ms, Hog, Hog, new() { Name = "io", Workloads = [io] });
    }

    [Fact]
    public void Weights_256_and_512() =>
        IsEqual("credit_trace_weights_256_512.txt", 600.Ms, Hog, Hog with { Weight = 512 });

    [Fact]
    public void A_cap_of_25_percent() => IsEqual("credit_trace_cap25.txt", 1.Seconds, Hog with { Cap = 25 });

    private static void IsEqual(string trace, Duration length, params DomainSetup[] domains) =>
        Golden.IsEqual(trace, length, host => new CreditScheduler(host, new()), domains);
}
