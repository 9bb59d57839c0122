using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Tests.Discovery;

/// <summary>The real /proc, with a process that calls its threads as QEMU does.</summary>
public sealed class RealVmTests
{
    [Fact]
    public void A_real_process_is_found_grows_a_vCPU_and_is_gone_when_it_ends()
    {
        var name = $"vm-{Environment.ProcessId}-a";
        using var vm = new PretendVm(name, 2);
        using var observer = new Observer(new LinuxFiles(), new(), _ => null);
        Assert.Equal(0, observer.Rescan());
        var seen = Assert.Single(observer.Vms, v => v.Vm.Name == name);
        Assert.Equal(vm.Pid, seen.Vm.Process.Tid);
        Assert.Equal([0, 1], seen.Vcpus.Select(v => v.Thread.Number));
        Assert.Contains(seen.Threads, t => t.Thread.Role == ThreadRole.Io);
        Assert.Contains(seen.Threads, t => t.Thread.Role == ThreadRole.Main && t.Thread.Id.Tid == vm.Pid);
        Assert.Contains(seen.Vm.Threads, t => t.Role == ThreadRole.Other);
        vm.Tell("plug");
        observer.Rescan();
        Assert.Equal(3, seen.Vcpus.Count());
        vm.Kill();
        observer.Step(new(1));
        Assert.True(observer.Stale);
        observer.Rescan();
        Assert.DoesNotContain(observer.Vms, v => v.Vm.Name == name);
    }

    [Fact]
    public void What_a_real_thread_runs_is_what_is_read()
    {
        var name = $"vm-{Environment.ProcessId}-b";
        using var vm = new PretendVm(name, 1);
        vm.Tell("burn");
        using var observer = new Observer(new LinuxFiles(), new() { Patience = 1 }, _ => null);
        observer.Rescan();
        var vcpu = observer.Vms.Single(v => v.Vm.Name == name).Vcpus.Single();
        observer.Step(new(1));
        // By its own clock, since nobody knows how much of a pCPU it gets here.
        var before = observer.Sampler.TotalOf(vcpu.Slot).RunNs;
        while (observer.Sampler.TotalOf(vcpu.Slot).RunNs - before < 200.Ms.Ns)
        {
            Thread.Sleep(20);
            observer.Sampler.Sample(new(2));
        }
        Assert.True(observer.Sampler.TotalOf(vcpu.Slot).Timeslices > 0);
        Assert.Equal(0, observer.Sampler.Faults);
    }

    [SkippableFact]
    public void A_new_VM_and_a_new_vCPU_are_heard_of_without_looking()
    {
        var error = ProcessEvents.Open(out var events);
        Skip.If(error is -Errno.NotPermitted, "needs root and the machine's own network namespace");
        Assert.Equal(0, error);
        using var ended = events;
        using var observer = new Observer(new LinuxFiles(), new(), _ => null, null, events);
        observer.Rescan();
        var name = $"vm-{Environment.ProcessId}-heard";
        using var vm = new PretendVm(name, 1);
        WaitUntilHeard(1);
        vm.Tell("plug");
        WaitUntilHeard(2);

        void WaitUntilHeard(int vcpus)
        {
            for (var from = Environment.TickCount64; Environment.TickCount64 - from < 30_000; Thread.Sleep(10))
            {
                observer.Listen();
                // Only when something was heard; other programs of this machine are heard too.
                if (observer.Stale) observer.Rescan();
                if (observer.Vms.SingleOrDefault(v => v.Vm.Name == name)?.Vcpus.Count() == vcpus) return;
            }
            Assert.Fail($"nothing was heard of {vcpus} vCPUs");
        }
    }
}
