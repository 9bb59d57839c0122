using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Levers;
using Flms.Agent.Running;
using Flms.Lab.Input;

namespace Flms.Cli.Verbs.Agents;

/// <summary>The agent as a service.</summary>
internal sealed class AgentRunVerb : Verb
{
    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _journal = HostSession.JournalOption();

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "observe, advise or enforce (default: the configuration's, else observe).",
        HelpName = "MODE",
    };

    private readonly Option<string> _socket = new("--socket")
    {
        Description = "Where it can be asked and told things: a Unix socket; none for none (default: the "
            + "configuration's).",
        HelpName = "FILE",
    };

    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = "Write metrics in Prometheus's text form there every period, whole or not at all.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _check = new("--check-config")
    {
        Description = "Only read the configuration, and say what is wrong with it: exit code 3 if anything is.",
    };

    public AgentRunVerb() : base("run", "Watch the VMs of this host until stopped; in mode enforce, place them")
    {
        Take("Options", _mode, _config, _journal, _socket, _metrics, _check);
    }

    public override string Lesson =>
        "In mode observe (the default) and advise it changes nothing. In mode enforce it applies each period's "
            + "plan, within bounds; on Ctrl-C or SIGTERM it puts everything back; after kill -9 flms agent restore "
            + "does. Decisions are told on standard error, a line each. SIGHUP or flms agent reload reads the "
            + "configuration anew. It tells systemd when it is ready and that it is alive.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms agent run", "only watch"),
        ("flms agent run --check-config", "is the configuration right?"),
        ("flms agent run --mode enforce --metrics /run/flms/metrics.prom", "place VMs, and publish figures"),
    ];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        AgentMode? mode = line.GetValue(_mode) is { } word ? ModeOf(word) : null;
        if (line.GetValue(_check)) return Check(AgentOptions.Files(line, _config), terminal);
        using var agent = new RunningAgent(new()
        {
            Read = () => Read(AgentOptions.Files(line, _config), mode),
            Journal = line.GetValue(_journal) ?? JournalFile.DefaultPath,
            Socket = line.GetValue(_socket),
            Metrics = line.GetValue(_metrics),
        }, terminal);
        agent.Run();
        return ExitCode.Fine;
    }

    // What the command line says of the mode counts after a reload, too.
    private static (Reading<AgentSettings>, IReadOnlyList<string>) Read(IReadOnlyList<string> files, AgentMode? mode)
    {
        var reading = AgentConfig.Read(files);
        return (reading.Value is { } settings && mode is { } said
            ? reading with { Value = settings with { Mode = said } } : reading, files);
    }

    private static int Check(IReadOnlyList<string> files, Terminal terminal)
    {
        InputProblems.ValueOf(AgentConfig.Read(files), terminal);
        terminal.Out.WriteLine(files.Count == 0 ? "No configuration: everything has its default."
            : $"Right: {string.Join(", ", files)}");
        return ExitCode.Fine;
    }

    private static AgentMode ModeOf(string word) => word switch
    {
        "observe" => AgentMode.Observe,
        "advise" => AgentMode.Advise,
        "enforce" => AgentMode.Enforce,
        _ => throw Failure.Usage($"--mode {word}: write observe, advise or enforce"),
    };
}
