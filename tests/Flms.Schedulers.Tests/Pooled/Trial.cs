using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>A machine whose guests get device events, watched by a referee.</summary>
internal sealed class Trial
{
    public Trial(Topology topology, Func<ISchedHost, Scheduler> policy, IReadOnlyList<DomainSetup> domains,
        CostModel? costs = null, IReadOnlyList<Operation>? operations = null)
    {
        Machine = new(new()
        {
            Topology = topology,
            Costs = costs ?? CostModel.None,
            Domains = domains,
            Operations = operations ?? [],
        }, host => Referee.Over(host, policy));
    }

    public Machine Machine { get; }

    public T Policy<T>() where T : Scheduler => (T)((Referee)Machine.Policy).Policy;

    public static DomainSetup Hog(string name, int vcpus = 1) =>
        new() { Name = name, Vcpus = vcpus, Workloads = [new HogSetup()] };

    /// <summary>An echo request every so often: one device event each.</summary>
    public static PingSetup Echo(Duration every, Duration work, int vcpu = 0) =>
        new() { IntervalMin = every, IntervalMax = every, Work = work, Vcpu = vcpu };

    public Trial Run(Duration until)
    {
        Machine.Run(Instant.Zero + until);
        return this;
    }

    /// <summary>How long a vCPU has run.</summary>
    public Duration Ran(int v) => new(((ISchedHost)Machine).Counters(new(v)).RunNs);

    /// <summary>The samples of a workload of a domain.</summary>
    public Histogram Samples(int domain, string measure)
    {
        foreach (var w in Machine.Workloads)
            if (w.Measure == measure && w.Samples is { Count: > 0 } samples && DomainOf(w.Vcpu) == domain)
                return samples;
        throw new InvalidOperationException($"no {measure} of domain {domain}");
    }

    /// <summary>Compares two drawings; shows the whole of the one that came.</summary>
    public static void IsDrawn(string expected, string drawn) =>
        Assert.True(expected == drawn, $"what was drawn is\n{drawn}");

    /// <summary>Draws a stretch of time, a line a vCPU, from a fresh run.</summary>
    public static string Draw(Topology topology, Func<ISchedHost, Scheduler> policy,
        IReadOnlyList<DomainSetup> domains, Duration from, Duration column, int columns)
    {
        var trial = new Trial(topology, policy, domains);
        var chart = new Chart(trial.Machine.Setup.Vcpus, new(Instant.Zero + from, column, columns));
        trial.Machine.Watch(chart);
        var end = Instant.Zero + from + column * columns;
        trial.Machine.Run(end);
        chart.End(end);
        var lines = chart.Draw(Chart.NamesOf(trial.Machine.Setup)).Split('\n');
        return string.Join('\n', lines[1..]).TrimEnd();
    }

    private int DomainOf(VcpuId v) => ((ISchedHost)Machine)[v].Domain.Index;
}
