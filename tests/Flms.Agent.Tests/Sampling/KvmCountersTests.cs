using Flms.Agent.Classes;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;
using Flms.Agent.Sampling;
using Flms.Core;

namespace Flms.Agent.Tests.Sampling;

public sealed class KvmCountersTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public void Halts_interrupts_and_exits_of_a_VM_are_read_now_and_then_and_it_is_forgotten_when_it_ends()
    {
        var main = Vm(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        using var observer = new Observer(_host, new(), _ => null);
        observer.Rescan();
        var vm = observer.Vms.Single();
        for (var second = 1; second <= 8; second++)
        {
            Count(100, 10 * second, 200 * second, 3000 * second);
            observer.Step(Instant.Zero + 1.Seconds * second);
            Assert.Equal(second >= 2 ? new KvmRates(10, 200, 3000) : null, vm.Rates);
        }
        _host.End(main);
        observer.Rescan();
        Assert.Equal(0, _host.OpenFiles);
    }

    [Theory]
    [InlineData(Errno.NotPermitted)] // a kernel that is locked down
    [InlineData(Errno.Access)]
    [InlineData(Errno.NoEntry)]
    public void Where_they_cannot_be_read_there_are_none(int error)
    {
        Vm(100);
        _host.Fault = path => path.EndsWith("irq_injections", StringComparison.Ordinal) ? -error : null;
        var counters = new KvmCounters(_host);
        Assert.False(counters.Add(new(100, 1000)));
        Assert.Equal((0, 0), (counters.Count, _host.OpenFiles));
        Assert.Null(counters.Of(new(100, 1000)));
    }

    [Fact]
    public void Each_period_a_quarter_of_the_VMs_is_read()
    {
        var counters = new KvmCounters(_host);
        for (var pid = 100; pid <= 1600; pid += 100)
        {
            Vm(pid);
            Count(pid, 1, 1, 1);
            Assert.True(counters.Add(new(pid, 1000)));
        }
        counters.Sample(new(1));
        counters.Sample(new(2));
        var reads = 0;
        _host.Fault = path =>
        {
            if (path.EndsWith("halt_exits", StringComparison.Ordinal)) reads++; // opened, and read
            return null;
        };
        counters.Sample(new(3));
        Assert.Equal(2 * 4, reads);
    }

    private FakeThread Vm(int pid)
    {
        var main = _host.Qemu(pid);
        _host.Link($"/proc/{pid}/fd/9", "anon_inode:kvm-vm");
        Count(pid, 0, 0, 0);
        return main;
    }

    private void Count(int pid, int halts, int interrupts, int exits)
    {
        foreach (var (name, count) in new (string, int)[]
            { ("halt_exits", halts), ("irq_injections", interrupts), ("exits", exits) })
            _host.Text($"/sys/kernel/debug/kvm/{pid}-9/{name}", $"{count}\n");
    }
}
