using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>How long slices are on a real host, and when short-slice pCPUs are lent.</summary>
/// <remarks>Why these lengths: spec linux-host 0.5 and 10.3 (measured). They are not the simulated FLMS's, which
/// decides itself when a vCPU is preempted; a kernel's slice is a request.</remarks>
public sealed record PlanRules
{
    /// <summary>Slice of a latency-sensitive thread that sleeps. Default 100 us, the least the kernel takes.</summary>
    [Option("Slice of a latency-sensitive thread that sleeps between short pieces of work.",
        "spec linux-host 0.5: strictly shorter than its neighbours'", Min = "100us", Max = "100ms")]
    public Duration SleeperSlice { get; init; } = 100.Us;

    /// <summary>Slice of a latency-sensitive vCPU that also computes. Default 200 us.</summary>
    [Option("Slice of a latency-sensitive vCPU that also computes.",
        "spec linux-host 0.5: one short slice for all who compute on an SP", Min = "100us", Max = "100ms")]
    public Duration SpSlice { get; init; } = 200.Us;

    /// <summary>Slice of who computes. Default 20 ms.</summary>
    [Option("Slice of a thread that computes.", "spec linux-host 10.3: 20 to 30 ms", Min = "1ms", Max = "100ms")]
    public Duration LpSlice { get; init; } = 20.Ms;

    /// <summary>Slice of who computes while short-slice pCPUs are lent. Default 1 ms.</summary>
    [Option("Slice of a thread that computes, while it may also run on the short-slice pCPUs.",
        "spec, emulated host 2.5: a long slice there keeps the latency-sensitive "
            + "waiting", Min = "100us", Max = "100ms")]
    public Duration LentSlice { get; init; } = 1.Ms;

    /// <summary>Are idle short-slice pCPUs lent? Default: yes.</summary>
    [Option("Are short-slice pCPUs that are idle lent to those who compute?", "a strict split wastes them (measured)")]
    public bool Lend { get; init; } = true;

    /// <summary>They are lent while their own vCPUs use less than this. Default 500 thousandths.</summary>
    [Option("They are lent while their own vCPUs use less than this of them.", "ours", Unit = "thousandths", Min = "0",
        Max = "1000")]
    public int LendBelow { get; init; } = 500;

    /// <summary>And given back when their own vCPUs wait longer than this on average. Default 200 us.</summary>
    [Option("And given back when their own vCPUs wait longer than this, on average each time they want to run.", "ours",
        Min = "1us", Max = "1s")]
    public Duration LendDelay { get; init; } = 200.Us;
}
