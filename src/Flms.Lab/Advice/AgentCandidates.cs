using Flms.Core;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Flms;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>What <c>flms agent</c> does on a Linux host, as far as a simulated EEVDF shows it: slices of threads, and
/// pCPUs kept for the VMs that are served.</summary>
/// <remarks>
/// The split is the agent's own (<see cref="Isolation"/>) for the load of the whole recording, and always there: what
/// the agent finds in its trials is not shown, nor are its tick and its boost (SCHED_DEADLINE). Slices are its
/// defaults.
/// </remarks>
internal static class AgentCandidates
{
    // The same as PlanRules', which a test holds them against: this library does not know the agent.
    internal static readonly Duration Sleeper = 100.Us, Busy = 200.Us, Long = 20.Ms, Lent = 1.Ms;

    /// <summary>The agent's ways of placing them; none where the kernel has no slices of threads.</summary>
    public static IEnumerable<AdviceCandidate> Of(AdviceCandidate now, ReplayPlan plan, IReadOnlySet<int> served)
    {
        if (now.Choice.Options is not EevdfOptions) yield break;
        var all = plan.Machine.Topology.All;
        yield return Make("split=false", all, all, Long, ["plan: { split: false }"]);
        yield return Make($"split=false, lp_slice={Lent}", all, all, Lent,
            [$"plan: {{ split: false, lp_slice: {Lent} }}"]);
        if (Split(plan, served) is not { } groups) yield break;
        yield return Make("", groups.ForIo, all, Lent,
            ["# nothing: this is its plan by default, where its trial of the split succeeds"]);
        yield return Make("lend=false", groups.ForIo, groups.ForCpu, Long, ["plan: { lend: false }"]);

        AdviceCandidate Make(string settings, CpuMask sp, CpuMask lp, Duration slice, IReadOnlyList<string> steps) =>
            new("agent", settings, AdviceReach.Agent, now.Choice)
            {
                Steps = steps,
                Alter = machine => machine with
                {
                    Domains =
                    [
                        .. machine.Domains.Select((d, i) => i >= plan.Recording.Vms.Count ? d : d with
                        {
                            Affinity = served.Contains(i) ? sp : lp,
                            Parameters = [new EevdfDomain { Slice = served.Contains(i) ? Short(i) : slice }],
                        }),
                    ],
                },
            };

        Duration Short(int vm) =>
            2 * plan.Recording.Vms[vm].Run.Ns < plan.Recording.Length.Ns * plan.Recording.Vms[vm].Vcpus
                ? Sleeper : Busy;
    }

    // Equations 1 to 4 over the whole recording; null if one group is empty.
    private static PcpuGroups? Split(ReplayPlan plan, IReadOnlySet<int> served)
    {
        Duration ioRun = default, ioWait = default, cpuRun = default, cpuWait = default;
        for (var vm = 0; vm < plan.Recording.Vms.Count; vm++)
            foreach (var thread in plan.Recording.Vms[vm].Threads.Take(plan.Recording.Vms[vm].Vcpus))
                if (served.Contains(vm)) (ioRun, ioWait) = (ioRun + thread.Run, ioWait + thread.Wait);
                else (cpuRun, cpuWait) = (cpuRun + thread.Run, cpuWait + thread.Wait);
        var isolation = new Isolation(plan.Machine.Topology, FlmsOptions.Default);
        isolation.EndPeriod(new(ioRun, ioWait, cpuRun, cpuWait), true, served.Count < plan.Recording.Vms.Count);
        return isolation.Groups.Isolated ? isolation.Groups : null;
    }
}
