using Flms.Core;

namespace Flms.Agent.Classes;

/// <summary>From which figures on a vCPU is taken for latency-sensitive, for compute, or for both.</summary>
/// <remarks>The starting values are those proposed in spec linux-host section 4, whose author says of them: to be
/// tuned. The two of devices, and idle, are ours. None was fitted to a published figure.</remarks>
public sealed record ClassRules
{
    /// <summary>Latency: it wakes at least so often a second. Default 100.</summary>
    [Option("A latency-sensitive vCPU wakes at least so often.", "spec linux-host 4", Unit = "a second", Min = "1",
        Max = "100000")]
    public int LatencyWakes { get; init; } = 100;

    /// <summary>Latency: and runs at most so long each time. Default 1 ms.</summary>
    [Option("And runs at most so long each time that it wakes.", "spec linux-host 4", Min = "10us", Max = "100ms")]
    public Duration LatencyWork { get; init; } = 1.Ms;

    /// <summary>Latency: and uses less than this of a pCPU. Default 500 thousandths.</summary>
    [Option("And uses less than this of a pCPU.", "spec linux-host 4", Unit = "thousandths", Min = "1", Max = "1000")]
    public int LatencyUse { get; init; } = 500;

    /// <summary>Latency or mixed: or the threads that serve its devices wake so often a second. Default 50.</summary>
    [Option("Instead of waking often itself, or while it never sleeps: the threads that serve its devices wake "
        + "so often.",
        "spec linux-host 4 for interrupts, of which these threads are the sign that needs no right", Unit = "a second",
        Min = "1", Max = "100000")]
    public int DeviceWakes { get; init; } = 50;

    /// <summary>Compute: it wakes less than so often a second. Default 20.</summary>
    [Option("A compute vCPU wakes less than so often.", "spec linux-host 4", Unit = "a second", Min = "1",
        Max = "100000")]
    public int ComputeWakes { get; init; } = 20;

    /// <summary>Compute: and wants at least this of a pCPU. Default 800 thousandths.</summary>
    [Option("And wants at least this of a pCPU.", "spec linux-host 4", Unit = "thousandths", Min = "1", Max = "1000")]
    public int ComputeDemand { get; init; } = 800;

    /// <summary>Compute: or runs at least so long each time. Default 4 ms.</summary>
    [Option("Or runs at least so long each time that it wakes.",
        "spec linux-host 4: a tick, of which most kernels have 250 a second", Min = "100us", Max = "1s")]
    public Duration ComputeWork { get; init; } = 4.Ms;

    /// <summary>Mixed: it wants at least this of a pCPU. Default 500 thousandths.</summary>
    [Option("A vCPU that does both wants at least this of a pCPU.", "spec linux-host "
        + "4", Unit = "thousandths", Min = "1",
        Max = "1000")]
    public int MixedDemand { get; init; } = 500;

    /// <summary>Mixed: and wakes at least so often a second. Default 50.</summary>
    [Option("And wakes at least so often.", "spec linux-host 4", Unit = "a second", Min = "1", Max = "100000")]
    public int MixedWakes { get; init; } = 50;

    /// <summary>Idle: wants less than this of a pCPU. Default 10 thousandths.</summary>
    [Option("A vCPU that wants less than this of a pCPU, and fits nothing else, tells nothing.", "ours", Unit =
        "thousandths", Min = "0", Max = "1000")]
    public int IdleDemand { get; init; } = 10;

    /// <summary>How many periods in a row must say the same before a class changes. Default 3.</summary>
    [Option("How many periods in a row must say the same before a class changes.", "spec linux-host 4: 3", Unit =
        "periods", Min = "1", Max = "32")]
    public int Patience { get; init; } = 3;
}
