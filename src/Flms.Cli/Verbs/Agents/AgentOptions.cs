using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Control;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Options that several of the agent's verbs have.</summary>
internal static class AgentOptions
{
    /// <summary>The configuration.</summary>
    public static Option<string> Config() => new("--config")
    {
        Description = "Read this configuration and no other (default: /etc/flms/agent.yaml and "
            + "/etc/flms/agent.d/*.yaml over the vendor's in /usr/lib/flms).",
        HelpName = "FILE",
    };

    /// <summary>The control socket of a running agent.</summary>
    public static Option<string> Socket() => new("--socket")
    {
        Description = $"The control socket of the running agent (default: the configuration's, else "
            + $"{ControlRules.DefaultSocket}).",
        HelpName = "FILE",
    };

    /// <summary>How long to watch.</summary>
    public static Option<string> For() => new("--for")
    {
        Description = "How long to watch the host, as in 10s (default: 5 periods).",
        HelpName = "TIME",
    };

    /// <summary>The files that a command line's configuration is read from.</summary>
    public static IReadOnlyList<string> Files(ParseResult line, Option<string> config) =>
        line.GetValue(config) is { } file ? [file] : AgentConfigFiles.Usual.Find();

    /// <summary>Reads the settings that a command line asks for.</summary>
    public static Reading<AgentSettings> Read(ParseResult line, Option<string> config) =>
        AgentConfig.Read(Files(line, config));

    /// <summary>The settings that a command line asks for.</summary>
    public static AgentSettings Settings(ParseResult line, Option<string> config, Terminal terminal) =>
        InputProblems.ValueOf(Read(line, config), terminal);

    /// <summary>How long to watch.</summary>
    public static Duration Span(ParseResult line, Option<string> option, AgentSettings settings)
    {
        if (line.GetValue(option) is not { } text) return settings.Period * 5;
        if (!Duration.TryParse(text, out var span) || span < settings.Period || span.Ns > 86_400_000_000_000)
            throw Failure.Usage($"--for {text}: write a time from one period ({settings.Period}) to 24h, as in 10s");
        return span;
    }
}
