using Flms.Core;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Tests.Measures;

/// <summary>Fairness and work, against figures worked out by hand: 2 pCPUs, 4 noisy VMs.</summary>
public sealed class SettingResultTests
{
    private const double WorkOfCpu = 1000;

    // The pinged VM, then the noisy ones.
    private static Turn Turn(int round, Duration trip, params double[] cpu) => new()
    {
        Round = round,
        Span = 5.Seconds,
        Pings = [.. Enumerable.Range(0, 100).Select(i => new Ping(new(i), 0.Ns, trip, Lost: false))],
        Latency = new("lat", cpu[0], 0),
        Noisy = [.. cpu.Skip(1).Select((c, i) => new VmUse($"noisy{i + 1}", c, c * WorkOfCpu))],
        Agent = 0.01,
        Pcpus = 2,
        Stolen = 0,
        Others = 0,
    };

    [Fact]
    public void Noisy_VMs_that_get_what_fairness_leaves_them_do_all_of_its_work()
    {
        var stock = Turn(1, 10.Ms, 0.26, 0.435, 0.435, 0.435, 0.435);
        var ours = Turn(1, 1.Ms, 0.4, 0.4, 0.4, 0.4, 0.4);
        var result = SettingResult.Of("agent", [ours], [stock], latencyDemand: 0.5);
        Assert.Equal(1, result.FairWork!.Value, 9);
        Assert.Equal(1, result.FairCpu!.Value, 9);
        Assert.Equal(1, result.Greediest, 9);
        Assert.Equal(10, result.P99!.Mean, 9);
        Assert.Equal(1.6 / 1.74, result.Work!.Mean, 9);
        Assert.Equal(1, result.Jain!.Value, 9);
        Assert.Equal(1.74 / 1.6, SettingResult.Of("stock", [stock], [stock], 0.5).FairWork!.Value, 9);
    }

    [Fact]
    public void Who_is_disturbed_at_his_work_does_less_of_it_in_the_same_time()
    {
        var stock = Turn(1, 5.Ms, 0.4, 0.4, 0.4, 0.4, 0.4);
        var ours = stock with { Noisy = [.. stock.Noisy.Select(vm => vm with { Work = vm.Work * 0.9 })] };
        var result = SettingResult.Of("agent", [ours], [stock], latencyDemand: 0.5);
        Assert.Equal(0.9, result.FairWork!.Value, 9);
        Assert.Equal(1, result.FairCpu!.Value, 9);
    }

    [Theory]
    [InlineData(0.06, true)]
    [InlineData(0.07, false)]
    public void A_turn_is_trusted_if_the_machines_own_host_left_it_its_pCPUs(double stolen, bool trusted) =>
        Assert.Equal(trusted, (Turn(1, 5.Ms, 0.4, 0.4) with { Stolen = stolen }).IsTrusted);

    [Fact]
    public void A_pCPU_that_is_left_idle_is_work_that_is_not_done()
    {
        var stock = Turn(1, 5.Ms, 0.02, 0.495, 0.495, 0.495, 0.495);
        var split = Turn(1, 1.Ms, 0.02, 0.25, 0.25, 0.25, 0.25);
        Assert.Equal(1 / 1.98, SettingResult.Of("split", [split], [stock], 0.02).FairWork!.Value, 9);
    }

    [Fact]
    public void A_VM_that_takes_more_than_others_who_want_it_too_is_greedy()
    {
        var stock = Turn(1, 5.Ms, 0.26, 0.435, 0.435, 0.435, 0.435);
        var greedy = Turn(1, 1.Ms, 0.5, 0.375, 0.375, 0.375, 0.375);
        Assert.Equal(1.25, SettingResult.Of("agent", [greedy], [stock], 0.5).Greediest, 9);
    }

    [Fact]
    public void Without_noisy_VMs_there_is_no_work_to_compare_and_nobody_is_greedy()
    {
        var alone = SettingResult.Of("agent", [Turn(1, 1.Ms, 0.5)], [Turn(1, 1.Ms, 0.5)], 0.5);
        Assert.Null(alone.FairWork);
        Assert.Null(alone.Work);
        Assert.Null(alone.Jain);
        Assert.Equal(0, alone.Greediest);
        Assert.Equal(1, alone.P99!.Mean, 9);
    }

    [Fact]
    public void Ratios_are_taken_round_by_round()
    {
        var stock = new[] { Turn(1, 10.Ms, 0.1, 0.9), Turn(2, 40.Ms, 0.1, 0.9) };
        var ours = new[] { Turn(1, 1.Ms, 0.1, 0.9), Turn(2, 4.Ms, 0.1, 0.9) };
        var p99 = SettingResult.Of("agent", ours, stock, 0.1).P99!;
        Assert.Equal((10, 10), (Math.Round(p99.Least, 9), Math.Round(p99.Greatest, 9)));
    }
}
