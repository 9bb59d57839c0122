using Flms.Core;

namespace Flms.Agent.Control;

/// <summary>Where a running agent can be asked, and by whom.</summary>
public sealed record ControlRules
{
    /// <summary>Where the socket lies if nothing else is said.</summary>
    public const string DefaultSocket = "/run/flms/agent.sock";

    /// <summary>What is written for <see cref="Socket"/> where there is to be none.</summary>
    public const string NoSocket = "none";

    /// <summary>The control socket. Default: /run/flms/agent.sock.</summary>
    [Option("The control socket; none for none.", "spec host-agent 2.1: a path, never an abstract name")]
    public string Socket { get; init; } = DefaultSocket;

    /// <summary>Whose members may ask and change things, besides root and the agent's own user. Default: nobody.
    /// </summary>
    [Option("A group whose members may ask and change things, besides root and the agent's own user.", "ours")]
    public string Group { get; init; } = "";

    /// <summary>May everybody on the host ask? Default: no.</summary>
    [Option("May everybody on this host ask (and change nothing)?", "ours: names of VMs tell of their owners")]
    public bool Others { get; init; }
}
