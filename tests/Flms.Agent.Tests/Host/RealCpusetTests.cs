using System.Globalization;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Host;

/// <summary>A real cpuset of this test's own, with a process of its own in it.</summary>
public sealed class RealCpusetTests : IDisposable
{
    private const string Root = "/sys/fs/cgroup/cpuset";

    private readonly string _group = $"{Root}/flms-test-{Environment.ProcessId}";
    private readonly LinuxSched _sched = new();
    private readonly List<string> _log = [];

    public void Dispose()
    {
        for (var tries = 0; Directory.Exists(_group) && tries < 500; tries++)
            try
            {
                Directory.Delete(_group);
            }
            catch (IOException)
            {
                Thread.Sleep(10); // its last process is still ending
            }
    }

    [SkippableFact]
    [Trait("Speed", "Slow")]
    public void A_cpuset_that_shrinks_and_grows_is_followed_and_nothing_is_taken_for_somebodys_doing()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists($"{Root}/cpuset.cpus"),
            "needs root and control groups of version 1");
        var all = File.ReadAllText($"{Root}/cpuset.cpus").Trim();
        Skip.IfNot(CpuList.TryParse(all, HostCpus.Most, out var cpus) && cpus.Count > 1, "needs two pCPUs");
        Directory.CreateDirectory(_group);
        Set("cpuset.mems", File.ReadAllText($"{Root}/cpuset.mems"));
        Set("cpuset.cpus", all);
        var (web, batch) = ($"vm-{Environment.ProcessId}-cpuset", $"vm-{Environment.ProcessId}-free");
        using var inside = new PretendVm(web, 1);
        using var outside = new PretendVm(batch, 1);
        Set("cgroup.procs", inside.Pid.ToString(CultureInfo.InvariantCulture));
        using var agent = new RealAgent(new()
        {
            Mode = AgentMode.Enforce,
            Rescan = 1.Seconds,
            Pace = new() { Residency = new(1) },
            Plan = new() { Lend = false, Judge = false },
            Vms = [new(web, new(DomainKind.Latency)), new(batch, new(DomainKind.Compute)),
                new("*", new(default, Ignore: true))],
        }, null, _log.Add);
        agent.Loop.Step(RealAgent.Now, Duration.Zero);
        Assert.True(agent.Loop.Observer.Vms.Count >= 2);
        var vcpu = agent.Loop.Observer.Vms.Single(v => v.Vm.Name == web).Vcpus.Single().Thread.Id.Tid;
        Assert.Equal(all, Cpus(vcpu));
        Until(() => Cpus(vcpu) != all, "it is not placed");
        var placed = Cpus(vcpu);

        // To the pCPUs that it is not on.
        var rest = CpuList.Of([.. cpus.Where(c => !CpuListOf(placed).Contains(c))]);
        Set("cpuset.cpus", rest);
        Assert.Equal(rest, Cpus(vcpu));
        Until(() => agent.Loop.Plan!.Lines.Any(l => l.Thread.Thread.Tid == vcpu && l.Cpus?.ToString() == rest),
            "the plan does not follow its cpuset");
        for (var i = 0; i < 20; i++) Step();
        Assert.Equal(rest, Cpus(vcpu));

        Set("cpuset.cpus", all);
        Until(() => Cpus(vcpu) == placed, "it is not placed again");
        Assert.Equal((0, 0), (agent.Loop.Counts[LeverOutcome.TakenOver], agent.Loop.Counts[LeverOutcome.Failed]));
        Assert.True(agent.Loop.Release().Fine);
        Assert.True(Cpus(vcpu) == all, $"{Cpus(vcpu)} is left: {string.Join("; ", _log)}");

        void Step()
        {
            Thread.Sleep(20);
            agent.Loop.Step(RealAgent.Now, Duration.Zero);
        }

        void Until(Func<bool> what, string why)
        {
            for (var from = Environment.TickCount64; !what(); Step())
                Assert.True(Environment.TickCount64 - from < 60_000, why + ": " + string.Join("; ", _log));
        }
    }

    private static List<int> CpuListOf(string list) =>
        CpuList.TryParse(list, HostCpus.Most, out var cpus) ? cpus : [];

    private void Set(string file, string value) => File.WriteAllText($"{_group}/{file}", value);

    private string Cpus(int tid)
    {
        var mask = new CpuMask(HostCpus.Most);
        Assert.Equal(0, _sched.GetAffinity(tid, mask));
        return mask.ToString();
    }
}
