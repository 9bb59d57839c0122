using Flms.Core;
using Flms.Sim;

namespace Flms.Bench;

/// <summary>A task of <see cref="Pedf"/>, as its scheduler knows it: a domain's parameters.</summary>
/// <param name="Deadline">How long after its release a job must be done.</param>
public sealed record EdfTask(Duration Deadline);

/// <summary>The workload <c>pedf</c> of spec/peers.md section 1: periodic tasks under partitioned preemptive
/// EDF.</summary>
/// <remarks>Four tasks a pCPU; task i lives on pCPU i modulo their number. An event is a release or a
/// completion.</remarks>
/// <param name="Pcpus">pCPUs, at least 1.</param>
/// <param name="End">How long the run is.</param>
public sealed record Pedf(int Pcpus, Instant End)
{
    private static readonly int[] _periodMs = [10, 23, 41, 79];
    private static readonly int[] _workMs = [2, 5, 8, 15];

    /// <summary>How many tasks there are, each a domain of one vCPU.</summary>
    public int Tasks => 4 * Pcpus;

    /// <summary>A machine with this workload, on which nothing costs anything.</summary>
    public Machine CreateMachine()
    {
        var tasks = new DomainSetup[Tasks];
        for (var i = 0; i < tasks.Length; i++)
        {
            var (period, work) = (_periodMs[i / Pcpus].Ms, _workMs[i / Pcpus].Ms);
            tasks[i] = new()
            {
                Name = $"task{i}",
                Parameters = [new EdfTask(period)],
                Workloads = [new PeriodicTaskSetup(Instant.Zero + (i % 7).Ms, period, work)],
            };
        }
        var setup = new MachineSetup { Topology = Topology.Of(1, Pcpus), Costs = CostModel.None, Domains = tasks };
        return new(setup, host => new EdfScheduler(host));
    }

    /// <summary>How many jobs were done, and the sum of their response times in ms.</summary>
    public static (long Completions, long ResponseMs) Counts(Machine machine)
    {
        var response = 0L;
        foreach (var task in machine.Workloads) response += task.Samples!.Sum;
        return (machine.Statistics.Completions, response / 1_000_000);
    }
}

/// <summary>A task of <see cref="Pedf"/>: releases a job at each period and measures how long it takes.</summary>
/// <param name="First">The first release.</param>
/// <param name="Period">From one release to the next.</param>
/// <param name="Work">CPU time of each job.</param>
public sealed record PeriodicTaskSetup(Instant First, Duration Period, Duration Work) : WorkloadSetup
{
    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new PeriodicTask(this);
}

internal sealed class PeriodicTask(PeriodicTaskSetup setup) : Workload
{
    private Instant _released;

    public override string Measure => "task.response";

    public override Histogram Samples { get; } = new();

    protected override void Start(Instant now) => AlarmAt(setup.First);

    protected override void AlarmFired(Instant now)
    {
        _released = now;
        AlarmAt(now + setup.Period);
        Want(setup.Work);
    }

    protected override void WorkDone(Instant now) => Samples.Record(now - _released);
}
