using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;
using Flms.Sim;
using Flms.Sim.Workloads;
using Xunit.Abstractions;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Credit's budget (spec/compared-systems.md 7, item 24): what is granted, what can be held, what comes of it;
/// docs/oracles.md lists them.</summary>
public sealed class CreditOracles(ITestOutputHelper output)
{
    private sealed class NoParking : IParking
    {
        public void Parked(VcpuId v, Instant now) { }

        public void Unparked(VcpuId v, Instant now) { }
    }

    // 300 credits for each pCPU, and what all together owed, are granted at each accounting, and by rounding up at most
    // one more for each domain, each vCPU and each half. Exact as long as nobody's part is above the peak of 300:
    // weights differ by a factor of 2, and there are 4 vCPUs to a pCPU.
    [Fact]
    public void Oracle24_Each_accounting_grants_300_credits_a_pCPU_and_nobody_holds_or_owes_more()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var random = RandomStream.For(seed, 24);
            var pcpus = random.Next(1, 9);
            var vcpus = 4 * pcpus;
            var ledger = new CreditLedger(vcpus, vcpus, new NoParking())
            {
                SliceCredit = 300,
                PoolCredit = 300 * pcpus,
            };
            for (var v = 0; v < vcpus; v++)
            {
                ledger.Add(new(v), new() { Domain = new(v), Weight = random.Next(200, 401) });
                ledger.Activate(new(v));
            }
            for (var period = 0; period < 1000; period++)
            {
                var now = new Instant(period * 30_000_000L);
                BurnAll(ledger, random, 3 * pcpus, vcpus, now);
                var (before, debt) = (Sum(ledger, vcpus), Math.Max(0, -ledger.Balance));
                ledger.Account(now);
                var grant = Sum(ledger, vcpus) - before;
                for (var v = 0; v < vcpus; v++)
                {
                    Assert.InRange(ledger.CreditOf(new(v)), -300, 300);
                    if (ledger.IsActive(new(v))) continue;
                    // Whoever came above 300 has lost half of it again, and takes no part until it runs.
                    grant += ledger.CreditOf(new(v));
                    ledger.Activate(new(v));
                }
                Assert.InRange(grant, 300L * pcpus + debt, 300L * pcpus + debt + 3 * vcpus);
            }
        }
    }

    // Every pCPU is busy for the whole period, by turns of 10 ms; a random one of the two with most credit has each.
    private static void BurnAll(CreditLedger ledger, RandomStream random, int turns, int vcpus, Instant now)
    {
        for (var turn = 0; turn < turns; turn++)
        {
            var best = Richest(ledger, vcpus, except: -1);
            var one = random.Next(0, 2) == 0 ? best : Richest(ledger, vcpus, best);
            ledger.Begin(new(one), now);
            ledger.End(new(one), now + 10.Ms);
        }
    }

    private static int Richest(CreditLedger ledger, int vcpus, int except)
    {
        var best = -1;
        for (var v = 0; v < vcpus; v++)
            if (v != except && (best < 0 || ledger.CreditOf(new(v)) > ledger.CreditOf(new(best)))) best = v;
        return best;
    }

    private static long Sum(CreditLedger ledger, int vcpus)
    {
        var sum = 0L;
        for (var v = 0; v < vcpus; v++) sum += ledger.CreditOf(new(v));
        return sum;
    }

    // Hogs of random weights, none of which deserves more than 80 % of a pCPU. Within 3 % of a pCPU: grants are rounded
    // up, which is worth most to the light, and who runs on which pCPU follows standings, not shares.
    [Fact]
    public void Oracle24_Hogs_share_by_weight_in_the_long_run()
    {
        var worst = 0.0;
        for (var seed = 1UL; seed <= 30; seed++)
        {
            var random = RandomStream.For(seed, 2424);
            var pcpus = random.Next(1, 5);
            var weights = new int[3 * pcpus + random.Next(0, 3)];
            for (var i = 0; i < weights.Length; i++) weights[i] = random.Next(128, 513);
            if ((double)weights.Max() / weights.Sum() * pcpus > 0.8) continue;
            var domains = new DomainSetup[weights.Length];
            for (var i = 0; i < weights.Length; i++)
                domains[i] = new() { Name = $"d{i}", Weight = weights[i], Workloads = [new HogSetup()] };
            var run = Run(Topology.Of(1, pcpus), 60.Seconds, domains).Statistics.DomainRun;
            for (var i = 0; i < weights.Length; i++)
                worst = Math.Max(worst, Math.Abs(run[i] / 60e9 - (double)weights[i] / weights.Sum() * pcpus));
        }
        output.WriteLine($"off by at most {worst:F4} of a pCPU");
        Assert.InRange(worst, 0, 0.03);
    }

    // Over any window a domain has what its cap allows and no more than two slices: it is stopped at an accounting, one
    // slice after it has used up what it held, and may hold the part of a slice that its cap allows.
    [Fact]
    public void Oracle24_A_cap_is_overshot_by_no_more_than_two_slices_in_any_window()
    {
        var worst = 0.0;
        for (var cap = 5; cap < 100; cap += 5)
        {
            var domains = new DomainSetup[]
            {
                new() { Name = "capped", Cap = cap, Affinity = One(2, 0), Workloads = [new HogSetup()] },
                new() { Name = "hog", Affinity = One(2, 1), Workloads = [new HogSetup()] },
            };
            var runs = new Runs();
            var machine = Run(Topology.Of(1, 2), 60.Seconds, domains, runs);
            Assert.Equal(cap / 100.0, machine.Statistics.DomainRun[0] / 60e9, 0.002);
            // W - cap t falls while it is parked and rises while it runs: the greatest rise between two points.
            var (least, sofar, at) = (0.0, 0.0, 0L);
            foreach (var run in runs.Of.Where(r => r.Vcpu == 0))
            {
                sofar -= (run.From.Ns - at) * cap / 100.0;
                least = Math.Min(least, sofar);
                at = (run.From + run.Ran).Ns;
                sofar += run.Ran.Ns * (1 - cap / 100.0);
                worst = Math.Max(worst, (sofar - least) / 30e6);
            }
        }
        output.WriteLine($"at most {worst:F3} slices above the cap");
        Assert.InRange(worst, 0.1, 2.0);
    }

    private static CpuMask One(int size, int p)
    {
        var mask = new CpuMask(size);
        mask.Add(new(p));
        return mask;
    }

    private static Machine Run(Topology topology, Duration length, DomainSetup[] domains, IWatcher? watcher = null)
    {
        var setup = new MachineSetup { Topology = topology, Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new CreditScheduler(host, CreditOptions.Xen442));
        if (watcher != null) machine.Watch(watcher);
        machine.Run(Instant.Zero + length);
        return machine;
    }
}
