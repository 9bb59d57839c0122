using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

public sealed class BoostingTests
{
    private static readonly PlanRules Rules = new() { Boost = BoostMode.Deadline, Judge = false };
    private readonly HostCpus _cpus = Machines.Of(2);
    private readonly Planner _planner;

    public BoostingTests() => _planner = Planner(Rules);

    [Fact]
    public void Off_by_default_nobody_is_boosted()
    {
        Assert.Equal(BoostMode.Off, new PlanRules().Boost);
        var planner = Planner(new());
        for (var i = 0; i < 5; i++)
        {
            var plan = planner.Next(1.Seconds, Host(webMs: 20, waitMs: 500));
            Assert.Empty(plan.Boosts);
            Assert.All(plan.Lines, l => Assert.Null(l.Boost));
        }
    }

    [Fact]
    public void Who_has_waited_in_two_periods_while_others_want_pCPUs_is_boosted_and_the_others_run_everywhere()
    {
        // Nobody is moved for the time until then.
        var plan = Next(Host(webMs: 20, waitMs: 100));
        Assert.Equal((BoostState.Waiting, false), (plan.Boosts[0].State, plan.Split));
        Assert.All(plan.Lines, l => Assert.Equal(("0-1", Duration.Zero), (l.Cpus!.ToString(), l.Slice!.Value)));
        plan = Next(Host(webMs: 20, waitMs: 100));
        Assert.Equal(BoostState.Boosted, plan.Boosts[0].State);
        Assert.Equal([PlanReason.Boosted, PlanReason.ServesBoosted], plan.Lines.Take(2).Select(l => l.Reason));
        Assert.All(plan.Lines.Skip(2), l => Assert.Equal((PlanReason.Yields, "0-1", Duration.Zero),
            (l.Reason, l.Cpus!.ToString(), l.Slice!.Value)));
        Assert.All(plan.Lines, l => Assert.Equal("0-1", l.Cpus!.ToString()));
    }

