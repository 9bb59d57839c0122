using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Running;

/// <summary>A running agent on a pretended host of four pCPUs, with a latency-sensitive VM <c>web</c> and a computing
/// one <c>batch</c> to begin with.</summary>
internal sealed class LoopBench : IDisposable
{
    private readonly Observer _observer;
    private long _seconds = 1;

    public LoopBench(AgentMode mode, Func<AgentSettings, AgentSettings>? change = null, int vms = 2)
    {
        AgentSettings settings = new()
        {
            Mode = mode,
            Plan = new() { Lend = false, Judge = false },
            Vms = [new("web*", new(DomainKind.Latency)), new("batch*", new(DomainKind.Compute))],
        };
        Settings = change?.Invoke(settings) ?? settings;
        if (vms > 0) Start(100, "web", 1);
        if (vms > 1) Start(200, "batch", 1);
        var words = new OperatorWords(Settings);
        _observer = new(Host, Settings.Classes, words.Of);
        Lever = new(Host, Kernel, Journal, Cpus, FakeKernel.BaseSlice);
        Loop = new(words, _observer, new(Host, Kernel, Cpus, Settings.Flms),
            new(Cpus, Settings.Flms, Settings.Plan, slices: true), Lever, new(Host, Cpus, Lever),
            new((priority, line) => Log.Add($"<{(int)priority}>{line}")));
    }

    public FakeHost Host { get; } = new();

    public FakeKernel Kernel { get; } = new(4);

    public FakeJournal Journal { get; } = new();

    public HostCpus Cpus { get; } = Machines.Of(4);

    public AgentSettings Settings { get; }

    public Lever Lever { get; }

    public AgentLoop Loop { get; }

    public List<string> Log { get; } = [];

    public Instant Now => Instant.Zero + 1.Seconds * _seconds;

    public Duration OwnCpu => 1.Ms * _seconds;

    /// <summary>What a thread does in a second.</summary>
    public Action<FakeThread> Work { get; set; } = t =>
        t.Do(t.Tid % 100 == 0 ? 1_000_000 : t.Pid % 200 == 0 ? 900_000_000 : 10_000_000, sleeps: 100);

    public FakeThread Start(int pid, string name, int vcpus, long started = 1000)
    {
        var main = Host.Qemu(pid, name, started);
        Kernel.Add(pid);
        for (var v = 0; v < vcpus; v++)
        {
            Host.Thread(pid, pid + 1 + v, $"CPU {v}/KVM", started);
            Kernel.Add(pid + 1 + v);
        }
        return main;
    }

    /// <summary>So many periods of a second.</summary>
    public void Run(int periods)
    {
        for (var i = 0; i < periods; i++)
        {
            foreach (var t in Host.Threads) Work(t);
            Loop.Step(Now, OwnCpu);
            _seconds++;
        }
    }

    public void Dispose() => _observer.Dispose();
}
