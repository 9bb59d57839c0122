using Flms.Agent.Host;

namespace Flms.Agent.Tests.Host;

public sealed class KernelTests
{
    private readonly FakeHost _host = new();

    [Theory]
    [InlineData("6.1.0-41-amd64", SliceTier.None, PreemptionModel.Prompt)]
    [InlineData("6.12.107+deb13-cloud-amd64", SliceTier.Tick, PreemptionModel.Prompt)]
    [InlineData("6.18.44-fc", SliceTier.Tick, PreemptionModel.Lazy)]
    [InlineData("7.2.13-cloud-amd64", SliceTier.Exact, PreemptionModel.Lazy)]
    [InlineData("7.3-rc1", SliceTier.Flat, PreemptionModel.Lazy)]
    public void Where_the_kernel_does_not_say_its_version_does(string release, SliceTier slices, PreemptionModel model)
    {
        _host.Text("/proc/sys/kernel/osrelease", release + "\n");
        var kernel = Kernel.Read(_host);
        Assert.Equal((slices, false, model, false),
            (kernel.Slices, kernel.SlicesSeen, kernel.Preemption, kernel.PreemptionSeen));
    }

    [Fact]
    public void What_the_kernel_says_counts_more_than_its_version()
    {
        _host.Text("/proc/sys/kernel/osrelease", "6.18.50\n");
        _host.Text("/sys/kernel/debug/sched/features", "PLACE_LAG HRTICK NO_HRTICK_DL\n");
        _host.Text("/sys/kernel/debug/sched/preempt", "none voluntary (full) lazy\n");
        var kernel = Kernel.Read(_host);
        Assert.Equal((SliceTier.Exact, true, PreemptionModel.Prompt, true),
            (kernel.Slices, kernel.SlicesSeen, kernel.Preemption, kernel.PreemptionSeen));
        _host.Text("/sys/kernel/debug/sched/features", "PLACE_LAG NO_HRTICK\n");
        Assert.Equal(SliceTier.Tick, Kernel.Read(_host).Slices);
    }

    [Fact]
    public void The_command_line_it_was_booted_with_counts_too()
    {
        _host.Text("/proc/sys/kernel/osrelease", "6.18.50\n");
        _host.Text("/proc/cmdline", "quiet preempt=full\n");
        Assert.Equal((PreemptionModel.Prompt, true), (Kernel.Read(_host).Preemption,
            Kernel.Read(_host).PreemptionSeen));
    }

    [Theory]
    [InlineData("6.12.20", true)]
    [InlineData("6.12.40", false)]
    [InlineData("6.14.1", true)]
    [InlineData("6.18.44", true)]
    [InlineData("6.18.45", false)]
    [InlineData("7.3.4", false)]
    public void Kernels_with_known_faults_are_named(string release, bool faulty)
    {
        _host.Text("/proc/sys/kernel/osrelease", release);
        Assert.Equal(faulty, Kernel.Read(_host).KnownFault != null);
    }

    [Fact]
    public void The_doctor_of_an_empty_host_finds_problems_and_of_this_machine_reads_the_kernel()
    {
        Assert.Contains(new Doctor(_host).Examine(), f => f is { Name: "kernel", Severity: Severity.Problem });
        var here = new Doctor(new Agent.Linux.LinuxFiles()).Examine();
        Assert.Contains(here, f => f is { Name: "kernel", Severity: Severity.Fine });
        Assert.Contains(here, f => f is { Name: "statistics", Severity: Severity.Fine });
    }

    [Fact]
    public void The_doctor_names_who_else_places_VMs_and_what_is_set_against_it()
    {
        _host.Text("/proc/sys/kernel/osrelease", "6.12.50\n");
        _host.Text("/proc/self/schedstat", "1 1 1\n");
        _host.Text("/proc/self/status", "Name:\tx\nCapEff:\t0000000000800000\n");
        _host.Text("/sys/devices/system/cpu/isolated", "2-3\n");
        _host.Text("/sys/kernel/sched_ext/state", "enabled\n");
        _host.Thread(50, 50, "numad");
        _host.Text("/proc/50/comm", "numad\n");
        _host.Thread(60, 60, "irqbalance");
        _host.Text("/proc/60/comm", "irqbalance\n");
        _host.Text("/sys/module/kvm/parameters/halt_poll_ns", "200000\n");
        _host.Text("/run/libvirt/libvirt-sock-ro", "");
        _host.Text("/proc/mounts", "proc /proc proc rw,hidepid=0 0 0\nproc /proc proc rw,hidepid=invisible 0 0\n");
        var found = new Doctor(_host).Examine().ToDictionary(f => f.Name, f => f.Severity);
        Assert.Equal((Severity.Limit, Severity.Fine, Severity.Fine, Severity.Fine, Severity.Limit), (
            found["halt-polling"], found["irqbalance"], found["libvirt"], found["events"], found["hidepid"]));
        Assert.Equal(Severity.Problem, found["rivals"]);
        Assert.Equal(Severity.Problem, found["sched_ext"]);
        Assert.Equal(Severity.Limit, found["isolated"]);
        Assert.Equal(Severity.Fine, found["privilege"]);
    }

    [Fact]
    public void The_doctor_names_NUMA_nodes_and_their_pCPUs_where_there_are_several()
    {
        Assert.DoesNotContain(new Doctor(_host).Examine(), f => f.Name == "nodes");
        _host.Text("/sys/devices/system/node/online", "0,2\n");
        _host.Text("/sys/devices/system/node/node0/cpulist", "0-1\n");
        _host.Text("/sys/devices/system/node/node2/cpulist", "2-3\n");
        _host.Text("/proc/sys/kernel/numa_balancing", "1\n");
        var found = new Doctor(_host).Examine().ToDictionary(f => f.Name);
        Assert.Contains("2 NUMA nodes: node 0 has pCPUs 0-1; node 2 has pCPUs 2-3", found["nodes"].Says);
        Assert.Equal(Severity.Limit, found["numa-balancing"].Severity);
    }

    [Theory]
    [InlineData("950000", "100", Severity.Fine, "up to 95%")]
    [InlineData("-1", "100", Severity.Fine, "up to 100%")]
    [InlineData("0", "100", Severity.Limit, "switched off")]
    [InlineData("950000", "2000", Severity.Limit, "periods below 2000 us")]
    public void The_doctor_says_whether_a_boost_is_possible(
        string runtime, string least, Severity severity, string says)
    {
        _host.Text("/proc/sys/kernel/sched_rt_runtime_us", runtime + "\n");
        _host.Text("/proc/sys/kernel/sched_rt_period_us", "1000000\n");
        _host.Text("/proc/sys/kernel/sched_deadline_period_min_us", least + "\n");
        var found = new Doctor(_host).Examine().Single(f => f.Name == "boost");
        Assert.Equal(severity, found.Severity);
        Assert.Contains(says, found.Says, StringComparison.Ordinal);
    }
}
