using Flms.Agent.Linux;

namespace Flms.Agent.Host;

/// <summary>What a kernel can do for time slices (spec linux-host 0 and 2).</summary>
public enum SliceTier : byte
{
    /// <summary>None: before Linux 6.12 a thread has no slice of its own. Affinity and nice are left.</summary>
    None,

    /// <summary>Slices end at the next tick, as HRTICK is off: those below it do nothing for vCPUs that
    /// compute.</summary>
    Tick,

    /// <summary>Slices end when they should; the shortest below a control group counts for the group.</summary>
    Exact,

    /// <summary>Slices end when they should, and each thread's is its own: from Linux 7.3 on.</summary>
    Flat,
}

/// <summary>When a running thread makes way for one that has been woken.</summary>
public enum PreemptionModel : byte
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>At once, or when it leaves the kernel: full, voluntary and none are alike to vCPUs.</summary>
    Prompt,

    /// <summary>At the next tick, if it stays in the guest: lazy.</summary>
    Lazy,
}

/// <summary>What this machine's kernel is and can do.</summary>
/// <param name="Release">As <c>uname -r</c> says it.</param>
/// <param name="Version">The same in numbers; 0.0.0 if it could not be read.</param>
/// <param name="Slices">What slices do.</param>
/// <param name="SlicesSeen">Was that read from the kernel (else: known of its version)?</param>
/// <param name="Preemption">The preemption model.</param>
/// <param name="PreemptionSeen">Was that read from the kernel or its command line (else: usual for its
/// version)?</param>
public sealed record Kernel(
    string Release, KernelVersion Version, SliceTier Slices, bool SlicesSeen, PreemptionModel Preemption,
    bool PreemptionSeen)
{
    private const string Debug = "/sys/kernel/debug/sched";

    /// <summary>Reads what there is to read; nothing is tried out.</summary>
    public static Kernel Read(ISystemFiles files)
    {
        var release = files.Read("/proc/sys/kernel/osrelease") ?? "";
        KernelVersion.TryParse(release, out var version);
        var features = files.Read($"{Debug}/features")?.Split(' ');
        var slices = SlicesOf(version, features);
        var (preemption, seen) = PreemptionOf(files, version);
        return new(release, version, slices, features != null && version.IsFrom(6, 12), preemption, seen);
    }

    /// <summary>What is wrong with this kernel, as far as is known; null for nothing.</summary>
    /// <remarks>Sources: spec linux-host 0.1 and 2.2.</remarks>
    public string? KnownFault => Version switch
    {
        { Major: 6, Minor: 12, Patch: < 30 } or { Major: 6, Minor: 13 or 14 } =>
            "custom slices below control groups are wrong or may crash it until 6.12.30 (about) and 6.15",
        { Major: 6, Minor: 18, Patch: < 45 } =>
            "changing weights of control groups often can starve a pCPU until 6.18.45; the agent changes none",
        _ => null,
    };

    private static SliceTier SlicesOf(KernelVersion version, string[]? features)
    {
        if (!version.IsFrom(6, 12)) return SliceTier.None;
        var hrtick = features?.Contains("HRTICK") ?? version.IsFrom(7, 2);
        return !hrtick ? SliceTier.Tick : version.IsFrom(7, 3) ? SliceTier.Flat : SliceTier.Exact;
    }

    private static (PreemptionModel Model, bool Seen) PreemptionOf(ISystemFiles files, KernelVersion version)
    {
        // As in "none voluntary (full) lazy".
        var now = files.Read($"{Debug}/preempt");
        var open = now?.IndexOf('(', StringComparison.Ordinal) ?? -1;
        if (open >= 0) return (Named(now![(open + 1)..].Split(')')[0]), true);
        foreach (var word in (files.Read("/proc/cmdline") ?? "").Split(' ', '\n'))
            if (word.StartsWith("preempt=", StringComparison.Ordinal)) return (Named(word["preempt=".Length..]), true);
        // Distributions have built lazy in since about then (Debian: 6.16).
        return (version == default ? PreemptionModel.Unknown
            : version.IsFrom(6, 16) ? PreemptionModel.Lazy : PreemptionModel.Prompt, false);
    }

    private static PreemptionModel Named(string name) =>
        name is "lazy" ? PreemptionModel.Lazy
        : name is "full" or "none" or "voluntary" ? PreemptionModel.Prompt
        : PreemptionModel.Unknown;
}
