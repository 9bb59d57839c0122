namespace Flms.Agent.Running;

/// <summary>What a running agent may do.</summary>
public enum AgentMode : byte
{
    /// <summary>Watch, classify, measure.</summary>
    Observe,

    /// <summary>Say what it would do as well.</summary>
    Advise,

    /// <summary>Do it.</summary>
    Enforce,
}
