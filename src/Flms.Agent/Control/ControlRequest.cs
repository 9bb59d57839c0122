using System.Text.Json;

namespace Flms.Agent.Control;

/// <summary>One thing that is asked of a running agent: a line of JSON (docs/agent-control.md).</summary>
/// <remarks>It names no file, no command and no code: what it can bring about is what its verbs do.</remarks>
public sealed record ControlRequest
{
    /// <summary>The protocol's version. It is raised when a client of before would be misunderstood.</summary>
    public const int Version = 1;

    /// <summary>How many bytes a request may have, its line feed counted.</summary>
    public const int MostBytes = 4096;

    private const int LongestText = 256;

    /// <summary>The version of the protocol that the client speaks.</summary>
    public int V { get; init; }

    /// <summary>What is asked: one of <see cref="ControlVerbs"/>.</summary>
    public string Verb { get; init; } = "";

    /// <summary>The VM that is meant, by name, UUID or process number; null for all, where all can be meant.</summary>
    public string? Vm { get; init; }

    /// <summary>Of <c>class</c>, what the VM is; null to say nothing of it any more.</summary>
    public string? Class { get; init; }

    /// <summary>Only say what would be done. Default: no.</summary>
    public bool DryRun { get; init; }

    /// <summary>Reads a request.</summary>
    /// <param name="line">With or without its line feed.</param>
    /// <param name="problem">What is wrong with it, if anything is.</param>
    /// <returns>Null if something is.</returns>
    public static ControlRequest? Read(ReadOnlySpan<byte> line, out string problem)
    {
        problem = "";
        try
        {
            var request = JsonSerializer.Deserialize(line, ControlJson.Line.ControlRequest);
            if (request == null) problem = "a request is an object";
            else if (request.V != Version)
                problem = $"this agent speaks version {Version} of the protocol, not {request.V}";
            else if (request.Vm?.Length > LongestText || request.Class?.Length > LongestText)
                problem = $"a text is longer than {LongestText}";
            return problem == "" ? request : null;
        }
        catch (JsonException e)
        {
            problem = $"this is no request: {e.Message}";
            return null;
        }
    }
}

/// <summary>The verbs of the protocol.</summary>
public static class ControlVerbs
{
    /// <summary>How the agent is: <see cref="StatusReport"/>.</summary>
    public const string Status = "status";

    /// <summary>The VMs and their figures: <see cref="VmsReport"/>.</summary>
    public const string Vms = "vms";

    /// <summary>The plan of the last period: <see cref="PlanReport"/>.</summary>
    public const string Plan = "plan";

    /// <summary>What was decided, when and why: <see cref="HistoryReport"/>.</summary>
    public const string History = "history";

    /// <summary>Metrics in Prometheus's text form: <see cref="TextReport"/>.</summary>
    public const string Metrics = "metrics";

    /// <summary>Are the threads as the agent left them? <see cref="VerifyReport"/>.</summary>
    public const string Verify = "verify";

    /// <summary>Say what a VM is: <see cref="ChangeReport"/>.</summary>
    public const string Class = "class";

    /// <summary>Put a VM, or all, back and leave it alone: <see cref="ChangeReport"/>.</summary>
    public const string Pause = "pause";

    /// <summary>Go on with a VM, or all: <see cref="ChangeReport"/>.</summary>
    public const string Resume = "resume";

    /// <summary>Read the configuration anew: <see cref="ChangeReport"/>.</summary>
    public const string Reload = "reload";

    /// <summary>Does the verb change something, so that not everybody may use it?</summary>
    public static bool Changes(string verb) => verb is Class or Pause or Resume or Reload;
}
