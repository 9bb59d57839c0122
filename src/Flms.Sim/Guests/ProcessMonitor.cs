using Flms.Core;

namespace Flms.Sim.Guests;

/// <summary>A helper in a mixed domain that brings processes with very low CPU use to the reserved vCPUs, and back
/// (spec/xen.md 6.2 A23; paper 3.1).</summary>
/// <remarks>It is a thread on the reserved vCPUs, and late if these are. A process is what one entry of the domain's
/// list made, with all its threads; only those that a user created and that nobody pinned are moved.</remarks>
internal sealed class ProcessMonitor : Workload
{
    private readonly GuestKernel _kernel;
    private readonly GuestThread[][] _processes;
    private readonly long[] _ran;       // by process, at the last look
    private readonly bool[] _moved;
    private Instant _looked;
    private Instant _due;

    private ProcessMonitor(GuestKernel kernel, GuestThread[][] processes)
    {
        _kernel = kernel;
        _processes = processes;
        _ran = new long[processes.Length];
        _moved = new bool[processes.Length];
    }

    /// <summary>The monitor of a domain; null if it has nothing to do.</summary>
    public static ProcessMonitor? For(GuestKernel kernel, ReadOnlySpan<Workload> workloads, DomainSetup domain)
    {
        if (kernel.Reserved.IsEmpty || kernel.Options.MonitorPeriod == Duration.Zero) return null;
        var processes = new List<GuestThread[]>();
        for (var entry = 0; entry < domain.Workloads.Count; entry++)
        {
            if (!domain.Workloads[entry].User) continue;
            var threads = new List<GuestThread>();
            foreach (var w in workloads)
                if (w.Number == entry && w.Thread is { } thread && !domain.Workloads[entry].Pins(w.Vcpu.Index, w.Copy))
                    threads.Add(thread);
            if (threads.Count > 0) processes.Add([.. threads]);
        }
        if (processes.Count == 0) return null;
        var cpu = kernel.Cpus[0];
        var monitor = new ProcessMonitor(kernel, [.. processes]) { Number = domain.Workloads.Count, Vcpu = cpu.Vcpu };
        monitor.Thread = new(monitor, cpu, kernel.Reserved) { Number = int.MaxValue };
        return monitor;
    }

    protected internal override void Start(Instant now)
    {
        _looked = now;
        _due = now + _kernel.Options.MonitorPeriod;
        AlarmAt(_due);
    }

    protected internal override void AlarmFired(Instant now) => Want(_kernel.Options.MonitorWork);

    protected internal override void WorkDone(Instant now)
    {
        var wall = (now - _looked).Ns;
        for (var i = 0; i < _processes.Length; i++) Look(i, wall);
        _looked = now;
        _due += _kernel.Options.MonitorPeriod;
        if (_due <= now) _due = now + _kernel.Options.MonitorPeriod;
        AlarmAt(_due);
    }

    private void Look(int process, long wall)
    {
        var ran = 0L;
        foreach (var thread in _processes[process]) ran += thread.Work.RanNs + Machine!.AheadOf(thread);
        var had = ran - _ran[process];
        _ran[process] = ran;
        if (!MixedGuest.Moves(_moved[process], had, wall, _kernel.Options.MonitorLow, _kernel.Options.MonitorHigh))
            return;
        _moved[process] = !_moved[process];
        _kernel.Statistics.MonitorMoves++;
        foreach (var thread in _processes[process])
            Machine!.SetThreadAffinity(thread, _moved[process] ? _kernel.Reserved : thread.Home);
    }
}
