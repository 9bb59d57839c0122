using System.CommandLine;
using Flms.Agent;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Options of verbs that ask the running agent, or look themselves if none runs or they are told how.
/// </summary>
internal sealed class LookOptions
{
    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _for = AgentOptions.For();
    private readonly Option<string> _socket = AgentOptions.Socket();

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_for, _config, _socket];

    /// <summary>The way to the running agent; null if the command line says that the verb is to look itself.</summary>
    public AgentLink? Link(ParseResult line) =>
        line.GetValue(_socket) == null && (line.GetValue(_for) ?? line.GetValue(_config)) != null ? null
            : AgentLink.Of(line, _socket);

    /// <summary>With which settings to look.</summary>
    public AgentSettings Settings(ParseResult line, Terminal terminal) =>
        AgentOptions.Settings(line, _config, terminal);

    /// <summary>How long to look.</summary>
    public Duration Span(ParseResult line, AgentSettings settings) => AgentOptions.Span(line, _for, settings);
}
