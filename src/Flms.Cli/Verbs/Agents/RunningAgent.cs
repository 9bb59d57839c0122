using System.Runtime.InteropServices;
using Flms.Agent;
using Flms.Agent.Classes;
using Flms.Agent.Control;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;
using Flms.Agent.Running;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Cli.Verbs.Agents;

/// <summary>What a running agent is told on its command line.</summary>
internal sealed record RunOrders
{
    /// <summary>Reads the configuration, now or again.</summary>
    public required Func<(Reading<AgentSettings> Settings, IReadOnlyList<string> Files)> Read { get; init; }

    /// <summary>Where changes are noted.</summary>
    public required string Journal { get; init; }

    /// <summary>The control socket; null for the configuration's.</summary>
    public string? Socket { get; init; }

    /// <summary>Where metrics are written; null for nowhere.</summary>
    public string? Metrics { get; init; }
}

/// <summary>The agent as a service: its loop with a clock, signals, systemd, files and the control socket around
/// it.</summary>
internal sealed class RunningAgent : IDisposable
{
    private const long ShortenAt = 1 << 20;

    private readonly RunOrders _orders;
    private readonly Terminal _terminal;
    private readonly AgentLog _log;
    private readonly ControlQueue _queue = new();
    private readonly ControlServer? _server;
    private readonly MetricsEndpoint? _endpoint;
    private readonly string? _metricsFile;
    private readonly HostSession _session;
    private readonly LibvirtWatch? _managed;
    private readonly QmpMonitors? _monitors;
    private readonly ProcessEvents? _events;
    private readonly Observer _observer;
    private readonly AgentLoop _loop;
    private readonly AgentControl _control;
    private readonly SystemdNotify _notify = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
    private readonly List<string> _warnings = [];
    private IReadOnlyList<string> _files;
    private volatile bool _reload;

