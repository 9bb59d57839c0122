using Flms.Agent.Discovery;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Discovery;

public sealed class VmSearchTests
{
    private readonly FakeHost _host = new();
    private readonly VmSearch _search;

    public VmSearchTests() => _search = new(_host);

    [Fact]
    public void A_QEMU_is_a_VM_with_its_vCPUs_apart_from_the_threads_that_serve_it()
    {
        _host.Qemu(100, "web-1");
        _host.Thread(100, 103, "CPU 1/KVM");
        _host.Thread(100, 102, "CPU 0/KVM");
        _host.Thread(100, 101, "call_rcu");
        _host.Thread(100, 104, "IO iothread1");
        _host.Thread(100, 105, "IO mon_iothread");
        _host.Thread(100, 106, "vhost-100");
        _host.Thread(100, 107, "kvm-nx-lpage-re");
        Assert.Equal(0, _search.Scan());
        var vm = Assert.Single(_search.Vms);
        Assert.Equal("web-1", vm.Name);
        Assert.Equal("/machine.slice/vm.scope", vm.Cgroup);
        Assert.Equal(2, vm.Vcpus);
        Assert.Equal(
        [
            (102, ThreadRole.Vcpu, 0), (103, ThreadRole.Vcpu, 1), (100, ThreadRole.Main, 0), (101, ThreadRole.Other, 0),
            (104, ThreadRole.Io, 0), (105, ThreadRole.Other, 0), (106, ThreadRole.Vhost, 0), (107, ThreadRole.Other, 0),
        ], vm.Threads.Select(t => (t.Id.Tid, t.Role, t.Number)));
        Assert.Equal(0, _host.OpenFiles);
    }

    [Theory]
    [InlineData("qemu-system-x86", "CPU 3/TCG", Hypervisor.Qemu, 3)]
    [InlineData("kvm", "CPU 0/KVM", Hypervisor.Qemu, 0)]
    [InlineData("cloud-hyperviso", "vcpu12", Hypervisor.CloudHypervisor, 12)]
    [InlineData("firecracker", "fc_vcpu 1", Hypervisor.Firecracker, 1)]
    public void Hypervisors_are_known_by_the_names_of_their_threads(
        string process, string thread, Hypervisor hypervisor, int number)
    {
        _host.Thread(7, 7, process);
        _host.Thread(7, 8, thread);
        _search.Scan();
        var vm = Assert.Single(_search.Vms);
        Assert.Equal(hypervisor, vm.Hypervisor);
        Assert.Equal(number, vm.Threads[0].Number);
        Assert.Equal(ThreadRole.Vcpu, vm.Threads[0].Role);
    }

    [Theory]
    [InlineData("bash", "CPU 0/KVM")]
    [InlineData("qemu-system-x86", "CPU x/KVM")]
    [InlineData("qemu-system-x86", "CPU 0/KVMx")]
    [InlineData("qemu-img", "CPU 0/KVM")]
    [InlineData("firecracker", "CPU 0/KVM")]
    public void What_is_not_a_hypervisor_with_a_vCPU_is_not_a_VM(string process, string thread)
    {
        _host.Thread(7, 7, process);
        _host.Thread(7, 8, thread);
        _search.Scan();
        Assert.Empty(_search.Vms);
    }

