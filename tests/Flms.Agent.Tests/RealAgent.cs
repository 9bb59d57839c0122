using System.Diagnostics;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests;

/// <summary>An agent on this machine and its kernel, whose periods are the test's to begin.</summary>
internal sealed class RealAgent : IDisposable
{
    private readonly Observer _observer;

    public RealAgent(AgentSettings settings, IManagedVms? managed, Action<string> log, ISchedCalls? calls = null)
    {
        var (files, sched) = (new LinuxFiles(), calls ?? new LinuxSched());
        var cpus = HostCpus.Read(files, [], out _)!;
        var words = new OperatorWords(settings);
        _observer = new(files, settings.Classes, words.Of, managed);
        var lever = new Lever(files, sched, new FakeJournal(), cpus, HostFacts.BaseSlice(sched));
        Loop = new(words, _observer, new(files, sched, cpus, settings.Flms),
            new(cpus, settings.Flms, settings.Plan, slices: true), lever, new(files, cpus, lever),
            new((_, line) => log(line)));
    }

    public AgentLoop Loop { get; }

    /// <summary>A clock that only grows.</summary>
    public static Instant Now => new((long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency)));

    public void Dispose() => _observer.Dispose();
}
