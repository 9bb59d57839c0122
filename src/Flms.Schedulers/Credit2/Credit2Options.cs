using Flms.Core;

namespace Flms.Schedulers.Credit2;

/// <summary>Which pCPUs share a runqueue.</summary>
public enum RunqueueSpan : byte
{
    /// <summary>Each pCPU has its own.</summary>
    Cpu,

    /// <summary>The threads of a core.</summary>
    Core,

    /// <summary>The pCPUs of a socket.</summary>
    Socket,

    /// <summary>The pCPUs of a memory node.</summary>
    Node,

    /// <summary>All pCPUs.</summary>
    All,
}

/// <summary>Settings of <see cref="Credit2Scheduler"/>. The defaults are those of Xen's master branch.</summary>
public sealed record Credit2Options : SchedulerOptions
{
    /// <summary>Which pCPUs share a runqueue. Default: those of a socket.</summary>
    [Option("Which pCPUs share a runqueue.", "spec/xen.md 4.1")]
    public RunqueueSpan Runqueue { get; init; } = RunqueueSpan.Socket;

    /// <summary>The most pCPUs of a runqueue. Default 16.</summary>
    [Option("The most pCPUs of a runqueue; a larger group is cut, never within a core.", "spec/xen.md 4.1: 16",
        Unit = "pCPUs", Min = "1", Max = "4096")]
    public int MaxPcpus { get; init; } = 16;

    /// <summary>What everybody is given when credit runs out. Default 10 ms.</summary>
    [Option("What everybody on a runqueue is given when the first there has no credit left.",
        "spec/xen.md 4.1: 10 ms", Min = "1ms", Max = "1s")]
    public Duration CreditInit { get; init; } = 10.Ms;

    /// <summary>The most that a vCPU can owe. Default 10 ms.</summary>
    [Option("The most credit that a vCPU can owe.", "spec/xen.md 4.1: -10 ms", Min = "0", Max = "1s")]
    public Duration MaxDebt { get; init; } = 10.Ms;

    /// <summary>What a vCPU keeps on top of what it is given. Default 500 us.</summary>
    [Option("The most credit that is carried over when everybody is given new.", "spec/xen.md 4.1: 500 us",
        Min = "0", Max = "1s")]
    public Duration CarryoverMax { get; init; } = 500.Us;

    /// <summary>The shortest run. Default 500 us.</summary>
    [Option("Shortest run until the pCPU asks again.", "spec/xen.md 4.1: 500 us", Min = "1us", Max = "100ms")]
    public Duration MinTimer { get; init; } = 500.Us;

    /// <summary>The longest run. Default 10 ms.</summary>
    [Option("Longest run until the pCPU asks again.", "spec/xen.md 4.1: 10 ms; 2 ms in Xen 4.4",
        Min = "1us", Max = "1s")]
    public Duration MaxTimer { get; init; } = 10.Ms;

    /// <summary>How much more credit a vCPU needs to be taken by another pCPU than its own. Default 500 us.</summary>
    [Option("How much more credit a vCPU needs to be taken by another pCPU than its last.",
        "spec/xen.md 4.1: 500 us", Min = "0", Max = "1s")]
    public Duration MigrateResist { get; init; } = 500.Us;

    /// <summary>What a vCPU is given when another pCPU takes it. Default 50 us.</summary>
    [Option("What a vCPU is given when another pCPU than its last takes it.", "spec/xen.md 4.1: 50 us",
        Min = "0", Max = "1s")]
    public Duration MigrateCompensation { get; init; } = 50.Us;

    /// <summary>Nobody is preempted before it has run for so long. Default 1 ms; 0 for no limit.</summary>
    [Option("Nobody is preempted before it has run for so long; 0 for no limit.", "spec/xen.md 4.1: 1000 us",
        Min = "0", Max = "500ms")]
    public Duration Ratelimit { get; init; } = 1.Ms;

    /// <summary>A runner that comes so near to the rate limit may be preempted. Default 50 us.</summary>
    [Option("A runner that is so near to the rate limit may be preempted.", "spec/xen.md 4.1: 50 us",
        Min = "0", Max = "500ms")]
    public Duration TickleTolerance { get; init; } = 50.Us;

    /// <summary>How often budgets of capped domains are filled. Default 10 ms.</summary>
    [Option("How often the budgets of capped domains are filled.", "spec/xen.md 4.1: 10 ms", Min = "1ms", Max = "1s")]
    public Duration CapPeriod { get; init; } = 10.Ms;

    /// <summary>The window of the load averages. Default 2^30 ns.</summary>
    [Option("The window of the load averages.", "spec/xen.md 4.1: 2^30 ns", Min = "1ms", Max = "1h")]
    public Duration LoadWindow { get; init; } = new(1 << 30);

    /// <summary>Difference of loads that is evened out while there are pCPUs to spare. Default 1.</summary>
    [Option("Difference between two runqueues' loads, in vCPUs, that is evened out while pCPUs are to spare.",
        "spec/xen.md 4.1: 1.0", Min = "0", Max = "1000")]
    public Fraction UnderloadTolerance { get; init; } = new(1, 1);

    /// <summary>Difference of loads that is evened out when there are none. Default 0.125.</summary>
    [Option("Difference between two runqueues' loads, in vCPUs, that is evened out when there are none to spare.",
        "spec/xen.md 4.1: 0.125", Min = "0", Max = "1000")]
    public Fraction OverloadTolerance { get; init; } = new(1, 8);

    /// <summary>Xen's master branch: the defaults.</summary>
    public static Credit2Options XenMaster { get; } = new();

    /// <summary>The longest run that Xen 4.4 allowed; all else as in master.</summary>
    public static Credit2Options Xen44 { get; } = new() { MaxTimer = 2.Ms };

    /// <inheritdoc />
    public override string? Problem() =>
        MinTimer > MaxTimer ? $"min_timer is {MinTimer}, longer than max_timer, which is {MaxTimer}" : null;
}
