using System.Globalization;
using System.Text;
using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Lab.Tests.Advice;

/// <summary>Recordings of a simulated host, in the form of the kernel's: so it is known by what policy they were
/// made.</summary>
internal sealed class SimulatedRecording : IWatcher, IDisposable
{
    private const int FirstTid = 100;

    private readonly string _folder = Directory.CreateTempSubdirectory("flms-advice-").FullName;
    private readonly StringBuilder _text = new("# tracer: nop\n");
    private readonly MachineSetup _setup;
    private readonly bool _wakes;
    private readonly HashSet<int> _blocked = [];
    private readonly int[] _running;

    private SimulatedRecording(MachineSetup setup, bool wakes)
    {
        (_setup, _wakes) = (setup, wakes);
        _running = new int[setup.Topology.Count];
    }

    /// <summary>The file.</summary>
    public string File => Path.Combine(_folder, "host.trace");

    /// <summary>Runs a machine and records it.</summary>
    /// <param name="setup">The machine; each domain is a VM.</param>
    /// <param name="policy">By which policy, with its defaults.</param>
    /// <param name="length">For how long.</param>
    /// <param name="host">What the map says of the machine.</param>
    /// <param name="wakes">Are wake-ups recorded?</param>
    public static SimulatedRecording Of(
        MachineSetup setup, SchedulerOptions policy, Duration length,
        string host = """ "kernel": "6.12.1" """, bool wakes = true)
    {
        var recording = new SimulatedRecording(setup, wakes);
        var entry = SchedulerCatalog.All.First(e => e.Defaults.GetType() == policy.GetType());
        var machine = new Machine(setup, made => entry.Create(made, policy));
        machine.Watch(recording);
        machine.Run(Instant.Zero + length);
        var threads = new List<string>();
        var tid = FirstTid;
        foreach (var d in setup.Domains)
            for (var v = 0; v < d.Vcpus; v++)
                threads.Add($$"""{"vm": "{{d.Name}}", "role": "vcpu{{v}}", "tid": {{tid++}}}""");
        System.IO.File.WriteAllText(recording.File, recording._text.ToString());
        System.IO.File.WriteAllText(Path.ChangeExtension(recording.File, ".json"),
            $$"""{"machine": { {{host}} }, "threads": [{{string.Join(", ", threads)}}]}""");
        return recording;
    }

    /// <summary>Reads it.</summary>
    public ReplayPlan Plan(ReplayOptions? options = null)
    {
        Assert.Null(Recording.TryRead(File, null, out var recording));
        Assert.Null(ReplayPlan.TryMake(recording!, options ?? new(), out var plan));
        return plan!;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    void IWatcher.On(in HostEvent e)
    {
        switch (e.Kind)
        {
            case HostEventKind.Wake:
                _blocked.Remove(e.Vcpu.Index);
                if (_wakes)
                    Line(e, _running[0], $"sched_wakeup: comm=CPU pid={Tid(e.Vcpu)} prio=120 target_cpu=000");
                break;
            case HostEventKind.Block:
                _blocked.Add(e.Vcpu.Index);
                break;
            case HostEventKind.Switch:
                var state = _blocked.Contains(e.Other.Index) ? "S" : "R";
                Line(e, Tid(e.Other), $"sched_switch: prev_comm=CPU prev_pid={Tid(e.Other)} prev_prio=120 "
                    + $"prev_state={state} ==> next_comm=CPU next_pid={Tid(e.Vcpu)} next_prio=120");
                _running[e.Pcpu.Index] = Tid(e.Vcpu);
                break;
        }
    }

    private static int Tid(VcpuId v) => v.IsNone ? 0 : FirstTid + v.Index;

    private void Line(in HostEvent e, int current, string what)
    {
        var pcpu = e.Kind == HostEventKind.Switch ? e.Pcpu.Index : 0;
        var ns = e.At.Ns + 1_000_000_000;
        _text.Append(CultureInfo.InvariantCulture,
            $"CPU-{current} [{pcpu:000}] ..... {ns / 1_000_000_000}.{ns % 1_000_000_000:000000000}: {what}\n");
    }
}
