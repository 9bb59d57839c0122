using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Testing;

namespace Flms.Traces.Tests;

public sealed class ReplayPlanTests
{
    [Theory]
    [InlineData("noisy4-own50")]
    [InlineData("mixed-duty")]
    public void The_recorded_policy_reproduces_the_shares_that_the_kernel_counted(string name)
    {
        var r = Shared.Read(Shared.Recording(name));
        var machine = Recorded(Plan(r));
        double kernel = 0, replayed = 0;
        for (var d = 0; d < r.Vms.Count; d++) kernel += KernelRun(r.Vms[d]);
        foreach (var run in machine.Statistics.DomainRun) replayed += run;
        for (var d = 0; d < r.Vms.Count; d++)
        {
            var expected = KernelRun(r.Vms[d]) / kernel;
            Assert.InRange(machine.Statistics.DomainRun[d] / replayed, expected * 0.95, expected * 1.05);
            Assert.Equal(r.Vms[d].Run.Ns, machine.Statistics.DomainRun[d], tolerance: 1_000_000);
        }
    }

    [Theory]
    [InlineData("noisy4-own50")]
    [InlineData("mixed-duty")]
    public void Round_robin_with_4_ms_comes_within_5_percent_of_the_recorded_run_times(string name)
    {
        var r = Shared.Read(Shared.Recording(name));
        var machine = Run(Plan(r), (_, host) => new RoundRobinScheduler(host, new() { Slice = 4.Ms }));
        // The cut of 2.5 s that is kept holds few rounds of its hogs, so chance weighs more.
        var margin = r.Length > 5.Seconds ? 0.05 : 0.15;
        for (var d = 0; d < r.Vms.Count; d++)
            Assert.InRange((double)machine.Statistics.DomainRun[d] / r.Vms[d].Run.Ns, 1 - margin, 1 + margin);
    }

    [Fact]
    public void A_burst_that_comes_before_the_last_is_done_queues_up_and_its_response_counts_from_its_own_wake_up()
    {
        Burst[] bursts = [new(At(0), 4.Ms), new(At(1), 2.Ms), new(At(10), 3.Ms)];
        var domain = new DomainSetup
        {
            Name = "a",
            Workloads = [new ReplaySetup { Bursts = bursts }],
        };
        var machine = new Machine(new() { Topology = Topology.Of(1, 1), Domains = [domain], Costs = CostModel.None },
            host => new RoundRobinScheduler(host, new()));
        machine.Run(At(20));
        var replay = machine.Workloads[0];
        Assert.Equal("burst.response", replay.Measure);
        Assert.Equal((3, (4 + 5 + 3) * 1_000_000), (replay.Samples!.Count, replay.Samples.Sum));
        Assert.Equal(2, machine.Statistics.Wakes);
        Assert.Equal(9_000_000, machine.Statistics.DomainRun[0]);
    }

    [Fact]
    public void Which_threads_take_part_is_a_choice()
    {
        var text = Texts.Switch(0, 0, 5, "S", 7) + Texts.Switch(0, 10, 7, "S", 9) + Texts.Switch(0, 20, 9, "S", 0);
        var r = Texts.Recording(text, new("a", "vcpu0", 5, null), new("a", "main", 7, null), new("a", "io", 8, null));
        Assert.Equal(["a/1"], Named(Plan(r, new() { Include = ReplayThreads.Vcpus })));
        Assert.Equal(["a/2"], Named(Plan(r)));
        Assert.Equal(["a/2", "other/1"], Named(Plan(r, new() { Include = ReplayThreads.All })));
    }

    [Fact]
    public void Kinds_are_guessed_by_short_bursts_and_little_load_unless_they_are_given()
    {
        var text = Texts.Switch(0, 0, 9, "S", 5) + Texts.Switch(0, 1000, 5, "S", 6) + Texts.Switch(0, 9000, 6, "S", 0)
            + Texts.Wake(0, 9500, 0, 9);
        var r = Texts.Recording(text,
            new("a", "vcpu0", 5, null), new("b", "vcpu0", 6, null), new("c", "vcpu0", 99, null));
        DomainKind[] guessed = [DomainKind.Latency, DomainKind.Compute, DomainKind.Unmarked];
        Assert.Equal(guessed, Plan(r).Domains.Select(d => d.Kind));
        var given = new ReplayOptions { Kinds = new Dictionary<string, DomainKind> { ["b"] = DomainKind.Mixed } };
        Assert.Equal(DomainKind.Mixed, Plan(r, given).Domains[1].Kind);
        var wrong = new ReplayOptions { Kinds = new Dictionary<string, DomainKind> { ["d"] = DomainKind.Mixed } };
        Assert.Equal("no virtual machine `d` in x.trace; it has a, b, c", ReplayPlan.TryMake(r, wrong, out _));
    }

