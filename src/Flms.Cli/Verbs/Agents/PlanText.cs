using System.Globalization;
using System.Text.Json;
using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows plans, and what came of them.</summary>
internal static class PlanText
{
    /// <summary>What the plan says of the machine, in a sentence.</summary>
    public static string Groups(Plan plan) => plan.Sp.IsEmpty || plan.Lp.IsEmpty
        ? "One group: there is nothing to keep apart."
        : !plan.Split ? plan.Boosts.Count > 0 ? "One group: who is latency-sensitive is boosted when it waits."
            : "One group: the configuration says so."
        : $"Short slices on pCPUs {plan.Sp}, long ones on {plan.Lp}; the short ones are "
            + (plan.Lent ? "lent to those who compute while they are idle." : "not lent.");

    /// <summary>Whether a VM is boosted, with which budget, and why not.</summary>
    public static string Boost(VmBoost boost) => $"{boost.Vm}: {Why(boost.State)}; its fair share is "
        + $"{Pcpus(boost.FairShare)} pCPUs, it used {Pcpus(boost.Used)}" + (boost.State == BoostState.Boosted
            ? $", owes {Pcpus(boost.Owed)}, and may use up to {Pcpus(boost.Reserved)} at a time." : ".");

    private static string Pcpus(int thousandths) =>
        (thousandths / 1000m).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Why(BoostState state) => state switch
    {
        BoostState.Boosted => "boosted",
        BoostState.Waiting => "not boosted yet: it waits for the first time",
        BoostState.Narrow => "not boosted: the kernel boosts only threads that may use every pCPU",
        BoostState.NoRoom => "not boosted: others have reserved all that may be",
        BoostState.Refused => "not boosted: the kernel refused",
        _ => "not boosted: it is not kept waiting",
    };

    /// <summary>Why a thread belongs there, in words.</summary>
    public static string Because(PlanLine line) => line.Reason switch
    {
        PlanReason.Excluded => line.Thread.Exclusion switch
        {
            Exclusion.Ignored => "left alone: the operator says so",
            Exclusion.Container => "left alone: its control group belongs to a container manager",
            Exclusion.RealTime => "left alone: it is a real-time thread",
            Exclusion.Bound => "left alone: somebody has bound it",
            Exclusion.OutsidePool => "left alone: its cpuset has no pCPU of the pool",
            Exclusion.TakenOver => "left alone: somebody has changed what the agent had set",
            Exclusion.Pinned => "left alone: its operator has pinned the VM by libvirt",
            Exclusion.Cpuset => "left alone: its operator has given the VM pCPUs by libvirt",
            Exclusion.Numatune => "left alone: libvirt binds the VM's memory to NUMA nodes",
            Exclusion.NotTold => "left alone: libvirt has not told yet what its operator says",
            _ => "left alone: how it is scheduled cannot be read",
        },
        PlanReason.OneGroup => "nothing to keep apart",
        PlanReason.Floats => "serves all: it floats",
        PlanReason.Latency => "latency-sensitive",
        PlanReason.ServesLatency => "on the way of latency-sensitive requests",
        PlanReason.Compute => "computes",
        PlanReason.ServesCompute => "serves a VM that computes",
        PlanReason.Lent => "computes; may use idle short-slice pCPUs",
        PlanReason.Boosted => "latency-sensitive, and has waited: before all others, within its budget",
        PlanReason.ServesBoosted => "on the way of a boosted VM's requests",
        PlanReason.MayBeBoosted => "latency-sensitive, or on the way of such requests; boosted when they wait",
        PlanReason.Yields => "computes, wherever the boosted leave room",
        PlanReason.NotServing => "serves devices; left where it is, since the operator says so",
        _ => "its cpuset has no pCPU of its group: it runs where it may",
    };

    /// <summary>A thread of a VM, as people read it.</summary>
    public static string Who(PlanLine line) => $"{line.Thread.Vm} {line.Thread.What}";

    /// <summary>The lines of a plan as a table, with how they ended if they were applied.</summary>
    public static void Write(Terminal terminal, Plan plan, IReadOnlyDictionary<ThreadIdentity, LeverOutcome>? outcomes)
    {
        terminal.Paragraph(Groups(plan));
        foreach (var boost in plan.Boosts) terminal.Paragraph(Boost(boost));
        terminal.Out.WriteLine();
        List<string[]> rows = [["VM", "thread", "pCPUs", "slice", outcomes == null ? "why" : "done", ""]];
        foreach (var line in plan.Lines)
            rows.Add([line.Thread.Vm, line.Thread.What, line.Cpus?.ToString() ?? "-", SliceOf(line),
                outcomes == null ? Because(line) : Done(outcomes, line), outcomes == null ? "" : Because(line)]);
        Columns.Write(terminal, rows, left: rows[0].Length);
    }

    /// <summary>A plan as JSON, with how its lines ended if they were applied.</summary>
    public static void Write(
        Utf8JsonWriter json, Plan plan, IReadOnlyDictionary<ThreadIdentity, LeverOutcome>? outcomes)
    {
        json.WriteStartObject();
        json.WriteString("sp", plan.Sp.ToString());
        json.WriteString("lp", plan.Lp.ToString());
        json.WriteBoolean("lent", plan.Lent);
        json.WriteNumber("estimated_io_ns", plan.EstimatedIo);
        json.WriteNumber("estimated_cpu_ns", plan.EstimatedCpu);
        json.WriteStartArray("boosts");
        foreach (var boost in plan.Boosts)
        {
            json.WriteStartObject();
            json.WriteString("vm", boost.Vm);
            json.WriteString("state", OptionCatalog.Write(boost.State));
            json.WriteNumber("fair_share", boost.FairShare);
            json.WriteNumber("used", boost.Used);
            json.WriteNumber("owed", boost.Owed);
            json.WriteNumber("reserved", boost.Reserved);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("lines");
        foreach (var line in plan.Lines)
        {
            json.WriteStartObject();
            json.WriteString("vm", line.Thread.Vm);
            json.WriteString("thread", line.Thread.What);
            json.WriteNumber("tid", line.Thread.Thread.Tid);
            json.WriteString("cpus", line.Cpus?.ToString());
            if (line.Slice is { } slice) json.WriteNumber("slice_ns", slice.Ns);
            else json.WriteNull("slice_ns");
            if (line.Boost is { } boost)
            {
                json.WriteNumber("runtime_ns", boost.Runtime.Ns);
                json.WriteNumber("period_ns", boost.Period.Ns);
            }
            json.WriteString("reason", line.Reason == PlanReason.Excluded
                ? OptionCatalog.Write(line.Thread.Exclusion) : OptionCatalog.Write(line.Reason));
            if (outcomes != null) json.WriteString("done", Done(outcomes, line));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>How something ended, in words.</summary>
    public static string Of(LeverOutcome outcome) => outcome switch
    {
        LeverOutcome.Unchanged => "unchanged",
        LeverOutcome.Changed => "changed",
        LeverOutcome.Gone => "gone",
        LeverOutcome.TakenOver => "taken over by somebody else",
        LeverOutcome.Failed => "failed",
        _ => "not done: no journal",
    };

    private static string Done(IReadOnlyDictionary<ThreadIdentity, LeverOutcome> outcomes, PlanLine line) =>
        outcomes.TryGetValue(line.Thread.Thread, out var outcome) ? Of(outcome) : "not reached";

    private static string SliceOf(PlanLine line) => line.Slice switch
    {
        _ when line.Boost is { } boost => boost.ToString(),
        null => "-",
        { Ns: 0 } => "default",
        var slice => slice.Value.ToString(),
    };
}
