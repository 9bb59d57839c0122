using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Levers;

/// <summary>cpusets that change while threads are ours. Nobody had bound them, so as they were is: to nothing.
/// </summary>
public sealed class UnboundTests
{
    private const int Tid = 101;
    private readonly FakeHost _host = new();
    private readonly FakeKernel _kernel = new(8);
    private readonly FakeJournal _journal = new();
    private readonly HostCpus _cpus = Machines.Of(8);
    private readonly Lever _lever;

    public UnboundTests()
    {
        _host.Qemu(100);
        _host.Thread(100, Tid, "CPU 0/KVM");
        _kernel.Add(Tid);
        _journal.Append(JournalText.Head("boot", FakeKernel.BaseSlice));
        _lever = new(_host, _kernel, _journal, _cpus, FakeKernel.BaseSlice);
        Cpuset("2-6");
    }

    [Fact]
    public void Put_back_a_thread_follows_its_cpuset_again()
    {
        _lever.Apply(Line("2-3"));
        Assert.Equal(LeverOutcome.Changed, _lever.Restore(_lever.Ours[0], _kernel.Allowed));
        Cpuset("0-7");
        Assert.Equal("0-7", _kernel[Tid].Cpus.ToString());
    }

    [Fact]
    public void A_thread_that_may_run_wherever_its_cpuset_lets_it_follows_it_too()
    {
        _lever.Apply(Line("2-3"));
        Assert.Equal(LeverOutcome.Changed, _lever.Apply(Line("2-6")));
        Cpuset("0-7");
        Assert.Equal("0-7", _kernel[Tid].Cpus.ToString());
        // That is nobody's doing.
        Assert.Equal(LeverOutcome.Changed, _lever.Apply(Line("0-1")));
    }

    [Fact]
    public void An_affinity_that_the_cpuset_hides_is_put_back_as_well_and_does_not_come_again()
    {
        _lever.Apply(Line("2-3"));
        Cpuset("5");
        Assert.Equal("5", _kernel[Tid].Cpus.ToString());
        Assert.Equal(LeverOutcome.Changed, _lever.Apply(Line("5")));
        Cpuset("2-6");
        Assert.Equal("2-6", _kernel[Tid].Cpus.ToString());

        _lever.Apply(Line("2-3"));
        Cpuset("5");
        Assert.Equal(LeverOutcome.Changed, _lever.Restore(_lever.Ours[0], _kernel.Allowed));
        Cpuset("2-6");
        Assert.Equal("2-6", _kernel[Tid].Cpus.ToString());
    }

    [Fact]
    public void A_plan_of_before_the_cpuset_changed_takes_its_change_for_nobodys_doing()
    {
        _lever.Apply(Line("2-3"));
        var old = Line("2-3");
        Cpuset("3-5");
        Assert.Equal(LeverOutcome.Unchanged, _lever.Apply(old));
        Assert.True(_lever.IsOurs(new(Tid, 1000)));
        Assert.Equal(LeverOutcome.Changed, _lever.Apply(Line("4-5")));
    }

    private void Cpuset(string cpus)
    {
        _kernel.Allowed = _cpus.Parse(cpus)!;
        _host.Text($"/proc/{Tid}/cgroup", "0::/vm\n");
        _host.Text("/sys/fs/cgroup/vm/cpuset.cpus.effective", cpus + "\n");
    }

    private PlanLine Line(string cpus) => new(new()
    {
        Thread = new(Tid, 1000),
        Process = new(100, 1000),
        Vm = "web",
        Role = Agent.Discovery.ThreadRole.Vcpu,
        Treatment = Treatment.Compute,
        Allowed = CpuMask.Copy(_kernel.Allowed),
    }, _cpus.Parse(cpus)!, 20.Ms, PlanReason.Compute);
}
