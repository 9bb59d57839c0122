using System.Globalization;
using System.Text;
using Flms.Agent.Classes;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>What a running agent knows, in Prometheus's text form.</summary>
public static class MetricsText
{
    private const string Prefix = "flms_agent_";

    /// <summary>All of it.</summary>
    /// <param name="loop">The agent.</param>
    /// <param name="ownCpu">CPU time that it has used itself.</param>
    public static string Of(AgentLoop loop, Duration ownCpu)
    {
        var text = new StringBuilder();
        Head(text, "mode", "gauge", "What the agent may do: 1 for its mode, 0 for the others.");
        foreach (var mode in Enum.GetValues<AgentMode>())
            Line(text, "mode", $"mode=\"{mode.ToString().ToLowerInvariant()}\"", loop.Mode == mode ? 1 : 0);
        One(text, "vms", "gauge", "VMs that are watched.", loop.Observer.Vms.Count);
        One(text, "threads_managed", "gauge", "Threads that the agent has changed and not put back.", loop.Ours);
        One(text, "periods_total", "counter", "Periods that have ended.", loop.Counts.Periods);
        One(text, "regroups_total", "counter", "How often the split of the pCPUs has changed.", loop.Counts.Regroups);
        One(text, "scan_faults_total", "counter", "How often /proc could not be read.", loop.Counts.ScanFaults);
        One(text, "sample_faults_total", "counter", "Reads of threads that failed.", loop.Observer.Sampler.Faults);
        One(text, "self_cpu_seconds_total", "counter", "CPU time of the agent itself.", ownCpu.Ns / 1e9m);
        if (loop.Plan is { } plan)
        {
            Head(text, "pool_cpus", "gauge", "pCPUs of each group.");
            Line(text, "pool_cpus", "pool=\"sp\"", plan.Sp.Count);
            Line(text, "pool_cpus", "pool=\"lp\"", plan.Lp.Count);
            One(text, "lent", "gauge", "Are short-slice pCPUs lent?", plan.Lent ? 1 : 0);
        }
        Head(text, "changes_total", "counter", "Changes of threads by how they ended.");
        foreach (var outcome in Enum.GetValues<LeverOutcome>())
            Line(text, "changes_total", $"outcome=\"{Words(outcome)}\"", loop.Counts[outcome]);
        Head(text, "apply_errors_total", "counter", "System calls that failed, by error.");
        foreach (var (error, count) in loop.Counts.Errors)
            Line(text, "apply_errors_total", $"errno=\"{Errno.NameOf(error)}\"", count);
        Vcpus(text, loop.Observer);
        return text.ToString();
    }

    private static void Vcpus(StringBuilder text, Observer observer)
    {
        (string Name, string What, Func<ObservedThread, decimal> Value)[] all =
        [
            ("vcpu_run_seconds_total", "Time that a vCPU ran.", v => observer.Sampler.TotalOf(v.Slot).RunNs / 1e9m),
            ("vcpu_delay_seconds_total", "Time that it was runnable and waited for a pCPU.",
                v => observer.Sampler.TotalOf(v.Slot).WaitNs / 1e9m),
            ("vcpu_timeslices_total", "How often it was given a pCPU.",
                v => observer.Sampler.TotalOf(v.Slot).Timeslices),
        ];
        foreach (var (name, what, value) in all)
        {
            Head(text, name, "counter", what);
            foreach (var vm in observer.Vms)
                foreach (var vcpu in vm.Vcpus)
                    Line(text, name, $"domain=\"{Escaped(vm.Vm.Name)}\",pid=\"{vm.Vm.Process.Tid}\","
                        + $"vcpu=\"{vcpu.Thread.Number}\",class=\"{vcpu.Class.ToString().ToLowerInvariant()}\"",
                        value(vcpu));
        }
    }

    private static string Words(LeverOutcome outcome) => outcome switch
    {
        LeverOutcome.TakenOver => "taken_over",
        LeverOutcome.NoJournal => "no_journal",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    private static string Escaped(string label) =>
        label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static void One(StringBuilder text, string name, string type, string help, decimal value)
    {
        Head(text, name, type, help);
        Line(text, name, "", value);
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Prefix}{name} {help}\n# TYPE {Prefix}{name} {type}\n");

    private static void Line(StringBuilder text, string name, string labels, decimal value) =>
        text.Append(CultureInfo.InvariantCulture,
            $"{Prefix}{name}{(labels == "" ? "" : "{" + labels + "}")} {value}\n");
}
