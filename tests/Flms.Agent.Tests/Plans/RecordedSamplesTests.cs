using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

/// <summary>Samples that were taken of real VMs (QEMU, 2 pCPUs, one VM that is pinged and four that burn, in changing
/// measure; <c>samples PERIODS</c> of this assembly took them).</summary>
public sealed class RecordedSamplesTests
{
    internal static readonly string Recording = Path.Combine(SourceTree.Root, "tests", "Flms.Agent.Tests", "Plans",
        "real-vms.samples");

    [Theory]
    [InlineData("default")]
    [InlineData("paper")]
    public void The_live_plan_is_the_simulated_FLMSs_bit_for_bit_for_samples_of_real_VMs(string preset)
    {
        var options = preset == "paper" ? FlmsOptions.Paper : FlmsOptions.Default;
        var cpus = Machines.Of(2);
        var planner = new Planner(cpus, options, new(), slices: true);
        // The simulated FLMS's parts: it counts who runs and waits from event to event, and decides from that.
        var meter = new LoadMeter();
        var isolation = new Isolation(cpus.Topology, options);
        var (start, io, cpu) = (Instant.Zero, false, false);
        var sizes = new HashSet<int>();
        foreach (var period in Read())
        {
            var vcpus = period.Threads.Where(t => t.Role == ThreadRole.Vcpu && t.Exclusion == Exclusion.None).ToList();
            var (anyIo, anyCpu) = (vcpus.Any(t => t.Treatment == Treatment.Latency),
                vcpus.Any(t => t.Treatment == Treatment.Compute));
            if ((anyIo, anyCpu) != (io, cpu) && options.RegroupAtOnce) isolation.Regroup(anyIo, anyCpu);
            (io, cpu) = (anyIo, anyCpu);
            Play(meter, vcpus, start);
            start += Duration.Max(period.Length, 2.Seconds * 4);
            isolation.EndPeriod(meter.Take(start), io, cpu);

            var plan = planner.Next(period.Length, period.Threads);
            Assert.Equal((isolation.Estimate.Io, isolation.Estimate.Cpu), (plan.EstimatedIo, plan.EstimatedCpu));
            Assert.True(planner.Groups.ForIo.SameAs(isolation.Groups.ForIo));
            Assert.True(planner.Groups.ForCpu.SameAs(isolation.Groups.ForCpu));
            Assert.Equal(cpus.ToLinux(isolation.Groups.ForIo).ToString(), plan.Sp.ToString());
            sizes.Add(plan.Sp.Count);
        }
        Assert.True(sizes.Count > 1, "the split never changed: nothing was tested");
    }

    [Fact]
    public void A_recording_that_is_written_again_is_the_same_and_gives_the_same_plans()
    {
        var periods = Read();
        Assert.True(periods.Count >= 20);
        var text = SampleLog.Head(2) + string.Concat(periods.Select(SampleLog.Of));
        Assert.Equal(File.ReadLines(Recording).Where(l => l.Length > 0 && l[0] != '#'),
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var (a, b) = (Planner(), Planner());
        var again = SampleLog.Read(text.Split('\n'));
        for (var i = 0; i < periods.Count; i++)
            Assert.Equal(Text(a.Next(periods[i].Length, periods[i].Threads)),
                Text(b.Next(again[i].Length, again[i].Threads)));

        static Planner Planner() => new(Machines.Of(2), FlmsOptions.Default, new() { Boost = BoostMode.Deadline },
            slices: true);

        static string Text(Plan plan) => string.Join('\n', plan.Lines.Select(l =>
            $"{l.Thread.Thread} {l.Cpus} {l.Slice} {l.Reason} {l.Boost}")) + string.Join('\n', plan.Boosts);
    }

    [Fact]
    public void In_the_recording_the_VM_that_is_pinged_is_boosted_while_others_keep_it_waiting()
    {
        var planner = new Planner(Machines.Of(2), FlmsOptions.Default, new() { Boost = BoostMode.Deadline },
            slices: true);
        var states = new HashSet<BoostState>();
        foreach (var period in Read())
            foreach (var boost in planner.Next(period.Length, period.Threads).Boosts)
                states.Add(boost.State);
        Assert.Contains(BoostState.Boosted, states);
    }

    [Theory]
    [InlineData("nonsense", "line 1: not a recording of samples")]
    [InlineData("flms-samples 1 2\nperiod x", "line 2: ")]
    [InlineData("flms-samples 1 2\nweb 1 2 3", "line 2: a thread before the first period")]
    [InlineData("flms-samples 1 2\nperiod 1\nweb 1 2 3", "line 3: a thread has 15 words, not 4")]
    public void What_is_no_recording_is_told_with_its_line(string text, string says) => Assert.StartsWith(says,
        Assert.Throws<FormatException>(() => SampleLog.Read(text.Split('\n'))).Message, StringComparison.Ordinal);

    private static IReadOnlyList<SamplePeriod> Read() => SampleLog.Read(File.ReadLines(Recording));

    // Who runs or waits begins at the start of the period, and ends when it has done so for as long as was sampled.
    private static void Play(LoadMeter meter, List<PlanThread> vcpus, Instant start)
    {
        var changes = new List<(long At, bool Latency, int Running, int Waiting)>();
        foreach (var t in vcpus)
        {
            if (t.Treatment == Treatment.Floating) continue;
            var latency = t.Treatment == Treatment.Latency;
            changes.Add((0, latency, 1, 1));
            changes.Add((t.Run.Ns, latency, -1, 0));
            changes.Add((t.Wait.Ns, latency, 0, -1));
        }
        foreach (var (at, latency, running, waiting) in changes.OrderBy(c => c.At))
            meter.Change(latency, running, waiting, start + new Duration(at));
    }
}
