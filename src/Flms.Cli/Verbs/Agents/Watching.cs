using System.Diagnostics;
using Flms.Agent;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Watches this host's VMs for a while, for the verbs that need no daemon. Changes nothing.</summary>
internal static class Watching
{
    private const int LibvirtMs = 2000;

    /// <summary>A clock that only grows.</summary>
    public static Instant Now => new((long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency)));

    /// <summary>Asks libvirt about its VMs, if there is one.</summary>
    /// <returns>Null if there is nobody to ask.</returns>
    /// <exception cref="Failure">The operator wants it asked, and this machine has none.</exception>
    public static LibvirtWatch? Managed(AgentSettings settings)
    {
        var watch = LibvirtWatch.Begin(settings.Libvirt, HostFacts.NodesOf(new LinuxFiles()), out var problem);
        return problem == "" ? watch : throw Failure.Host($"libvirt: {settings.Libvirt}: {problem}");
    }

    /// <summary>The monitors of VMs that the configuration gives us; null if it gives none.</summary>
    public static QmpMonitors? Monitors(AgentSettings settings) =>
        settings.Vms.Any(rule => rule.Qmp != null) ? new(settings.MonitorOf) : null;

    /// <summary>Watches.</summary>
    /// <param name="settings">What the operator has set.</param>
    /// <param name="span">For how long.</param>
    /// <param name="terminal">To show that it goes on, and to be stopped by.</param>
    /// <param name="each">Called when a period ends, with its end.</param>
    /// <returns>The observer, to be disposed.</returns>
    /// <exception cref="Failure">/proc cannot be read, or there is no VM.</exception>
    public static Observer Watch(
        AgentSettings settings, Duration span, Terminal terminal, Action<Observer, Instant>? each = null)
    {
        using var managed = Managed(settings);
        managed?.WaitForFirst(LibvirtMs);
        using var monitors = Monitors(settings);
        var observer = new Observer(
            new LinuxFiles(), settings.Classes, settings.WordOf, managed, monitors: monitors);
        try
        {
            Scan(observer);
            if (observer.Vms.Count == 0) throw Failure.Host(observer.Unrecognised.Count == 0
                ? HostFacts.HidesProcesses(new LinuxFiles()) && !Environment.IsPrivilegedProcess
                    ? "no VM is to be seen: /proc hides the processes of others (hidepid); run it in /proc's group"
                    : "no VM runs on this host"
                : "the threads of the VMs here cannot be told apart; start QEMU with -name NAME,debug-threads=on");
            using var progress = new ProgressLine(terminal, "watching");
            Follow(observer, settings, span, terminal.Stop, progress, each);
            return observer;
        }
        catch
        {
            observer.Dispose();
            throw;
        }
    }

    private static void Follow(Observer observer, AgentSettings settings, Duration span, CancellationToken stop,
        ProgressLine progress, Action<Observer, Instant>? each)
    {
        var (begin, scanned) = (Now, Now);
        observer.Step(begin);
        for (var next = begin + settings.Period; next <= begin + span; next += settings.Period)
        {
            if (stop.WaitHandle.WaitOne(TimeSpan.FromMicroseconds(Math.Max(0, (next - Now).Ns) / 1000)))
                throw new OperationCanceledException(stop);
            if (observer.Stale || Now - scanned >= settings.Rescan)
            {
                Scan(observer);
                scanned = Now;
            }
            var now = Now;
            observer.Step(now);
            each?.Invoke(observer, now);
            progress.Report((now - begin).Ns / (double)span.Ns);
        }
    }

    private static void Scan(Observer observer)
    {
        var error = observer.Rescan();
        if (error < 0) throw Failure.Host($"/proc cannot be read: {Errno.NameOf(error)}");
    }
}