    /// <summary>Makes everything ready; nothing of the host's has been changed yet.</summary>
    /// <exception cref="Failure">The configuration is wrong, another agent runs, or the host is not one for it.
    /// </exception>
    public RunningAgent(RunOrders orders, Terminal terminal)
    {
        (_orders, _terminal, _log) = (orders, terminal, AgentLog.Of(terminal));
        var (reading, files) = orders.Read();
        var settings = InputProblems.ValueOf(reading, terminal);
        _files = files;
        // Before the journal: the folder that both lie in must be one that others can look into.
        _server = Serve(settings.Control);
        try
        {
            _metricsFile = orders.Metrics ?? (settings.Metrics.File == "" ? null : settings.Metrics.File);
            _session = HostSession.Open(settings, settings.Mode == AgentMode.Enforce ? orders.Journal : null);
            var words = new OperatorWords(settings);
            _managed = Watching.Managed(settings);
            // Without the right to, VMs are found by looking now and then.
            _ = ProcessEvents.Open(out _events);
            _monitors = new(name => words.Settings.MonitorOf(name));
            _observer = new(new LinuxFiles(), settings.Classes, words.Of, _managed, _events, _monitors);
            _loop = _session.Loop(words, _observer, new(_log.Write));
            _control = new(_loop, Facts());
            _endpoint = Listen(settings);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Goes on until it is told to stop.</summary>
    /// <exception cref="PlanFault">The policy has failed: a bug. Everything was put back.</exception>
    public void Run()
    {
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _reload = true;
            _queue.Wake();
        });
        // However long it takes to put everything back: many threads, or a slow machine.
        _terminal.PutsBack = true;
        try
        {
            Follow();
        }
        catch (PlanFault fault)
        {
            KeepSamples(fault);
            throw;
        }
        finally
        {
            // Also after a bug: whatever happened, the host is put back.
            _notify.Send("STOPPING=1");
            if (_loop.Ours > 0) _loop.Release();
            _session.DeleteJournal();
            // Figures that nobody renews any more must not look alive.
            if (_metricsFile is { } path && !path.StartsWith("/dev/", StringComparison.Ordinal)) File.Delete(path);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _endpoint?.Dispose();
        _server?.Dispose();
        _observer?.Dispose();
        _monitors?.Dispose();
        _events?.Dispose();
        _managed?.Dispose();
        _session?.Dispose();
        _notify.Dispose();
        _queue.Dispose();
    }

    private void Follow()
    {
        var ready = false;
        var next = Watching.Now;
        while (!_terminal.Stop.IsCancellationRequested)
        {
            var begin = Watching.Now;
            _loop.Step(begin, OwnCpu());
            _session.ShortenJournal(ShortenAt);
            if (_metricsFile is { } path) WriteMetrics(path);
            _loop.Worked(Watching.Now - begin);
            _notify.Send((ready ? "" : "READY=1\n") + "WATCHDOG=1\n" + $"STATUS={_loop.Mode}: "
                + $"{_loop.Observer.Vms.Count} VMs, {_loop.Ours} threads placed");
            if (!ready)
                _loop.Log.Tell(DecisionKind.Agent, "", $"{Names.Of(_loop.Mode)}: "
                    + $"{Words.Count(_loop.Observer.Vms.Count, "VM")} found", LogPriority.Notice);
            ready = true;
            next += _loop.Words.Settings.Period;
            // What was slept through is not made up for.
            if (next < Watching.Now) next = Watching.Now;
            AnswerUntil(next);
        }
    }

    // What is needed to find the bug lies beside the journal; if it cannot lie there, it is told.
    private void KeepSamples(PlanFault fault)
    {
        var text = $"{Build.Description}\n{string.Join('\n', SettingsDiff.Of(new(), _loop.Words.Settings))}\n\n"
            + $"{fault.Samples}\n{fault.InnerException}\n";
        var path = Path.Combine(Path.GetDirectoryName(_orders.Journal) ?? "", "fault.txt");
        try
        {
            using var file = OutputFile.Open(path);
            file.Write(stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
            file.Keep();
            _log.Write(LogPriority.Error, $"the policy failed; what it was given is in {path}");
        }
        catch (Failure)
        {
            _log.Write(LogPriority.Error, $"the policy failed; it was given:\n{text}");
        }
    }

    // Between two periods the thread of the loop answers what it is asked: nobody else ever touches its state.
    private void AnswerUntil(Instant next)
    {
        const long most = 60_000;
        do
        {
            var left = Math.Clamp((next - Watching.Now).Ns / 1_000_000 + 1, 0, most);
            _queue.AnswerOne(_control.Answer, (int)left, _terminal.Stop);
            if (!_reload) continue;
            _reload = false;
            var problem = Reload(dry: false).Problem;
            if (problem != "") _log.Write(LogPriority.Error, problem);
        }
        while (Watching.Now < next && !_terminal.Stop.IsCancellationRequested);
    }

    private ControlServer? Serve(ControlRules rules)
    {
        var path = _orders.Socket ?? rules.Socket;
        if (path == ControlRules.NoSocket) return null;
        var group = GroupOf(rules);
        var error = SocketFile.Open(path, ModeOf(rules), group, out var file, out var problem);
        if (error == -SocketFile.InUse) throw Failure.Host($"{path}: {problem}; flms agent status asks it");
        if (error < 0 && (_orders.Socket != null || path != ControlRules.DefaultSocket))
            throw Failure.Output($"{path}: {problem}");
        // Whoever may not write to /run can still watch.
        if (problem != "") Warn(error < 0 ? $"no control socket: {path}: {problem}" : $"{path}: {problem}");
        return file == null ? null : new(file, new ControlRights(LinuxUsers.Own, group).MayChange, _queue);
    }

    private MetricsEndpoint? Listen(AgentSettings settings)
    {
        if (settings.Metrics.Listen == "") return null;
        var endpoint = MetricsEndpoint.Open(settings.Metrics.Listen, ModeOf(settings.Control),
            GroupOf(settings.Control), _queue, out var problem);
        return endpoint ?? throw Failure.Output($"metrics.listen: {settings.Metrics.Listen}: {problem}");
    }

    private static uint? GroupOf(ControlRules rules) => rules.Group == "" ? null : LinuxUsers.GroupOf(rules.Group)
        ?? throw Failure.Host($"control.group: there is no group {Quote.Text(rules.Group)} on this host");

    private static UnixFileMode ModeOf(ControlRules rules)
    {
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (rules.Group != "" || rules.Others) mode |= UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        return rules.Others ? mode | UnixFileMode.OtherRead | UnixFileMode.OtherWrite : mode;
    }

    private void Warn(string what)
    {
        _warnings.Add(what);
        _log.Write(LogPriority.Warning, what);
    }

    private AgentFacts Facts() => new()
    {
        Version = Build.Version,
        Since = DateTimeOffset.UtcNow,
        Config = () => _files,
        Journal = () => _session.Journal,
        Warnings = () => _warnings,
        Wall = at => DateTimeOffset.UtcNow.AddTicks(-((Watching.Now - at).Ns / 100)),
        Reload = Reload,
        OwnCpu = OwnCpu,
        Metrics = Metrics,
    };

    // Reads all of it, and takes it only if all of it is right: else everything stays as it was.
    private (IReadOnlyList<string> Changes, string Problem) Reload(bool dry)
    {
        var (reading, files) = _orders.Read();
        if (reading.Value is not { } settings) return ([], string.Join('\n', reading.Problems));
        var before = _loop.Words.Settings;
        List<string> changes = [.. SettingsDiff.Of(before, settings)];
        if (_loop.LetGoBecause != null && settings.Mode != AgentMode.Observe)
            changes.Add($"the agent had let go; it does {Names.Of(settings.Mode)} again");
        try
        {
            var (facts, planner) = _session.Under(settings);
            if (dry || changes.Count == 0) return (changes, "");
            if (settings.Mode == AgentMode.Enforce) _session.OpenJournal(_orders.Journal);
            _notify.Send($"RELOADING=1\nMONOTONIC_USEC={Watching.Now.Ns / 1000}");
            _files = files;
            var same = settings.Flms == before.Flms && settings.Plan == before.Plan
                && settings.ExcludedCpus.SequenceEqual(before.ExcludedCpus);
            if (settings.Plan != before.Plan) _session.Beat(settings.Plan);
            _loop.Use(settings, facts, same ? null : planner);
            _loop.Log.Tell(DecisionKind.Operator, "", $"reloaded: {string.Join("; ", changes)}", LogPriority.Notice);
            _notify.Send("READY=1");
            return (changes, "");
        }
        catch (Failure failure)
        {
            return ([], failure.Message);
        }
    }

    private string Metrics() => MetricsText.Of(_loop, OwnCpu(), Build.Version, _session.JournalRecords);

    private static Duration OwnCpu() => new(Environment.CpuUsage.TotalTime.Ticks * 100);

    private void WriteMetrics(string path)
    {
        using var file = OutputFile.Open(path);
        file.Write(stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Metrics())));
        file.Keep();
    }
}