    [Fact]
    public void Who_does_not_wait_or_waits_for_nobody_else_is_not_boosted()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(BoostState.Calm, Next(Host(webMs: 20, waitMs: 0)).Boosts[0].State);
            // The others have all they want.
            Assert.Equal(BoostState.Calm,
                Planner(Rules).Next(1.Seconds, Host(900, waitMs: 100, noisy: 1, noisyWaitMs: 10)).Boosts[0].State);
        }
    }

    [Fact]
    public void A_boost_ends_when_nobody_else_has_wanted_a_pCPU_for_five_periods()
    {
        Boosted();
        for (var i = 0; i < 4; i++) Assert.Equal(BoostState.Boosted, Quiet().State);
        Assert.Equal(BoostState.Boosted, Next(Host(webMs: 20, waitMs: 0)).Boosts[0].State); // they want it again
        for (var i = 0; i < 4; i++) Assert.Equal(BoostState.Boosted, Quiet().State);
        Assert.Equal(BoostState.Calm, Quiet().State);

        VmBoost Quiet() => Next(Host(webMs: 20, waitMs: 0, noisyWaitMs: 0)).Boosts[0];
    }

    [Fact]
    public void A_VM_that_works_half_of_the_time_may_use_twice_its_share_then_and_a_saturated_one_its_share()
    {
        // Of 2 pCPUs five VMs want one each: 400 thousandths for each.
        var half = VcpuOf(Steady(Host(webMs: 400, waitMs: 100)));
        var whole = VcpuOf(Steady(Host(webMs: 400, waitMs: 600)));
        Assert.InRange(half.Thousandths, 700, 800);
        Assert.InRange(whole.Thousandths, 330, 400);
        Assert.True(half.Paced && whole.Paced);
    }

    [Fact]
    public void What_it_uses_above_its_share_it_owes_and_over_some_periods_it_has_no_more_than_its_share()
    {
        // A guest that wants to work all the time, and a kernel that lets it use a fifth more than its budget.
        long used = 0, shares = 0, now = 400;
        for (var i = 0; i < 60; i++)
        {
            var plan = Next(Host(webMs: (int)now, waitMs: (int)(1000 - now)));
            if (plan.Boosts[0].State != BoostState.Boosted) continue;
            if (i >= 20) (used, shares) = (used + now, shares + plan.Boosts[0].FairShare);
            now = Math.Min(1000, VcpuOf(plan).Thousandths * 12 / 10);
        }
        Assert.True(shares > 0);
        Assert.InRange(used, shares * 90 / 100, shares * 103 / 100);
    }

    [Fact]
    public void Whatever_they_did_no_budget_exceeds_2_ms_and_all_together_stay_within_what_may_be_reserved()
    {
        var random = new Random(2);
        var cpus = Machines.Of(4);
        for (var round = 0; round < 60; round++)
        {
            var rules = Rules with
            {
                BoostTotal = random.Next(100, 901),
                BoostBurst = random.Next(1000, 10_001),
                BoostPeriod = new(random.Next(500_000, 2_000_001)),
            };
            var planner = new Planner(cpus, FlmsOptions.Default, rules, slices: true);
            var boosted = 0;
            for (var i = 0; i < 8; i++)
            {
                var threads = Many(random);
                var plan = planner.Next(1.Seconds, threads);
                var reserved = plan.Lines.Sum(l => l.Boost is { } b ? (decimal)b.Runtime.Ns / b.Period.Ns : 0);
                // Budgets have a least length, which may add a little.
                Assert.True(reserved <= rules.BoostTotal * 4 / 1000m + 0.01m * threads.Count, $"{reserved}");
                foreach (var line in plan.Lines)
                {
                    if (line.Boost is not { } b) continue;
                    boosted++;
                    Assert.InRange(b.Runtime.Ns, 20_000, 2_000_000);
                    Assert.InRange(b.Thousandths, 1, 951);
                    Assert.True(line.Cpus!.SameAs(cpus.Usual));
                }
                foreach (var vm in plan.Boosts.Where(v => v.State == BoostState.Boosted))
                    Assert.InRange(vm.FairShare, 4000 / (plan.Lines.Count + 1) / 4, 4000);
            }
            Assert.True(boosted > 0 || rules.BoostTotal < 300);
        }
    }

    [Fact]
    public void Who_may_not_use_every_pCPU_or_is_refused_by_the_kernel_stays_in_its_group()
    {
        var narrow = Host(webMs: 20, waitMs: 200).Select(t => t.Vm != "web" ? t
            : t with { Allowed = _cpus.Parse("1")! }).ToList();
        var plan = Steady(narrow);
        Assert.Equal(BoostState.Narrow, plan.Boosts[0].State);
        Assert.All(plan.Lines, l => Assert.Null(l.Boost));
        Assert.Contains(plan.Lines, l => l.Reason == PlanReason.Latency || l.Reason == PlanReason.Roams);

        Boosted();
        var refused = Host(webMs: 20, waitMs: 200).Select(t => t with { Refused = t.Vm == "web" }).ToList();
        plan = Next(refused);
        Assert.Equal(BoostState.Refused, plan.Boosts[0].State);
        Assert.Equal(PlanReason.Latency, plan.Lines[0].Reason);
        Assert.Contains(plan.Lines, l => l.Reason is PlanReason.Compute or PlanReason.Lent);
        var periods = 1;
        while (Next(Host(webMs: 20, waitMs: 200)).Boosts[0].State == BoostState.Refused) periods++;
        Assert.InRange(periods, 60, 68);
    }

    [Fact]
    public void Where_CPUs_are_kept_out_of_the_pool_nobody_is_boosted_since_they_would_have_to_be_allowed_there()
    {
        var host = new FakeHost();
        host.Text("/sys/devices/system/cpu/online", "0-3\n");
        host.Text("/sys/devices/system/cpu/possible", "0-3\n");
        var cpus = HostCpus.Read(host, [0], out _)!;
        var planner = new Planner(cpus, FlmsOptions.Default, Rules, slices: true);
        Plan plan = null!;
        for (var i = 0; i < 5; i++)
            plan = planner.Next(1.Seconds, [.. Host(20, waitMs: 300).Select(t => t with { Allowed = cpus.Usual })]);
        Assert.Equal(BoostState.Narrow, plan.Boosts[0].State);
    }

    private VmBoost Boosted()
    {
        Next(Host(webMs: 20, waitMs: 100));
        var boost = Next(Host(webMs: 20, waitMs: 100)).Boosts[0];
        Assert.Equal(BoostState.Boosted, boost.State);
        return boost;
    }

    private Plan Steady(IReadOnlyList<PlanThread> threads)
    {
        var planner = Planner(Rules);
        Plan plan = null!;
        for (var i = 0; i < 4; i++) plan = planner.Next(1.Seconds, threads);
        return plan;
    }

    private static Reservation VcpuOf(Plan plan) => plan.Lines[0].Boost!.Value;

    private Plan Next(IReadOnlyList<PlanThread> threads) => _planner.Next(1.Seconds, threads);

    private Planner Planner(PlanRules rules) => new(_cpus, FlmsOptions.Default, rules, slices: true);

    private List<PlanThread> Host(int webMs, int waitMs, int noisy = 4, int noisyWaitMs = 500)
    {
        List<PlanThread> threads =
        [
            Thread("web", 0, Treatment.Latency, ThreadRole.Vcpu, webMs, waitMs, 200),
            Thread("web", 0, Treatment.Latency, ThreadRole.Main, 10, 0, 200),
        ];
        for (var n = 0; n < noisy; n++)
        {
            var run = Math.Min(1000 - noisyWaitMs, (2000 - webMs - 10) / noisy);
            threads.Add(Thread($"noisy{n}", n + 1, Treatment.Compute, ThreadRole.Vcpu, run, noisyWaitMs, 100));
            threads.Add(Thread($"noisy{n}", n + 1, Treatment.Compute, ThreadRole.Main, 0, 0, 1));
        }
        return threads;
    }

    private static List<PlanThread> Many(Random random)
    {
        var threads = new List<PlanThread>();
        var cpus = Machines.Of(4);
        for (var vm = 0; vm < 1 + random.Next(30); vm++)
        {
            var treatment = random.Next(2) == 0 ? Treatment.Latency : Treatment.Compute;
            for (var n = 0; n < 1 + random.Next(4); n++)
            {
                var run = random.Next(1000);
                threads.Add(Thread($"vm{vm}", vm, treatment, n == 0 ? ThreadRole.Main : ThreadRole.Vcpu, run,
                    random.Next(1000 - run), random.Next(300)) with
                { Number = n, Allowed = cpus.Usual, Thread = new(1000 + 10 * vm + n, 1) });
            }
        }
        return threads;
    }

    private static PlanThread Thread(
        string vm, int number, Treatment treatment, ThreadRole role, int runMs, int waitMs, int slices) => new()
        {
            Thread = new(100 + 10 * number + (int)role, 1),
            Process = new(1000 + number, 1),
            Vm = vm,
            Role = role,
            Treatment = treatment,
            Run = 1.Ms * runMs,
            Wait = 1.Ms * waitMs,
            Timeslices = slices,
            Sleeper = treatment == Treatment.Latency,
            Allowed = new CpuMask(2).Fill(),
        };
}
