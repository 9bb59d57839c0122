using Flms.Core;
using Flms.Schedulers.Sedf;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Oracle 19 (spec/compared-systems.md 7): SEDF keeps its promises up to a whole pCPU, and not across pCPUs.
/// </summary>
public sealed class SedfOracles
{
    private static DomainSetup Promised(string name, Duration period, Duration slice) => new()
    {
        Name = name,
        Workloads = [new HogSetup()],
        Parameters = [new SedfDomain { Period = period, Slice = slice, Extratime = false }],
    };

    // "Degrades sharply above 50 %" is not a theorem. Exact: everybody always wants to run and has no extra time, so in
    // every period of its own, which begin at its slice's length, each runs for its slice, to the nanosecond.
    [Fact]
    public void Oracle19_Any_slices_that_fit_on_one_pCPU_are_kept_in_every_period()
    {
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var random = RandomStream.For(seed, 19);
            var domains = new List<DomainSetup>();
            var slices = new List<(Duration Period, Duration Slice)>();
            for (var left = 1.0; domains.Count < 8 && left > 0.02;)
            {
                var period = random.Uniform(5.Ms, 100.Ms);
                // The last takes all that is left: the pCPU is promised to within 8 ns a period.
                var part = domains.Count == 7 ? left : left * (0.1 + 0.6 * random.Next());
                var slice = new Duration((long)(part * period.Ns) - 1);
                if (slice < 5.Us) break;
                left -= (double)slice.Ns / period.Ns;
                slices.Add((period, slice));
                domains.Add(Promised($"d{domains.Count}", period, slice));
            }
            var runs = RunOnOne(1.Seconds, domains);
            for (var v = 0; v < slices.Count; v++)
                for (var begin = slices[v].Slice; begin + slices[v].Period < 900.Ms; begin += slices[v].Period)
                    Assert.Equal(slices[v].Slice.Ns, runs.Sum(v, begin.Ns, slices[v].Period.Ns));
        }
    }

    [Theory]
    [InlineData(SedfPlacement.MostRoom)]
    [InlineData(SedfPlacement.Spread)]
    public void Oracle19_Two_at_80_percent_on_two_pCPUs_leave_no_room_for_30(SedfPlacement placement)
    {
        var refusal = Refused(2, placement, 80, 80, 30);
        Assert.Equal(2, refusal!.Domain.Index);
        Assert.StartsWith("vCPU 0 needs 30 % of a pCPU and belongs on p0, where 20 % is free", refusal.Reason);
        Assert.EndsWith("p0 20 %, p1 20 %", refusal.Reason);
        Assert.Null(Refused(2, placement, 80, 80, 20));
    }

    // The same three let in: the third has what is left of one pCPU, and no part of the other's.
    [Fact]
    public void Oracle19_Let_in_all_the_same_the_third_has_20_percent()
    {
        var setup = Host(2, 80, 80, 30);
        var machine = new Machine(setup,
            host => new SedfScheduler(host, new() { Placement = SedfPlacement.MostRoom }));
        machine.Run(Instant.Zero + 60.Seconds);
        var share = machine.Statistics.DomainRun;
        // Each begins its first period up to 80 ms late, and so loses up to 80 ms of a minute: 0.2 points.
        Assert.Equal(80, share[0] / 0.6e9, 0.2);
        Assert.Equal(80, share[1] / 0.6e9, 0.2);
        Assert.Equal(20, share[2] / 0.6e9, 0.4);
    }

    [Fact]
    public void Oracle19_Packing_can_fail_just_above_half_of_every_pCPU()
    {
        for (var pcpus = 1; pcpus <= 16; pcpus++)
        {
            var percents = new int[pcpus + 1];
            Array.Fill(percents, 51);
            Assert.Equal(pcpus, Refused(pcpus, SedfPlacement.MostRoom, percents)!.Domain.Index);
            Assert.Null(Refused(pcpus, SedfPlacement.MostRoom, percents[1..]));
        }
    }

    private static MachineSetup Host(int pcpus, params int[] percents)
    {
        var domains = new List<DomainSetup>();
        foreach (var percent in percents) domains.Add(Promised($"dom{domains.Count + 1}", 100.Ms, percent.Ms));
        return new() { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains };
    }

    private static Refusal? Refused(int pcpus, SedfPlacement placement, params int[] percents)
    {
        Refusal? refusal = null;
        _ = new Machine(Host(pcpus, percents), host =>
        {
            refusal = SedfAdmission.Check(host, new() { Admission = true, Placement = placement });
            return new SedfScheduler(host, new());
        });
        return refusal;
    }

    private static Runs RunOnOne(Duration length, IReadOnlyList<DomainSetup> domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new SedfScheduler(host, new()));
        var runs = new Runs();
        machine.Watch(runs);
        machine.Run(Instant.Zero + length);
        return runs;
    }
}
