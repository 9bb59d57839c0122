using System.CommandLine;
using Flms.Agent.Classes;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>The agent as a service.</summary>
internal sealed class AgentRunVerb : Verb
{
    private const long ShortenAt = 1 << 20;

    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _journal = HostSession.JournalOption();

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "observe, advise or enforce (default: the configuration's, else observe).",
        HelpName = "MODE",
    };

    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = "Write metrics in Prometheus's text form there every period, whole or not at all.",
        HelpName = "FILE",
    };

    public AgentRunVerb() : base("run", "Watch the VMs of this host until stopped; in mode enforce, place them")
    {
        Take("Options", _mode, _config, _journal, _metrics);
    }

    public override string Lesson =>
        "In mode observe (the default) and advise it changes nothing. In mode enforce it applies each period's "
            + "plan, within "
        + "bounds; on Ctrl-C or SIGTERM it puts everything back; after kill -9 flms agent restore does. Decisions "
        + "are told on standard error, a line each. It tells systemd when it is ready and that it is alive.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms agent run", "only watch"),
        ("flms agent run --mode enforce --metrics /run/flms/metrics.prom", "place VMs, and publish figures"),
    ];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var settings = AgentOptions.Settings(line, _config, terminal);
        if (line.GetValue(_mode) is { } word)
            settings = settings with { Mode = ModeOf(word) };
        var enforce = settings.Mode == AgentMode.Enforce;
        using var session = HostSession.Open(settings,
            enforce ? line.GetValue(_journal) ?? JournalFile.DefaultPath : null);
        using var managed = Watching.Managed(settings);
        // Without the right to, VMs are found by looking now and then.
        _ = ProcessEvents.Open(out var events);
        using var ended = events;
        using var observer = new Observer(new LinuxFiles(), settings.Classes, settings.WordOf, managed, events);
        var loop = session.Loop(observer, message => terminal.Error.WriteLine(message));
        using var notify = new SystemdNotify(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        try
        {
            Follow(loop, session, line.GetValue(_metrics), notify, terminal);
        }
        finally
        {
            // Also after a bug: whatever happened, the host is put back.
            notify.Send("STOPPING=1");
            if (loop.Ours > 0) loop.Release();
            session.DeleteJournal();
        }
        return ExitCode.Fine;
    }

    private static void Follow(
        AgentLoop loop, HostSession session, string? metrics, SystemdNotify notify, Terminal terminal)
    {
        var ready = false;
        var next = Watching.Now;
        while (!terminal.Stop.IsCancellationRequested)
        {
            loop.Step(Watching.Now, OwnCpu());
            session.ShortenJournal(ShortenAt);
            if (metrics != null) WriteMetrics(metrics, MetricsText.Of(loop, OwnCpu()));
            notify.Send((ready ? "" : "READY=1\n") + "WATCHDOG=1\n" + $"STATUS={loop.Mode}: "
                + $"{loop.Observer.Vms.Count} VMs, {loop.Ours} threads placed");
            if (!ready) terminal.Error.WriteLine($"{loop.Mode.ToString().ToLowerInvariant()}: "
                + $"{Words.Count(loop.Observer.Vms.Count, "VM")} found");
            ready = true;
            next += session.Settings.Period;
            // What was slept through is not made up for.
            if (next < Watching.Now) next = Watching.Now;
            terminal.Stop.WaitHandle.WaitOne(TimeSpan.FromMicroseconds((next - Watching.Now).Ns / 1000));
        }
    }

    private static AgentMode ModeOf(string word) => word switch
    {
        "observe" => AgentMode.Observe,
        "advise" => AgentMode.Advise,
        "enforce" => AgentMode.Enforce,
        _ => throw Failure.Usage($"--mode {word}: write observe, advise or enforce"),
    };

    private static Duration OwnCpu() => new(Environment.CpuUsage.TotalTime.Ticks * 100);

    private static void WriteMetrics(string path, string text)
    {
        using var file = OutputFile.Open(path);
        file.Write(stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        file.Keep();
    }
}
