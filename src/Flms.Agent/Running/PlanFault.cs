using System.Globalization;
using System.Text;
using Flms.Agent.Plans;

namespace Flms.Agent.Running;

/// <summary>The policy has failed: a bug. Everything was put back before this was thrown.</summary>
/// <param name="samples">What it was given in the period, as text.</param>
/// <param name="bug">What went wrong.</param>
public sealed class PlanFault(string samples, Exception bug)
    : Exception($"the policy failed: {bug.Message}; everything was put back", bug)
{
    /// <summary>What it was given: with the configuration, what is needed to find the bug.</summary>
    public string Samples { get; } = samples;

    /// <summary>The samples of a period as text, a line a thread; the names of VMs are left out.</summary>
    internal static string Write(long period, Core.Duration length, Plan? before, IReadOnlyList<PlanThread> threads)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"period {period}, {length}\n");
        if (before != null)
            text.Append(CultureInfo.InvariantCulture, $"before: sp {before.Sp}, lp {before.Lp}, lent {before.Lent}, ")
                .Append(CultureInfo.InvariantCulture, $"io {before.EstimatedIo}, cpu {before.EstimatedCpu}\n");
        text.Append("process thread role number treatment sleeper run_ns wait_ns timeslices allowed exclusion\n");
        foreach (var t in threads)
            text.Append(CultureInfo.InvariantCulture, $"{t.Process.Tid} {t.Thread.Tid} {t.Role} {t.Number} ")
                .Append(CultureInfo.InvariantCulture, $"{t.Treatment} {t.Sleeper} {t.Run.Ns} {t.Wait.Ns} ")
                .Append(CultureInfo.InvariantCulture, $"{t.Timeslices} {t.Allowed} {t.Exclusion}\n");
        return text.ToString();
    }
}
