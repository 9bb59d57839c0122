using Flms.Core;
using Flms.Sim;
using Flms.Sim.Guests;
using Flms.Sim.Workloads;

namespace Flms.Lab.Measures;

/// <summary>What one run measured: distributions and scalars by name, in a fixed order.</summary>
internal sealed class RunMeasures
{
    /// <summary>A domain counts as CPU-bound if its vCPUs were runnable for at least this part of the time.</summary>
    private const double CpuBound = 0.95;

    private RunMeasures(long events) => Events = events;

    /// <summary>Each measure: its subject, its quantity, and either a distribution or a value; neither if nothing was
    /// measured.</summary>
    public List<(string Subject, string Quantity, Histogram? Samples, double? Value)> All { get; } = [];

    /// <summary>Simulated events while measuring.</summary>
    public long Events { get; }

    /// <summary>Reads off what the machine has counted since its measuring began.</summary>
    public static RunMeasures Of(Machine machine)
    {
        var run = new RunMeasures(machine.Events);
        var statistics = machine.Statistics;
        var seconds = (statistics.Until - statistics.Since).Ns / 1e9;
        for (var d = 0; d < machine.Setup.Domains.Count; d++) run.AddDomain(machine, d, seconds);
        run.AddHost(machine, seconds);
        return run;
    }

    private void AddDomain(Machine machine, int d, double seconds)
    {
        var name = machine.Setup.Domains[d].Name;
        var statistics = machine.Statistics;
        foreach (var (measure, samples, lost) in WorkloadSamples(machine, d))
        {
            All.Add((name, $"{measure}_ms", samples, null));
            All.Add((name, $"{measure.Split('.')[0]}.lost", null, lost));
        }
        foreach (var (measure, value) in WorkloadRates(machine, d, seconds)) All.Add((name, measure, null, value));
        if (machine.GuestStatistics(new(d)) is { } kernel) AddKernel(name, kernel, seconds);
        All.Add((name, "cpu_share", null, statistics.DomainRun[d] / 1e9 / seconds / machine.Topology.Count));
        All.Add((name, "wait_ms", statistics.Wait[d], null));
        All.Add((name, "wake_to_run_ms", statistics.WakeToRun[d], null));
    }

    // What the domain's workloads measured, added over its vCPUs and over workloads of one kind.
    private static List<(string Measure, Histogram Samples, long Lost)> WorkloadSamples(Machine machine, int d)
    {
        var found = new List<(string Measure, Histogram Samples, long Lost)>();
        foreach (var w in machine.Workloads)
        {
            if (w.Measure == null || w.Samples == null || machine[w.Vcpu].Domain.Index != d) continue;
            var i = found.FindIndex(f => f.Measure == w.Measure);
            if (i < 0)
            {
                i = found.Count;
                found.Add((w.Measure, new(), 0));
            }
            found[i].Samples.Add(w.Samples);
            found[i] = found[i] with { Lost = found[i].Lost + w.Lost };
        }
        return found;
    }

    // What the domain's workloads counted, a second; null where there was no time to count in.
    private static List<(string Measure, double? Value)> WorkloadRates(Machine machine, int d, double seconds)
    {
        var found = new List<(string Measure, double? Value)>();
        foreach (var w in machine.Workloads)
        {
            if (machine[w.Vcpu].Domain.Index != d) continue;
            foreach (var rate in w.Rates)
            {
                var over = rate.Over is { } time ? time.Ns / 1e9 : seconds;
                double? value = over > 0 ? rate.Amount / over : null;
                var i = found.FindIndex(f => f.Measure == rate.Measure);
                if (i < 0) found.Add((rate.Measure, value));
                else if (value != null) found[i] = (rate.Measure, (found[i].Value ?? 0) + value);
            }
        }
        return found;
    }

    private void AddKernel(string name, GuestStatistics kernel, double seconds)
    {
        void Rate(string quantity, long count) => All.Add((name, $"guest.{quantity}_per_s", null, count / seconds));
        Rate("switches", kernel.Switches);
        Rate("migrations", kernel.Migrations);
        Rate("ipis", kernel.Ipis);
        Rate("holder_preemptions", kernel.HolderPreemptions);
        Rate("pause_exits", kernel.PauseExits);
        Rate("monitor_moves", kernel.MonitorMoves);
        All.Add((name, "guest.spin_share", null, kernel.SpinNs / 1e9 / seconds));
        All.Add((name, "guest.kernel_share", null, kernel.KernelNs / 1e9 / seconds));
    }

    private void AddHost(Machine machine, double seconds)
    {
        var statistics = machine.Statistics;
        AddScalar("switches_per_s", statistics.Switches / seconds);
        AddByDistance("migrations_per_s", statistics.Migrations, seconds);
        AddByDistance("steals_per_s", statistics.Steals, seconds);
        AddScalar("balances_per_s", statistics.Balances / seconds);
        var busy = 0L;
        foreach (var ns in statistics.PcpuBusy) busy += ns;
        AddScalar("utilisation", busy / 1e9 / seconds / machine.Topology.Count);
        AddScalar("fairness", Fairness(machine, seconds));
        if (machine.Network is { } network) AddScalar("packets_lost_per_s", network.Dropped / seconds);
        if (machine.Disk is { } disk) AddScalar("disk_utilisation", disk.Busy.Ns / 1e9 / seconds);
    }

    // Other-node is the part of remote that leaves the memory node.
    private void AddByDistance(string name, long[] counts, double seconds)
    {
        AddScalar($"{name}.same_core", counts[(int)Distance.SameCore] / seconds);
        AddScalar($"{name}.same_socket", counts[(int)Distance.SameSocket] / seconds);
        AddScalar($"{name}.remote", (counts[(int)Distance.SameNode] + counts[(int)Distance.Remote]) / seconds);
        AddScalar($"{name}.other_node", counts[(int)Distance.Remote] / seconds);
    }

    private void AddScalar(string quantity, double? value) => All.Add(("host", quantity, null, value));

    // Over domains without a cap, there all the time and left alone by operators, that always wanted to run.
    private static double? Fairness(Machine machine, double seconds)
    {
        var statistics = machine.Statistics;
        var shares = new List<double>();
        for (var d = 0; d < machine.Setup.Domains.Count; d++)
        {
            var domain = machine.Setup.Domains[d];
            if (domain.Cap > 0 || domain.StartsAt > statistics.Since) continue;
            if (machine.Setup.Operations.Any(o => o.Domain == d && o.At <= statistics.Until)) continue;
            var waited = statistics.WakeToRun[d].Sum + statistics.StopToRun[d].Sum;
            var runnable = (statistics.DomainRun[d] + waited) / 1e9;
            if (EveryVcpuHasHog(domain, statistics.Since) || runnable >= CpuBound * seconds * domain.Vcpus)
                shares.Add((double)statistics.DomainRun[d] / domain.Weight);
        }
        return shares.Count < 2 ? null : Statistic.Jain(shares);
    }

    // A hog that starves completely has neither run nor ended a wait: it is known by what it is.
    private static bool EveryVcpuHasHog(DomainSetup domain, Instant since)
    {
        for (var v = 0; v < domain.Vcpus; v++)
            if (!domain.Workloads.Any(w => w is HogSetup hog && hog.CopiesOn(v, domain.Vcpus) > 0
                && domain.StartsAt + hog.At <= since)) return false;
        return true;
    }
}
