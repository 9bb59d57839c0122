using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>Which back-end thread serves which interface or disk.</summary>
public enum Assignment : byte
{
    /// <summary>In turn, in the order of the domains.</summary>
    RoundRobin,

    /// <summary>Each has a thread of its own.</summary>
    Own,
}

/// <summary>What a driver domain does for the others: its interrupts and its back-end threads.</summary>
public sealed record DriverSetup
{
    /// <summary>The vCPU that takes the physical interrupts. Default 0.</summary>
    [Option("The vCPU that takes the physical interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public int Vcpu { get; init; }

    /// <summary>What one physical interrupt takes. Default 2 us.</summary>
    [Option("What one physical interrupt takes, the hypervisor's part with it, before the card is polled.",
        "ours, inferred: with the rest, the 5 to 20 us of spec/compared-systems.md 5", Min = "1ns", Max = "10ms")]
    public Duration Interrupt { get; init; } = 2.Us;

    /// <summary>What one received packet takes from the card to the back end. Default 2 us.</summary>
    [Option("What one received packet takes from the card through the bridge to the back end.",
        "ours, inferred: with the rest, the 5 to 20 us of spec/compared-systems.md 5", Min = "0", Max = "10ms")]
    public Duration Receive { get; init; } = 2.Us;

    /// <summary>What each frame adds. Default 200 ns.</summary>
    [Option("What each received frame of a packet adds.",
        "ours, inferred: to take a descriptor and put frames together", Min = "0", Max = "10ms")]
    public Duration Frame { get; init; } = 200.Ns;

    /// <summary>What one packet takes from the back end to the card. Default 1 us.</summary>
    [Option("What one packet takes from the back end through the bridge to the card.",
        "ours, inferred: less than receiving", Min = "0", Max = "10ms")]
    public Duration Transmit { get; init; } = 1.Us;

    /// <summary>How many frames are polled at once. Default 64.</summary>
    [Option("How many frames one poll, or one turn of a back-end thread, takes at most; at least one packet.",
        "ours: Linux's budget of a poll", Unit = "frames", Min = "1", Max = "100000")]
    public int PollBudget { get; init; } = 64;

    /// <summary>What waking a back-end thread takes. Default 2 us.</summary>
    [Option("What it takes from an event to a back-end thread that works.",
        "ours, inferred: the event's interrupt and a switch of threads", Min = "1ns", Max = "10ms")]
    public Duration ThreadWake { get; init; } = 2.Us;

    /// <summary>How many back-end threads; 0, the default, for one on each vCPU.</summary>
    [Option("How many back-end threads, on the domain's vCPUs in turn; 0 for one on each.",
        "spec/xen.md 5, item 6: one on each vCPU of dom0", Min = "0", Max = "4096")]
    public int Threads { get; init; }

    /// <summary>Which thread serves whom. Default: in turn.</summary>
    [Option("Which back-end thread serves whom: in turn, or each its own.", "spec/xen.md 5, item 6: round robin")]
    public Assignment Assignment { get; init; } = Assignment.RoundRobin;
}
