using System.Globalization;
using Flms.Agent.Control;
using Flms.Agent.Levers;
using Flms.Core;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows plans, and what came of them.</summary>
internal static class PlanText
{
    /// <summary>What the plan says of the machine, in a sentence.</summary>
    public static string Groups(PlanReport plan) => plan.Sp == "" || plan.Lp == ""
        ? "One group: there is nothing to keep apart."
        : !plan.Split ? plan.Boosts.Count > 0 ? "One group: who is latency-sensitive is boosted when it waits."
            : $"Everybody runs everywhere: {plan.Why ?? "the configuration says so"}."
        : $"Short slices on pCPUs {plan.Sp}, long ones on {plan.Lp}; the short ones are "
            + (plan.Lent ? "lent to those who compute" : "not lent")
            + (plan.Why == null ? "." : $". This is {plan.Why}.");

    /// <summary>Whether a VM is boosted, with which budget, and why not.</summary>
    /// <param name="boost">What the plan says of it.</param>
    /// <param name="named">Is the VM to be named?</param>
    public static string Boost(BoostReport boost, bool named = true) =>
        $"{(named ? $"{boost.Vm}: " : "")}{Why(boost.State)}; its fair share is "
        + $"{Pcpus(boost.FairShare)} pCPUs, it used {Pcpus(boost.Used)}" + (boost.State == "boosted"
            ? $", owes {Pcpus(boost.Owed)}, and may use up to {Pcpus(boost.Reserved)} at a time." : ".");

    private static string Pcpus(int thousandths) =>
        (thousandths / 1000m).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Why(string state) => state switch
    {
        "boosted" => "boosted",
        "waiting" => "not boosted yet: it waits for the first time",
        "narrow" => "not boosted: the kernel boosts only threads that may use every pCPU",
        "no-room" => "not boosted: others have reserved all that may be",
        "refused" => "not boosted: the kernel refused",
        _ => "not boosted: it is not kept waiting",
    };

    /// <summary>Why a thread belongs there, or is left alone, in words.</summary>
    /// <param name="reason">As reports have it.</param>
    public static string Because(string reason) => reason switch
    {
        "ignored" => "left alone: the operator says so",
        "paused" => "left alone: the operator has paused it",
        "container" => "left alone: its control group belongs to a container manager",
        "real-time" => "left alone: it is a real-time thread",
        "bound" => "left alone: somebody has bound it",
        "outside-pool" => "left alone: its cpuset has no pCPU of the pool",
        "taken-over" => "left alone: somebody has changed what the agent had set",
        "pinned" => "left alone: its operator has pinned the VM by libvirt",
        "cpuset" => "left alone: its operator has given the VM pCPUs by libvirt",
        "numatune" => "left alone: libvirt binds the VM's memory to NUMA nodes",
        "not-told" => "left alone: libvirt has not told yet what its operator says",
        "unreadable" => "left alone: how it is scheduled cannot be read",
        "one-group" => "nothing to keep apart",
        "floats" => "serves all: it floats",
        "latency" => "latency-sensitive",
        "serves-latency" => "on the way of latency-sensitive requests",
        "compute" => "computes",
        "serves-compute" => "serves a VM that computes",
        "lent" => "computes; may use idle short-slice pCPUs",
        "boosted" => "latency-sensitive, and has waited: before all others, within its budget",
        "serves-boosted" => "on the way of a boosted VM's requests",
        "may-be-boosted" => "latency-sensitive, or on the way of such requests; boosted when they wait",
        "yields" => "computes, wherever the boosted leave room",
        "not-serving" => "serves devices; left where it is, since the operator says so",
        "short-slice" => "latency-sensitive, or on the way of such requests: everywhere, with a short slice",
        "long-slice" => "computes: everywhere, with a long slice",
        "calm" => "runs everywhere: nobody latency-sensitive is kept waiting",
        "comparing" => "runs everywhere, until it is known how long the latency-sensitive wait so",
        "no-gain" => "runs everywhere: a split was tried and did not help",
        "unfair" => "runs everywhere: a split was tried and cost others their fair share",
        "wasteful" => "runs everywhere: a split would cost others their fair share",
        "roams" => "its cpuset has no pCPU of its group: it runs where it may",
        _ => reason,
    };

    /// <summary>The lines of a plan as a table, with how they ended if they were applied.</summary>
    public static void Write(Terminal terminal, PlanReport plan)
    {
        terminal.Paragraph(Groups(plan));
        foreach (var boost in plan.Boosts) terminal.Paragraph(Boost(boost));
        foreach (var m in plan.Moves)
            terminal.Paragraph($"{m.Vm} vCPU {m.Vcpu} belongs on node {m.To} from now on, was on {m.From}: "
                + (m.Reason == "rather-than-idle" ? "the nodes' pCPUs are wanted unevenly."
                    : "that node's pCPUs are wanted much less."));
        terminal.Out.WriteLine();
        var applied = plan.Lines.Any(l => l.Done != null);
        List<string[]> rows = [["VM", "thread", "pCPUs", "slice", applied ? "done" : "why", ""]];
        foreach (var line in plan.Lines)
            rows.Add([line.Vm, line.Thread, line.Cpus ?? "-", SliceOf(line),
                applied ? DoneIn(line.Done) : Because(line.Reason), applied ? Because(line.Reason) : ""]);
        Columns.Write(terminal, rows, left: rows[0].Length);
    }

    /// <summary>How something ended, in words.</summary>
    public static string Of(LeverOutcome outcome) => DoneIn(Agent.Names.Of(outcome));

    private static string DoneIn(string? word) => word switch
    {
        "taken-over" => "taken over by somebody else",
        "no-journal" => "not done: no journal",
        "not-reached" or null => "not reached",
        _ => word,
    };

    private static string SliceOf(PlanLineReport line) => line.SliceNs switch
    {
        _ when line.RuntimeNs is { } budget => $"{new Duration(budget)} in each {new Duration(line.PeriodNs ?? 0)}",
        null => "-",
        0 => "default",
        var ns => new Duration(ns.Value).ToString(),
    };
}
