using System.CommandLine;
using Flms.Agent;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Options that several of the agent's verbs have.</summary>
internal static class AgentOptions
{
    /// <summary>Read when no other file is named, if it is there.</summary>
    public const string DefaultConfig = "/etc/flms/agent.yaml";

    /// <summary>The configuration.</summary>
    public static Option<string> Config() => new("--config")
    {
        Description = $"The configuration (default: {DefaultConfig}, if it is there).",
        HelpName = "FILE",
    };

    /// <summary>How long to watch.</summary>
    public static Option<string> For() => new("--for")
    {
        Description = "How long to watch the host, as in 10s (default: 5 periods).",
        HelpName = "TIME",
    };

    /// <summary>The settings that a command line asks for.</summary>
    public static AgentSettings Settings(ParseResult line, Option<string> config, Terminal terminal)
    {
        var file = line.GetValue(config);
        if (file == null && !File.Exists(DefaultConfig)) return new();
        return InputProblems.ValueOf(AgentConfig.ReadFile(file ?? DefaultConfig), terminal);
    }

    /// <summary>How long to watch.</summary>
    public static Duration Span(ParseResult line, Option<string> option, AgentSettings settings)
    {
        if (line.GetValue(option) is not { } text) return settings.Period * 5;
        if (!Duration.TryParse(text, out var span) || span < settings.Period || span.Ns > 86_400_000_000_000)
            throw Failure.Usage($"--for {text}: write a time from one period ({settings.Period}) to 24h, as in 10s");
        return span;
    }
}
