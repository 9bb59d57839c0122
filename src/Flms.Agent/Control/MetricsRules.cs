using Flms.Core;

namespace Flms.Agent.Control;

/// <summary>Where a running agent publishes metrics, in Prometheus's text form.</summary>
public sealed record MetricsRules
{
    /// <summary>A file that is written every period, whole or not at all. Default: none.</summary>
    [Option("A file that is written every period, whole or not at all: for node_exporter's textfile collector.",
        "spec host-agent 4.6: no port at all")]
    public string File { get; init; } = "";

    /// <summary>Where HTTP's GET /metrics is answered. Default: nowhere.</summary>
    [Option("Where GET /metrics is answered: the path of a Unix socket, or an address of the loopback with a port, as "
        + "in 127.0.0.1:9177.", "spec host-agent 4.6: never on the network")]
    public string Listen { get; init; } = "";
}
