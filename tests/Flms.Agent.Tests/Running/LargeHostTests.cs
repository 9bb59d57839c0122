using Flms.Agent.Levers;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Running;

/// <summary>A host of 1,000 vCPUs.</summary>
public sealed class LargeHostTests
{
    private const int Vms = 20;
    private const int Vcpus = 50;
    private const int Threads = Vms * (Vcpus + 1);

    [Fact]
    public void A_period_in_which_nothing_changes_asks_the_kernel_for_an_eighth_of_the_threads_and_allocates_the_plan()
    {
        using var bench = Placed();
        var calls = 0;
        bench.Kernel.Fault = _ =>
        {
            calls++;
            return null;
        };
        const int periods = 16;
        var (writes, allocated) = (bench.Kernel.Writes, GC.GetAllocatedBytesForCurrentThread());
        bench.Run(periods);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.Equal(writes, bench.Kernel.Writes);
        // Affinity and attributes, of each thread once in eight periods.
        Assert.Equal(2 * Threads * periods / 8, calls);
        Assert.True(allocated / periods / Threads < 400, $"{allocated / periods / Threads} bytes a thread and period");
    }

    [Fact]
    public void Whoever_is_bound_by_somebody_else_is_found_within_eight_periods()
    {
        using var bench = Placed();
        bench.Kernel.ByOperator(501, bench.Cpus.Parse("3"));
        bench.Kernel.ByOperator(602, bench.Cpus.Parse("2"));
        bench.Run(8);
        Assert.Equal(2, bench.Loop.Counts[LeverOutcome.TakenOver]);
        Assert.Equal(Threads - 2, bench.Loop.Ours);
    }

    [Fact]
    public void A_scan_that_finds_nothing_new_reads_a_cpuset_once_however_many_threads_have_it()
    {
        using var bench = Placed(rescan: 1.Seconds);
        const string file = "/sys/fs/cgroup/machine.slice/vm.scope/cpuset.cpus.effective";
        var (reads, cgroups) = (0, 0);
        bench.Host.Fault = path =>
        {
            if (path == file) reads++;
            if (path.EndsWith("/cgroup", StringComparison.Ordinal)) cgroups++;
            return null;
        };
        bench.Run(6);
        // Opened and read; and once for each thread whose turn it is, of which all come in six scans.
        Assert.Equal(2 * (6 + Threads), reads);
        Assert.Equal(2 * Threads, cgroups);
        bench.Host.Text(file, "1-3\n");
        bench.Run(1);
        Assert.All(bench.Loop.Plan!.Lines, l => Assert.Equal("1-3", l.Thread.Allowed.ToString()));
    }

    private static LoopBench Placed(Duration? rescan = null)
    {
        var bench = new LoopBench(AgentMode.Enforce, s => s with
        {
            Rescan = rescan ?? 100.Seconds,
            Pace = s.Pace with { Budget = 10_000, Residency = 1.Seconds },
        }, vms: 0);
        bench.Host.Text("/sys/fs/cgroup/machine.slice/vm.scope/cpuset.cpus.effective", "0-3\n");
        for (var vm = 0; vm < Vms; vm++) bench.Start(100 * (vm + 1), (vm % 2 == 0 ? "web" : "batch") + vm, Vcpus);
        foreach (var t in bench.Host.Threads.ToList())
            bench.Host.Text($"/proc/{t.Pid}/task/{t.Tid}/cgroup", "0::/machine.slice/vm.scope\n");
        bench.Run(30);
        Assert.Equal(Threads, bench.Loop.Ours);
        return bench;
    }
}
