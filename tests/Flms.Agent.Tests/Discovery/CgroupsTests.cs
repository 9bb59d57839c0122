using Flms.Agent.Discovery;

namespace Flms.Agent.Tests.Discovery;

public sealed class CgroupsTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public void Version_2_tells_the_cpus_of_the_next_group_that_has_a_cpuset()
    {
        _host.Text("/proc/5/cgroup", "0::/a/b/c\n");
        _host.Text("/sys/fs/cgroup/a/cpuset.cpus.effective", "2-3\n");
        _host.Text("/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
        Assert.Equal("2-3", CpusOf("/proc/5"));
        Assert.Equal("/a/b/c", Cgroups.PathOf(_host, "/proc/5"));
    }

    [Fact]
    public void Version_1_has_a_hierarchy_for_cpusets_and_it_wins_where_both_are_mounted()
    {
        _host.Text("/proc/5/cgroup", "4:memory:/m\n3:cpuset:/machine/vm\n2:cpu,cpuacct:/\n0::/x\n");
        _host.Text("/sys/fs/cgroup/cpuset/machine/vm/cpuset.effective_cpus", "1\n");
        _host.Text("/sys/fs/cgroup/cpuset.cpus.effective", "0-7\n");
        Assert.Equal("1", CpusOf("/proc/5"));
    }

    [Fact]
    public void Without_cpusets_nothing_is_said()
    {
        _host.Text("/proc/5/cgroup", "2:cpu:/vm\n");
        Assert.Null(CpusOf("/proc/5"));
        Assert.Equal("/vm", Cgroups.PathOf(_host, "/proc/5"));
    }

    private string? CpusOf(string folder)
    {
        Assert.Equal(0, Cgroups.TryRead(_host, folder, out _, out var cpus, out _));
        return cpus;
    }
}
