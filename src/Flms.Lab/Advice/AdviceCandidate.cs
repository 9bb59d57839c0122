using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab.Advice;

/// <summary>What it takes to have it.</summary>
public enum AdviceReach : byte
{
    /// <summary>Nothing: it is what the recorded host does.</summary>
    Now,

    /// <summary>A setting of the recorded host's kernel.</summary>
    Setting,

    /// <summary>The agent, on the recorded host's kernel.</summary>
    Agent,

    /// <summary>Another kernel.</summary>
    Kernel,

    /// <summary>Another hypervisor: no Linux host has it.</summary>
    Hypervisor,
}

/// <summary>Something that is tried.</summary>
/// <param name="Name">What it is called: a policy, <c>agent</c>, or <c>eevdf:7.3</c>.</param>
/// <param name="Settings">Which settings, as in <c>sp_slice=1ms, lp_slice=10ms</c>; empty for its defaults.</param>
/// <param name="Reach">What it takes to have it.</param>
/// <param name="Choice">The policy with its settings.</param>
internal sealed record AdviceCandidate(string Name, string Settings, AdviceReach Reach, SchedulerChoice Choice)
{
    /// <summary>Changes the machine: affinities, slices of domains. Default: not at all.</summary>
    public Func<MachineSetup, MachineSetup>? Alter { get; init; }

    /// <summary>What to do on the host to have it, a line each. Default: nothing that is known.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>As people read it.</summary>
    public string Label => Settings == "" ? Name : $"{Name} with {Settings}";
}
