using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Running;

/// <summary>A real VM's process that ends while the agent is about to change one of its threads.</summary>
public sealed class VanishingVmTests
{
    [SkippableFact]
    [Trait("Speed", "Slow")]
    public void A_process_that_is_killed_in_the_middle_of_a_change_is_gone_and_the_other_is_placed()
    {
        Skip.IfNot(Environment.ProcessorCount > 1, "needs two pCPUs");
        var log = new List<string>();
        var (web, batch) = ($"vm-{Environment.ProcessId}-gone", $"vm-{Environment.ProcessId}-stays");
        using var gone = new PretendVm(web, 2);
        using var stays = new PretendVm(batch, 1);
        var calls = new Calls(() => gone.Kill(), Directory.GetDirectories($"/proc/{gone.Pid}/task")
            .Select(folder => int.Parse(Path.GetFileName(folder), null)).ToHashSet());
        using var agent = new RealAgent(new()
        {
            Mode = AgentMode.Enforce,
            Plan = new() { Lend = false, Judge = false },
            Vms = [new(web, new(DomainKind.Latency)), new(batch, new(DomainKind.Compute)),
                new("*", new(default, Ignore: true))],
        }, null, log.Add, calls);
        for (var from = Environment.TickCount64; calls.Changes < 2 || agent.Loop.Ours == 0
            || agent.Loop.Lever.Ours.Any(e => e.Process.Tid == gone.Pid); Thread.Sleep(20))
        {
            agent.Loop.Step(RealAgent.Now, Duration.Zero);
            Assert.True(Environment.TickCount64 - from < 60_000, string.Join("; ", log));
        }
        Assert.Equal(0, agent.Loop.Counts[LeverOutcome.Failed]);
        Assert.True(agent.Loop.Release().Fine);
        Assert.Equal(0, agent.Loop.Ours);
    }

    /// <summary>The kernel; but before the second change of a thread of some, something happens.</summary>
    private sealed class Calls(Action happens, HashSet<int> of) : ISchedCalls
    {
        private readonly LinuxSched _kernel = new();

        public int Changes { get; private set; }

        public int GetAffinity(int tid, CpuMask into) => _kernel.GetAffinity(tid, into);

        public int GetAttributes(int tid, out SchedAttributes attributes) => _kernel.GetAttributes(tid, out attributes);

        public int SetAffinity(int tid, CpuMask cpus)
        {
            Change(tid);
            return _kernel.SetAffinity(tid, cpus);
        }

        public int SetAttributes(int tid, in SchedAttributes attributes)
        {
            Change(tid);
            return _kernel.SetAttributes(tid, attributes);
        }

        private void Change(int tid)
        {
            if (of.Contains(tid) && ++Changes == 2) happens();
        }
    }
}