    [Fact]
    public void The_recorded_policy_hands_a_thread_over_between_pCPUs_at_one_instant()
    {
        var r = Texts.Recording(Texts.Switch(1, 0, 9, "S", 5) + Texts.Wake(0, 0, 0, 6) + Texts.Switch(0, 0, 0, "R", 6)
            + Texts.Switch(0, 10, 6, "R", 0) + Texts.Switch(1, 10, 5, "R", 6) + Texts.Switch(0, 10, 0, "R", 5)
            + Texts.Switch(0, 20, 5, "S", 0)
            + Texts.Switch(1, 30, 6, "S", 0), new("a", "vcpu0", 5, null), new("b", "vcpu0", 6, null));
        var machine = Recorded(Plan(r));
        Assert.Equal([20_000, 30_000], machine.Statistics.DomainRun);
    }

    [Fact]
    public void Under_the_recorded_policy_nothing_is_charged_and_nothing_is_left_over_to_wait()
    {
        // The second burst is shorter than the clock can tell.
        var r = Texts.Recording(Texts.Switch(0, 0, 9, "S", 0) + Texts.Wake(0, 10, 0, 5) + Texts.Switch(0, 12, 0, "R", 5)
            + Texts.Switch(0, 30, 5, "S", 0) + Texts.Wake(0, 40, 0, 5) + Texts.Switch(0, 41, 0, "R", 5)
            + Texts.Switch(0, 41, 5, "S", 0) + Texts.Wake(0, 80, 0, 5) + Texts.Switch(0, 85, 0, "R", 5)
            + Texts.Switch(0, 90, 5, "S", 0), new MappedThread("a", "vcpu0", 5, null));
        var machine = Recorded(Plan(r, new()));
        Assert.Equal([23_000], machine.Statistics.DomainRun);
        Assert.Equal((2, 7_000), (machine.Statistics.Wait[0].Count, machine.Statistics.Wait[0].Sum));
        Assert.Equal((2, 30_000), (machine.Workloads[0].Samples!.Count, machine.Workloads[0].Samples!.Sum));
    }

    [Fact]
    public void Nothing_is_allocated_while_a_replay_runs()
    {
        var text = Texts.Switch(0, 0, 9, "S", 0);
        for (var i = 1; i < 2000; i++) text += Texts.Wake(0, i * 100, 0, 5) + Texts.Switch(0, i * 100 + 1, 0, "R", 5)
            + Texts.Switch(0, i * 100 + 30, 5, "S", 0);
        var plan = Plan(Texts.Recording(text, new MappedThread("a", "vcpu0", 5, null)));
        Machine? machine = null;
        Assert.Equal(0, Allocation.Least(() =>
        {
            machine = new Machine(plan.RecordedMachine, plan.RecordedPolicy);
            machine.Run(At(20));
            return () => machine.Run(plan.Until);
        }));
        Assert.Equal(1999, machine!.Workloads[0].Samples!.Count);
    }

    private static double KernelRun(RecordedVm vm) => vm.Threads.Sum(t => (double)t.Kernel!.RunNs);

    private static ReplayPlan Plan(Recording recording, ReplayOptions? options = null)
    {
        options ??= new() { Costs = CostModel.None };
        Assert.Null(ReplayPlan.TryMake(recording, options, out var plan));
        return plan!;
    }

    private static Machine Recorded(ReplayPlan plan)
    {
        var machine = new Machine(plan.RecordedMachine, plan.RecordedPolicy);
        machine.Run(plan.Until);
        return machine;
    }

    private static Machine Run(ReplayPlan plan, Func<ReplayPlan, ISchedHost, Scheduler> policy)
    {
        var machine = new Machine(plan.Machine, host => policy(plan, host));
        machine.Run(plan.Until);
        return machine;
    }

    private static IEnumerable<string> Named(ReplayPlan plan) => plan.Domains.Select(d => $"{d.Name}/{d.Vcpus}");

    private static Instant At(int ms) => new(ms * 1_000_000L);
}
