using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>How a thread is scheduled, as far as the agent changes it or must keep it: what is put back at the end.
/// </summary>
/// <param name="Cpus">Its affinity. Not to be changed.</param>
/// <param name="Attributes">Policy, nice, slice.</param>
public readonly record struct SchedState(CpuMask Cpus, SchedAttributes Attributes)
{
    /// <summary>Reads a thread's.</summary>
    /// <param name="calls">The kernel.</param>
    /// <param name="tid">The thread.</param>
    /// <param name="size">Of the mask.</param>
    /// <param name="state">What was read.</param>
    /// <returns>0, or the negative error number.</returns>
    public static int Read(ISchedCalls calls, int tid, int size, out SchedState state)
    {
        var cpus = new CpuMask(size);
        state = default;
        var error = calls.GetAffinity(tid, cpus);
        if (error < 0) return error;
        error = calls.GetAttributes(tid, out var attributes);
        if (error == 0) state = new(cpus, attributes);
        return error;
    }

    /// <summary>Are affinity, policy, nice and slice, or budget and period, the same?</summary>
    public bool SameAs(in SchedState other) =>
        Cpus.SameAs(other.Cpus) && Attributes.SameAs(other.Attributes);

    /// <inheritdoc />
    public override string ToString()
    {
        var runtime = new Duration((long)Attributes.RuntimeNs);
        return Attributes.IsDeadline
            ? $"pCPUs {Cpus}, {runtime} in each {new Duration((long)Attributes.PeriodNs)}"
            : $"pCPUs {Cpus}, slice {runtime}, policy {Attributes.Policy}, nice {Attributes.Nice}";
    }
}
