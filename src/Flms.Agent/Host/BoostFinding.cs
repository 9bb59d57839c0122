using System.Globalization;
using Flms.Agent.Linux;

namespace Flms.Agent.Host;

/// <summary>Says whether the kernel would let the agent boost anybody (decision 0023).</summary>
internal static class BoostFinding
{
    private const string Folder = "/proc/sys/kernel";
    private const long LeastPeriodUs = 500;

    /// <summary>Looks at the kernel's settings of SCHED_DEADLINE. Reads only.</summary>
    public static Finding Of(ISystemFiles files)
    {
        if (Number(files, "sched_rt_runtime_us") is not { } runtime
            || Number(files, "sched_rt_period_us") is not { } period)
            return new("boost", Severity.Limit, "not possible: the kernel tells nothing of real-time budgets");
        if (runtime == 0 || period <= 0)
            return new("boost", Severity.Limit, "not possible: real-time budgets are switched off",
                "sysctl kernel.sched_rt_runtime_us=950000");
        if (Number(files, "sched_deadline_period_min_us") is > LeastPeriodUs and var least)
            return new("boost", Severity.Limit, $"periods below {least} us are not allowed",
                $"sysctl kernel.sched_deadline_period_min_us={LeastPeriodUs}");
        var share = runtime < 0 ? 1000 : 1000 * runtime / period;
        var narrow = files.Read("/sys/devices/system/cpu/isolated") is { Length: > 0 };
        return new("boost", Severity.Fine, $"possible: up to {share / 10}% of the pCPUs may be reserved"
            + (narrow ? "; not for threads that may use the isolated ones only" : "")
            + "; off unless the configuration says boost: deadline");
    }

    private static long? Number(ISystemFiles files, string name) => files.Read($"{Folder}/{name}") is { } text
        && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number : null;
}
