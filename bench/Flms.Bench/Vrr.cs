using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Bench;

/// <summary>How <see cref="Vrr"/> queues its vCPUs.</summary>
public enum VrrMode : byte
{
    /// <summary>Round robin from one queue; a wake-up takes the lowest idle pCPU.</summary>
    Glob,

    /// <summary>Round robin, one queue for each pCPU.</summary>
    Part,

    /// <summary>One queue for each pCPU; an I/O vCPU that wakes takes the pCPU from a hog.</summary>
    Boost,
}

/// <summary>What a run of <see cref="Vrr"/> counted.</summary>
/// <param name="Wakes">vCPUs that became runnable, the hogs at the beginning among them.</param>
/// <param name="SliceEnds">Slices that ran out.</param>
/// <param name="Completions">Pieces of I/O work done.</param>
/// <param name="Decisions">How often a pCPU asked what to run.</param>
/// <param name="WaitSum">Sum of the times from an I/O vCPU's wake-up to its running, in us.</param>
/// <param name="WaitMax">The longest of them, in us.</param>
public readonly record struct VrrCounts(
    long Wakes, long SliceEnds, long Completions, long Decisions, long WaitSum, long WaitMax)
{
    /// <summary>Wake-ups, slice ends and completions.</summary>
    public long Events => Wakes + SliceEnds + Completions;
}

/// <summary>
/// The workload <c>vrr</c> of spec/peers.md section 1: on each pCPU as many hogs as vCPUs that sleep, and then need
/// 100 us.
/// </summary>
/// <remarks>vCPU v lives on pCPU v modulo their number. Rows of vCPUs, one on each pCPU, are hogs and I/O in
/// turns.</remarks>
/// <param name="Mode">How vCPUs are queued.</param>
/// <param name="Pcpus">pCPUs, at least 1.</param>
/// <param name="PerPcpu">vCPUs for each pCPU, at least 1.</param>
/// <param name="SliceUs">The slice in us.</param>
/// <param name="EndUs">How long the run is in us; what happens at its end still counts.</param>
public sealed record Vrr(VrrMode Mode, int Pcpus, int PerPcpu, long SliceUs, long EndUs)
{
    /// <summary>CPU time that an I/O vCPU needs after each sleep, in us.</summary>
    public const long WorkUs = 100;

    /// <summary>How many vCPUs there are.</summary>
    public int Vcpus => Pcpus * PerPcpu;

    /// <summary>The end of the run.</summary>
    public Instant End => new(EndUs * 1000);

    /// <summary>Does the vCPU always want to run?</summary>
    public bool IsHog(int vcpu) => vcpu / Pcpus % 2 == 0;

    /// <summary>How long an I/O vCPU sleeps each time, in us.</summary>
    public static long SleepUs(int vcpu) => 4000 + vcpu * 7919L % 2048;

    /// <summary>A machine with this workload, on which nothing costs anything.</summary>
    public Machine CreateMachine()
    {
        // A row is a domain: hogs are told from I/O by their kind, and counted apart.
        var rows = new DomainSetup[PerPcpu];
        for (var row = 0; row < PerPcpu; row++)
            rows[row] = IsHog(row * Pcpus) ? Hogs($"hogs{row}", Pcpus) : Sleepers($"io{row}", row * Pcpus, Pcpus);
        var setup = new MachineSetup { Topology = Topology.Of(1, Pcpus), Costs = CostModel.None, Domains = rows };
        return new(setup, CreatePolicy);
    }

    /// <summary>What the machine has counted so far, in the terms of this workload.</summary>
    public VrrCounts Counts(Machine machine)
    {
        var s = machine.Statistics;
        var (sum, max) = (0L, 0L);
        for (var row = 0; row < PerPcpu; row++)
        {
            if (IsHog(row * Pcpus)) continue;
            sum += s.WakeToRun[row].Sum;
            max = Math.Max(max, s.WakeToRun[row].Max);
        }
        return new(s.Wakes, s.SliceEnds, s.Completions, s.Decisions, sum / 1000, max / 1000);
    }

    internal static DomainSetup Hogs(string name, int vcpus) =>
        new() { Name = name, Vcpus = vcpus, Kind = DomainKind.Compute, Workloads = [new HogSetup()] };

    internal static DomainSetup Sleepers(string name, int first, int vcpus)
    {
        var sleepers = new WorkloadSetup[vcpus];
        for (var i = 0; i < vcpus; i++)
        {
            var sleep = new Duration(SleepUs(first + i) * 1000);
            sleepers[i] = new DutySetup { Vcpu = i, Run = new(WorkUs * 1000), Sleep = sleep, At = sleep };
        }
        return new() { Name = name, Vcpus = vcpus, Kind = DomainKind.Latency, Workloads = sleepers };
    }

    private Scheduler CreatePolicy(ISchedHost host)
    {
        var slice = new Duration(SliceUs * 1000);
        if (Mode == VrrMode.Boost) return new BoostScheduler(host, slice);
        var queues = Mode == VrrMode.Glob ? QueueLayout.Shared : QueueLayout.PerPcpu;
        return new RoundRobinScheduler(host, new() { Slice = slice, Queues = queues });
    }
}
