using Flms.Agent.Classes;
using Flms.Agent.Levers;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

/// <summary>Where a VM's memory is; Linux calls the nodes 0 and 2.</summary>
public sealed class VmMemoryTests
{
    private const string Scope = "/machine.slice/vm.scope";
    private readonly FakeHost _host = new();

    [Theory]
    [InlineData("anon N0=10 N2=990\nfile N0=5 N2=0\nkernel_stack N0=9999 N2=0\n", 1)]
    [InlineData("anon N0=600 N2=300\nfile N0=0 N2=50\n", 0)]
    [InlineData("anon N0=500 N2=500\n", -1)]
    [InlineData("anon N0=400 N1=500 N2=100\n", -1)] // node 1 has no pCPU of the pool
    [InlineData("anon\nnonsense N0 N2=x\n", -1)]
    public void It_is_on_the_node_that_has_more_than_half_of_it(string text, int node)
    {
        _host.Text($"/sys/fs/cgroup{Scope}/memory.numa_stat", text);
        Assert.Equal(node, VmMemory.NodeOf(_host, Scope, Machines.Of(2, 8)));
        // libvirt's threads are in groups below the VM's, which count no memory themselves.
        Assert.Equal(node, VmMemory.NodeOf(_host, Scope + "/libvirt/vcpu0", Machines.Of(2, 8)));
    }

    [Fact]
    public void A_slice_holds_many_VMs_and_tells_of_none()
    {
        _host.Text("/sys/fs/cgroup/machine.slice/memory.numa_stat", "anon N0=1 N2=99\n");
        Assert.Equal(-1, VmMemory.NodeOf(_host, Scope, Machines.Of(2, 8)));
        Assert.Equal(-1, VmMemory.NodeOf(_host, "/machine.slice", Machines.Of(2, 8)));
        Assert.Equal(-1, VmMemory.NodeOf(_host, "/", Machines.Of(2, 8)));
    }

    [Theory]
    [InlineData("anon N0=1 N2=99\n", 2, 8, 1)]
    [InlineData("", 2, 8, 0)]              // it ran last on pCPU 3
    [InlineData("", 2, 2, 1)]              // which is on the second node here
    [InlineData("anon N0=1 N2=99\n", 1, 8, -1)] // one node: nobody asks
    public void A_vCPU_belongs_where_the_memory_is_or_else_where_it_ran_last(
        string text, int sockets, int cores, int node)
    {
        var cpus = Machines.Of(sockets, cores);
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        _host.Text("/proc/100/task/101/cgroup", $"0::{Scope}\n");
        if (text != "") _host.Text($"/sys/fs/cgroup{Scope}/memory.numa_stat", text);
        var kernel = new FakeKernel(sockets * cores);
        kernel.Add(100);
        kernel.Add(101);
        using var observer = new Observer(_host, new(), _ => null);
        observer.Rescan();
        using var journal = new FakeJournal();
        var lever = new Lever(_host, kernel, journal, cpus, FakeKernel.BaseSlice);
        var threads = new PlanFacts(_host, kernel, cpus, FlmsOptions.Default).Of(observer, lever);
        Assert.Equal(node, threads[0].Node);
    }
}
