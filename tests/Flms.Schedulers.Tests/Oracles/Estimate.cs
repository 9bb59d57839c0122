using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;
using Xunit.Abstractions;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>A mean over independent runs, and how far it may be off.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Error">Its standard error, from the differences between the runs.</param>
internal readonly record struct Estimate(double Mean, double Error)
{
    /// <summary>Runs a host once with each seed, and takes a value from each run.</summary>
    public static Estimate Of(int seeds, Duration length, Func<ulong, MachineSetup> setup,
        Func<ISchedHost, Scheduler> policy, Func<Machine, double> value) =>
        Of(seeds, length, setup, policy, [value])[0];

    /// <summary>Runs a host once with each seed, and takes several values from each run.</summary>
    public static Estimate[] Of(int seeds, Duration length, Func<ulong, MachineSetup> setup,
        Func<ISchedHost, Scheduler> policy, params Func<Machine, double>[] values)
    {
        var machines = new Machine[seeds];
        for (var s = 0; s < seeds; s++) machines[s] = Run(length, setup((ulong)s + 1), policy);
        return [.. values.Select(v => Of([.. machines.Select(v)]))];
    }

    private static Estimate Of(double[] values)
    {
        var mean = values.Average();
        var variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        return new(mean, Math.Sqrt(variance / values.Length));
    }

    /// <summary>Runs a host; the first twentieth of the time is not measured.</summary>
    public static Machine Run(Duration length, MachineSetup setup, Func<ISchedHost, Scheduler> policy)
    {
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + length / 20);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + length);
        return machine;
    }

    /// <summary>Is it what theory says, to within a part of it? The tolerance must be at least three standard errors:
    /// otherwise there was too little of a run to say so.</summary>
    public void Is(double expected, double tolerance, ITestOutputHelper output)
    {
        output.WriteLine($"{expected:g5} expected: {Mean:g5}, standard error {Error:g2}");
        Assert.True(Error * 3 <= tolerance * expected,
            $"{Mean:g6} with a standard error of {Error:g3}: too coarse for a tolerance of {tolerance * expected:g3}");
        Assert.True(Math.Abs(Mean - expected) <= tolerance * expected,
            $"{Mean:g6}, not {expected:g6}; standard error {Error:g3}, tolerance {tolerance * expected:g3}");
    }
}

/// <summary>Hosts for the oracles: everything is free, and what is measured is in units of ms.</summary>
internal static class Hosts
{
    /// <summary>So many vCPUs that no job waits for one within its guest.</summary>
    public const int Plenty = 96;

    public static MachineSetup Of(int pcpus, ulong seed, params DomainSetup[] domains) =>
        new() { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains, Seed = seed };

    public static DomainSetup Domain(string name, params WorkloadSetup[] workloads) =>
        new() { Name = name, Workloads = workloads };

    /// <summary>A stream of jobs of 1 ms on average, that loads one pCPU so far; each job has its own vCPU.</summary>
    public static DomainSetup Jobs(double load, JobLength length = JobLength.Exponential, int vcpus = Plenty) =>
        Domain("jobs", Stream(load, length)) with { Vcpus = vcpus };

    public static JobsSetup Stream(double load, JobLength length = JobLength.Exponential) =>
        new() { Interval = new((long)(1e6 / load)), Length = length };

    public static Scheduler RoundRobin(ISchedHost host, Duration slice, QueueLayout queues = QueueLayout.Shared) =>
        new RoundRobinScheduler(host, new() { Slice = slice, Queues = queues });

    /// <summary>First come, first served: a slice that no job is longer than.</summary>
    public static Scheduler Fcfs(ISchedHost host) => RoundRobin(host, 10.Seconds);

    /// <summary>What a domain's workload measured.</summary>
    public static Histogram Samples(Machine machine, int domain = 0) => machine.Workloads
        .Single(w => w.Samples != null && machine[w.Vcpu].Domain.Index == domain).Samples!;

    /// <summary>Mean of what a domain's workload measured, in ms.</summary>
    public static double Mean(Machine machine, int domain = 0) => Samples(machine, domain).Mean / 1e6;

    /// <summary>The part of all samples that is above a length of time.</summary>
    public static double Above(Histogram samples, Duration length)
    {
        var above = 1.0;
        foreach (var (ns, fraction) in samples.Steps())
            if (ns <= length.Ns) above = 1 - fraction;
        return above;
    }
}