    [Fact]
    public void A_hot_plugged_vCPU_appears_and_an_unplugged_one_goes_while_the_VM_stays_the_same()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        _search.Scan();
        var vm = _search.Vms[0];
        var first = vm.Threads[0];
        var plugged = _host.Thread(100, 102, "CPU 1/KVM");
        _search.Scan();
        Assert.Same(vm, _search.Vms[0]);
        Assert.Equal(2, vm.Vcpus);
        Assert.Same(first, vm.Threads[0]);
        _host.End(plugged);
        _search.Scan();
        Assert.Equal(1, vm.Vcpus);
    }

    [Fact]
    public void A_process_number_that_comes_back_is_another_VM()
    {
        var old = _host.Qemu(100, "old");
        _host.Thread(100, 101, "CPU 0/KVM");
        _search.Scan();
        _host.End(old);
        _host.Qemu(100, "new", started: 2000);
        _host.Thread(100, 101, "CPU 0/KVM", started: 2001);
        _search.Scan();
        var vm = Assert.Single(_search.Vms);
        Assert.Equal("new", vm.Name);
        Assert.Equal(new ThreadIdentity(101, 2001), vm.Threads[0].Id);
    }

    [Fact]
    public void A_vhost_thread_of_the_kernel_belongs_to_the_VM_it_names_and_an_impostor_to_nobody()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        _host.Thread(300, 300, "vhost-100", kernel: true);
        _host.Thread(301, 301, "vhost-100");
        _search.Scan();
        var served = Assert.Single(_search.Vms[0].Threads, t => t.Role == ThreadRole.Vhost);
        Assert.Equal(300, served.Id.Tid);
        Assert.Equal("/proc/300", served.FileFolder);
    }

    [Fact]
    public void An_unnamed_vCPU_is_known_by_its_file_once_it_has_been_seen_asleep()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "qemu-system-x86");
        _host.Link("/proc/100/fd/11", "anon_inode:kvm-vcpu:2");
        _host.Text("/proc/100/task/101/syscall", "running\n");
        _search.Scan();
        Assert.Empty(_search.Vms);
        Assert.Equal([100], _search.Unrecognised);
        _host.Text("/proc/100/task/101/syscall", "16 0xb 0xae80 0x0 0x0 0x0 0x0 0x7ffd 0x7f\n");
        _search.Scan();
        Assert.Equal(2, Assert.Single(_search.Vms).Threads[0].Number);
        Assert.Empty(_search.Unrecognised);
        _host.Text("/proc/100/task/101/syscall", "running\n");
        _search.Scan();
        Assert.Equal(1, _search.Vms[0].Vcpus);
    }

    [Theory]
    [InlineData("/usr/bin/qemu\0-name\0web\0", "web")]
    [InlineData("/usr/bin/qemu\0-name\0guest=web,debug-threads=on\0", "web")]
    [InlineData("/usr/bin/qemu\0-name\0guest=a,,b,debug-threads=on\0", "a,b")]
    [InlineData("/usr/bin/qemu\0--name\0web,process=x\0", "web")]
    [InlineData("/usr/bin/qemu\0-name\0debug-threads=on\0", "qemu-100")]
    [InlineData("/usr/bin/qemu\0-name\0we\u001b[31mb\0", "we[31mb")]
    [InlineData("/usr/bin/qemu\0", "qemu-100")]
    public void A_VM_is_called_as_its_command_line_says(string cmdline, string name)
    {
        _host.Qemu(100);
        _host.Text("/proc/100/cmdline", cmdline);
        _host.Thread(100, 101, "CPU 0/KVM");
        _search.Scan();
        Assert.Equal(name, _search.Vms[0].Name);
    }

    [Fact]
    public void If_proc_cannot_be_read_all_is_as_it_was()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        _search.Scan();
        _host.Fault = path => path == "/proc" ? -Errno.TooManyFiles : null;
        Assert.Equal(-Errno.TooManyFiles, _search.Scan());
        Assert.Single(_search.Vms);
    }

    [Fact]
    public void A_process_that_ends_while_it_is_looked_at_does_no_harm()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        _host.Qemu(200, "other");
        _host.Thread(200, 201, "CPU 0/KVM");
        _host.Fault = path => path.StartsWith("/proc/100/task/", StringComparison.Ordinal) ? -Errno.NoProcess : null;
        Assert.Equal(0, _search.Scan());
        Assert.Equal("other", Assert.Single(_search.Vms).Name);
        Assert.Equal(0, _host.OpenFiles);
    }
}
