using Flms.Agent.Classes;
using Flms.Agent.Control;
using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Running;

/// <summary>What a running agent knows, in Prometheus's text form (spec host-agent 4.6).</summary>
/// <remarks>What a vCPU counts is under labels that stay; what it is taken for, which changes, is a metric of its own
/// (<c>vcpu_info</c>), so that no series ends when a class changes.</remarks>
public static class MetricsText
{
    private const string Prefix = "flms_agent_";

    /// <summary>All of it.</summary>
    /// <param name="loop">The agent.</param>
    /// <param name="ownCpu">CPU time that it has used itself.</param>
    /// <param name="version">Which flms it is.</param>
    /// <param name="journalRecords">How many records it has written to its journal.</param>
    public static string Of(AgentLoop loop, Duration ownCpu, string version = "", long journalRecords = 0)
    {
        var text = new MetricsWriter(Prefix);
        Agent(text, loop, ownCpu, version, journalRecords);
        if (loop.Plan is { } plan) Pools(text, plan, loop);
        Changes(text, loop);
        Vcpus(text, loop);
        text.Head("vcpu_delay_ratio", "histogram",
            "Share of each period that vCPUs were runnable and had no pCPU, by what they are taken for.");
        foreach (var of in Enum.GetValues<VcpuClass>())
            text.Lines("vcpu_delay_ratio", $"class=\"{Names.Of(of)}\"", loop.Figures.DelayOf(of), 1_000_000);
        text.Head("tick_duration_seconds", "histogram", "How long the work of a period took.");
        text.Lines("tick_duration_seconds", "", loop.Figures.Tick, 1_000_000_000);
        return text.ToString();
    }

    private static void Agent(
        MetricsWriter text, AgentLoop loop, Duration ownCpu, string version, long journalRecords)
    {
        text.Head("build_info", "gauge", "Which flms it is.");
        text.Line("build_info", $"version=\"{MetricsWriter.Escaped(version)}\"", 1);
        text.Head("mode", "gauge", "What the agent may do: 1 for its mode, 0 for the others.");
        foreach (var mode in Enum.GetValues<AgentMode>())
            text.Line("mode", $"mode=\"{Names.Of(mode)}\"", loop.Mode == mode ? 1 : 0);
        text.One("let_go", "gauge", "Has it let go, and only observes though it was told more?",
            loop.LetGoBecause == null ? 0 : 1);
        text.One("paused", "gauge", "Are all VMs paused?", loop.Words.AllPaused ? 1 : 0);
        text.One("vms", "gauge", "VMs that are watched.", loop.Observer.Vms.Count);
        text.One("vms_paused", "gauge", "VMs that are paused.",
            loop.Observer.Vms.Count(vm => loop.Words.IsPaused(vm.Vm)));
        text.One("threads_managed", "gauge", "Threads that the agent has changed and not put back.", loop.Ours);
        text.One("periods_total", "counter", "Periods that have ended.", loop.Counts.Periods);
        text.One("overruns_total", "counter", "Periods whose work took longer than a period.", loop.Self.Overruns);
        text.One("regroups_total", "counter", "How often the split of the pCPUs has changed.", loop.Counts.Regroups);
        text.One("migrations_total", "counter", "vCPUs that were given to another NUMA node.", loop.Counts.Migrations);
        text.One("scan_faults_total", "counter", "How often /proc could not be read.", loop.Counts.ScanFaults);
        text.One("sample_faults_total", "counter", "Reads of threads that failed.", loop.Observer.Sampler.Faults);
        text.One("self_cpu_seconds_total", "counter", "CPU time of the agent itself.", ownCpu.Ns / 1e9m);
        text.One("journal_records_total", "counter", "Records written to the journal.", journalRecords);
        text.One("log_lines_left_out_total", "counter", "Decisions that the log did not get, since it got too many.",
            loop.Log.LeftOut);
    }

    private static void Pools(MetricsWriter text, Plan plan, AgentLoop loop)
    {
        text.Head("pool_cpus", "gauge", "pCPUs of each group; excluded: online, and in none.");
        text.Line("pool_cpus", "pool=\"sp\"", plan.Sp.Count);
        text.Line("pool_cpus", "pool=\"lp\"", plan.Lp.Count);
        text.Line("pool_cpus", "pool=\"excluded\"", Math.Max(0, loop.OnlineCpus - plan.Sp.Count - plan.Lp.Count));
        text.One("split", "gauge", "Are the pCPUs split?", plan.Split ? 1 : 0);
        text.One("lent", "gauge", "Are short-slice pCPUs lent?", plan.Lent ? 1 : 0);
        var period = Math.Max(1, loop.Period.Ns);
        text.Head("pool_estimated_load_cpus", "gauge", "Estimated load of each group, in pCPUs (equations 1 and 2).");
        text.Line("pool_estimated_load_cpus", "pool=\"sp\"", Rounded(plan.EstimatedIo, period));
        text.Line("pool_estimated_load_cpus", "pool=\"lp\"", Rounded(plan.EstimatedCpu, period));
        text.Head("pool_sample_load_cpus", "gauge", "What the vCPUs of each group ran and waited in the last period.");
        text.Line("pool_sample_load_cpus", "pool=\"sp\"", Rounded(Demand(plan, Treatment.Latency), period));
        text.Line("pool_sample_load_cpus", "pool=\"lp\"", Rounded(Demand(plan, Treatment.Compute), period));
        text.One("vms_boosted", "gauge", "VMs that are boosted.",
            plan.Boosts.Count(b => b.State == BoostState.Boosted));
        text.One("pool_reserved_cpus", "gauge", "pCPUs that are reserved for boosted VMs.",
            plan.Boosts.Sum(b => b.Reserved) / 1000m);
        text.Head("skipped_vcpus", "gauge", "vCPUs that are left alone, by the reason.");
        foreach (var why in Enum.GetValues<Exclusion>())
            if (why != Exclusion.None)
                text.Line("skipped_vcpus", $"reason=\"{Words(Names.Of(why))}\"",
                    plan.Lines.Count(l => l.Thread.Role == ThreadRole.Vcpu && l.Thread.Exclusion == why));
    }

