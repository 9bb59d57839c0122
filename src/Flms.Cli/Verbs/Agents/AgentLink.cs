using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>The way to a running agent: asks it, and says in one line why there is no answer.</summary>
/// <param name="path">Its control socket.</param>
internal sealed class AgentLink(string path)
{
    /// <summary>Where its socket is.</summary>
    public string Path => path;

    /// <summary>The one that a command line means.</summary>
    /// <remarks>A configuration that cannot be read must not keep anybody from asking the agent that runs.</remarks>
    public static AgentLink Of(ParseResult line, Option<string> socket, Option<string>? config = null)
    {
        if (line.GetValue(socket) is { } said) return new(said);
        var files = config != null ? AgentOptions.Files(line, config) : AgentConfigFiles.Usual.Find();
        return new(AgentConfig.Read(files).Value?.Control.Socket ?? ControlRules.DefaultSocket);
    }

    /// <summary>Asks, and takes the report.</summary>
    /// <exception cref="Failure">No agent runs, or it refuses.</exception>
    public T Ask<T>(ControlRequest request, JsonTypeInfo<T> form) =>
        ReportOf(AskIfThere(request) ?? throw NoAgent(), form);

    /// <summary>Asks, and takes the report.</summary>
    /// <returns>Null if no agent runs.</returns>
    /// <exception cref="Failure">It refuses.</exception>
    public T? AskIfThere<T>(string verb, JsonTypeInfo<T> form) where T : class =>
        AskIfThere(new ControlRequest { Verb = verb }) is { } reply ? ReportOf(reply, form) : null;

    /// <summary>What to say where an agent is needed and none runs.</summary>
    public Failure NoAgent() =>
        Failure.Host($"no agent runs here (nobody listens on {path}); start it with flms agent run");

    private ControlReply? AskIfThere(ControlRequest request)
    {
        var reply = ControlClient.Ask(path, request, out var problem);
        if (problem != "") throw Failure.Host($"{path}: {problem}");
        return reply?.Refusal switch
        {
            null or Refusal.None => reply,
            Refusal.BadConfig => throw Failure.Input(reply.Error),
            _ => throw Failure.Host(reply.Error),
        };
    }

    private T ReportOf<T>(ControlReply reply, JsonTypeInfo<T> form)
    {
        try
        {
            return reply.Report(form);
        }
        catch (JsonException)
        {
            throw Failure.Host($"{path}: the agent that runs is of another version of flms; restart it");
        }
    }
}
