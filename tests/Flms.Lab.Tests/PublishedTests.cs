using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Xunit.Abstractions;

namespace Flms.Lab.Tests;

/// <summary>Published figures that scheduling arithmetic decides (spec/compared-systems.md 6), by the numbers of that
/// list; docs/oracles.md sets ours beside them.</summary>
[Trait("Speed", "Slow")]
public sealed class PublishedTests(ITestOutputHelper output)
{
    [Fact]
    public void R04_Ping_between_two_busy_vms_takes_one_and_three_quarters_of_a_slice()
    {
        // By a timer: half of the requests are sent at the beginning of the sender's slice, 2 q, the others at any time
        // in it, 1.5 q on average. 12,000 requests: standard error 0.15 %.
        var results = Run("hu2012-ping");
        var (rr30, rr05, credit) = (Trip(results[0]), Trip(results[1]), Trip(results[2]));
        Say($"RR 30: {rr30.Mean:g5} (54.150), RR 0.5: {rr05.Mean:g4} (1.793), Credit: {credit.Mean:g5} (48.893)");
        Within(0.01, 52.5, rr30.Mean!.Value);
        Within(0.05, 54.150, rr30.Mean.Value);
        Within(0.01, 0.875 + 0.005, rr05.Mean!.Value);
        // What is left, 0.9 ms, is the way through the hypervisor and dom0, which the scenario does not have.
        Assert.InRange(1.793 - rr05.Mean.Value, 0.8, 1.0);
        Within(0.10, 48.893, credit.Mean!.Value);
        Assert.Equal(60, rr30.Max!.Value, 0.01);
    }

    [Fact]
    public void R05_Computing_alone_loses_a_tenth_when_a_switch_costs_61_us_every_half_ms()
    {
        // EP: 36.30 and 32.33 MOPS, 10.9 % less. That figure decides what a switch costs; that nothing else in the
        // simulator takes time is what is tested. 50,000 pieces of work a VM: exact to 0.02 %.
        var results = Run("hu2012-ep");
        long Work(int s) => Enumerable.Range(1, 4).Sum(v => results[s][$"ep{v}.jobs.response_ms"]!.N);
        var ratio = (double)Work(1) / Work(0);
        Say($"{ratio:g5} ({32.33 / 36.30:g5})");
        Within(0.001, 0.5 / 0.561 / (30 / 30.061), ratio);
        Within(0.005, 32.33 / 36.30, ratio);
    }

    [Theory]
    [InlineData(1, 361.8)]
    [InlineData(2, 724.4)]
    [InlineData(3, 1087.0)]
    [InlineData(4, 1452.6)]
    [InlineData(5, 1807.2)]
    [InlineData(6, 2215.2)]
    [InlineData(7, 2533.5)]
    [InlineData(8, 2895.7)]
    public void R06_Finding_primes_takes_k_times_as_long_among_k(int k, double published)
    {
        // Published: linear within 2.1 %. Ours is linear but for the switches and the accounting's rounding, and the
        // last VM is at most a slice behind the first.
        var result = Run("xcollopts-sysbench", $"domains.vm.count={k}")[0];
        var slowest = Enumerable.Range(1, k).Max(v => result[$"vm{v}.jobs.response_ms"]!.Max!.Value) / 1000;
        Say($"{slowest:g6} s ({published})");
        Within(0.001, k * 361.8, slowest);
        Within(0.021, published, slowest);
    }

    [Theory]
    [InlineData("random", 33, 24.2 / 50.8)]
    [InlineData("sequential", 1, 264.4 / 521.5)]
    public void R08_Reads_keep_half_of_their_rate_on_a_vcpu_that_runs_half_of_the_time(
        string kind, int networkUs, double published)
    {
        // 80.6 us a read at 50.8 MB/s, and 7.85 at 521.5. What is on its way when a slice ends comes back meanwhile:
        // up to one read in a slice too many, 0.7 % at 80.6 us and 12 ms. The published ratios are 1.4 % above and
        // 4.7 % below one half.
        string[] reads = kind == "random" ? [] :
        [
            $"domains.reader.workloads.request.network={networkUs}us",
            "domains.reader.workloads.request.interrupt_work=1us",
            "domains.reader.workloads.request.work=4850ns",
        ];
        long Reads(params string[] sets) =>
            Run("vmigrater-duty", [.. reads, .. sets])[0]["reader.request.rtt_ms"]!.N;
        var (shared, alone) = (Reads(), Reads("domains.other.workloads=[]"));
        var ratio = (double)shared / alone;
        Say($"{kind}: {alone * 4096 / 60e6:g4} MB/s alone, {ratio:g4} of it shared ({published:g3})");
        Assert.InRange(ratio, 0.499, 0.504);
        Assert.Equal(published, ratio, 0.03);
    }

    [Fact]
    public void R16_A_rate_limit_of_1_ms_saves_switches_at_peak_load_and_10_ms_hardly_more()
    {
        // Published for SPECvirt, whose load cannot be had: 30 % at its peak. It depends on the load: at 94 % busy a
        // tenth is saved, at 100 % nearly half, so the tolerance is wide.
        var results = Run("ratelimit");
        double Switches(int s) => results[s]["host.switches_per_s"]!.Mean!.Value;
        var (saved, more) = (1 - Switches(1) / Switches(0), 1 - Switches(2) / Switches(0));
        Say($"1 ms: {saved:p1} fewer (30 %), 10 ms: {more:p1}; busy {results[0]["host.utilisation"]!.Mean:g3}");
        Assert.InRange(saved, 0.20, 0.40);
        Assert.Equal(saved, more, 0.03);
    }

    private static Measure Trip(SchedulerResult result) => result["sender.peer_ping.rtt_ms"]!;

    private static void Within(double tolerance, double expected, double found) =>
        Assert.InRange(found, expected * (1 - tolerance), expected * (1 + tolerance));

    private void Say(string figures) => output.WriteLine($"ours (published): {figures}");

    private static IReadOnlyList<SchedulerResult> Run(string name, params string[] sets)
    {
        var options = new ReadOptions { Overrides = [.. sets.Select(s => Override.Parse(s)!)] };
        var reading = ScenarioReader.ReadFile(
            Path.Combine(SourceTree.Root, $"scenarios/published/{name}.yaml"), options);
        Assert.Empty(reading.Problems);
        return Experiment.Of(reading.Value!).Run().Results;
    }
}