    private static void Changes(MetricsWriter text, AgentLoop loop)
    {
        text.Head("changes_total", "counter", "Changes of threads by how they ended.");
        foreach (var outcome in Enum.GetValues<LeverOutcome>())
            text.Line("changes_total", $"outcome=\"{Words(Names.Of(outcome))}\"", loop.Counts[outcome]);
        text.One("boosts_total", "counter", "How often a thread was given a budget, or another one.",
            loop.Lever.Boosts);
        text.One("boosts_ended_total", "counter", "How often a boost has ended.", loop.Lever.BoostsEnded);
        text.Head("moves_total", "counter", "Threads that were put in place, by the reason.");
        foreach (var reason in Enum.GetValues<PlanReason>())
            if (reason != PlanReason.Excluded)
                text.Line("moves_total", $"reason=\"{Words(Names.Of(reason))}\"", loop.Counts.Moves(reason));
        text.Head("conflicts_total", "counter",
            "Threads that somebody else had changed, so that they are left to them.");
        text.Line("conflicts_total", "by=\"other\"", loop.Counts[LeverOutcome.TakenOver]);
        text.Head("apply_errors_total", "counter", "System calls that failed, by error.");
        foreach (var (error, count) in loop.Counts.Errors)
            text.Line("apply_errors_total", $"errno=\"{Errno.NameOf(error)}\"", count);
    }

    private static void Vcpus(MetricsWriter text, AgentLoop loop)
    {
        var sampler = loop.Observer.Sampler;
        List<(ObservedVm Vm, ObservedThread Vcpu, string Labels)> all =
        [
            .. from vm in loop.Observer.Vms
               from vcpu in vm.Vcpus
               select (vm, vcpu, $"domain=\"{MetricsWriter.Escaped(vm.Vm.Name)}\",uuid=\""
                   + $"{MetricsWriter.Escaped(vm.Vm.Uuid)}\",pid=\"{vm.Vm.Process.Tid}\","
                   + $"vcpu=\"{vcpu.Thread.Number}\""),
        ];
        Each("vcpu_run_seconds_total", "counter", "Time that a vCPU ran.", v => sampler.TotalOf(v.Slot).RunNs / 1e9m);
        Each("vcpu_delay_seconds_total", "counter", "Time that it was runnable and waited for a pCPU.",
            v => sampler.TotalOf(v.Slot).WaitNs / 1e9m);
        Each("vcpu_timeslices_total", "counter", "How often it was given a pCPU.",
            v => sampler.TotalOf(v.Slot).Timeslices);
        var lines = loop.Plan?.Lines.ToDictionary(l => l.Thread.Thread);
        Each("vcpu_slice_seconds", "gauge", "The slice that the agent has given it.", v =>
            loop.Lever.IsOurs(v.Thread.Id) && lines?.GetValueOrDefault(v.Thread.Id)?.Slice is { Ns: > 0 } slice
                ? slice.Ns / 1e9m : null);
        text.Head("vcpu_info", "gauge", "What it is taken for, and where it is, as labels.");
        foreach (var (vm, vcpu, labels) in all)
        {
            var group = lines?.GetValueOrDefault(vcpu.Thread.Id) is { } line ? AgentReports.GroupOf(line.Reason) : null;
            text.Line("vcpu_info", $"{labels},class=\"{Names.Of(vcpu.Class)}\",kind=\"{Names.Of(vm.Kind)}\","
                + $"pool=\"{group ?? "none"}\",placed=\"{(loop.Lever.IsOurs(vcpu.Thread.Id) ? "yes" : "no")}\"", 1);
        }

        void Each(string name, string type, string help, Func<ObservedThread, decimal?> value)
        {
            text.Head(name, type, help);
            foreach (var (_, vcpu, labels) in all)
                if (value(vcpu) is { } known) text.Line(name, labels, known);
        }
    }

    private static long Demand(Plan plan, Treatment treatment) => plan.Lines
        .Where(l => l.Thread.IsFreeVcpu && l.Thread.Treatment == treatment)
        .Sum(l => l.Thread.Run.Ns + l.Thread.Wait.Ns);

    private static decimal Rounded(long ns, long period) => decimal.Round(ns / (decimal)period, 4);

    // Labels have no hyphens here: the first of them were written so.
    private static string Words(string name) => name.Replace('-', '_');
}
