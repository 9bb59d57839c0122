using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>How a domain reaches the network.</summary>
public enum NetworkPath : byte
{
    /// <summary>Split driver: interrupt, driver domain, back end, ring and event channel, guest.</summary>
    Paravirtual,

    /// <summary>A device model in the driver domain plays a card: the guest's every access to it is an exit.</summary>
    Emulated,

    /// <summary>A virtual function of the card belongs to the domain: no driver domain; the hypervisor injects the
    /// interrupts.</summary>
    Sriov,

    /// <summary>No hypervisor: the machine's own interrupt.</summary>
    Native,
}

/// <summary>A domain's network interface: by which path, and what each step of it takes.</summary>
public sealed record InterfaceSetup
{
    /// <summary>A KB, everywhere in devices: 1,024 bytes.</summary>
    internal const int Kb = 1_024;

    /// <summary>By which path. Default: paravirtual.</summary>
    [Option("By which path packets reach the domain.", "paper, section 4: Xen guests")]
    public NetworkPath Path { get; init; } = NetworkPath.Paravirtual;

    /// <summary>The domain that drives the card and runs the back end; needed for paravirtual and emulated.</summary>
    [Option("The domain that drives the card and runs the back end: for paravirtual and emulated.",
        "spec/xen.md 5, item 5: dom0")]
    public string DriverDomain { get; init; } = "";

    /// <summary>The vCPU that takes the interrupts. Default 0.</summary>
    [Option("The vCPU that takes the interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public int Vcpu { get; init; }

    /// <summary>What one interrupt takes in the guest. Default 2 us.</summary>
    [Option("What one interrupt takes in the guest, before it polls.",
        "ours, inferred: with receive, the 3 to 10 us of spec/compared-systems.md 5", Min = "1ns", Max = "10ms")]
    public Duration Interrupt { get; init; } = 2.Us;

    /// <summary>What one received packet takes in the guest's softirq. Default 3 us.</summary>
    [Option("What one received packet takes in the guest's softirq.",
        "ours, inferred: with interrupt, the 3 to 10 us of spec/compared-systems.md 5", Min = "0", Max = "10ms")]
    public Duration Receive { get; init; } = 3.Us;

    /// <summary>What each frame adds where the guest drives the card itself. Default 200 ns.</summary>
    [Option("What each frame of a packet adds in the guest where it drives a card itself: sriov, native, emulated.",
        "ours, inferred: to take a descriptor and put frames together", Min = "0", Max = "10ms")]
    public Duration Frame { get; init; } = 200.Ns;

    /// <summary>What one sent packet takes in the guest. Default 2 us.</summary>
    [Option("What one sent packet takes in the guest's driver.", "ours, inferred: less than receiving", Min = "0",
        Max = "10ms")]
    public Duration Transmit { get; init; } = 2.Us;

    /// <summary>How many frames are polled at once. Default 64.</summary>
    [Option("How many frames one poll takes at most; at least one packet.", "ours: Linux's budget of a poll",
        Unit = "frames", Min = "1", Max = "100000")]
    public int PollBudget { get; init; } = 64;

    /// <summary>Paravirtual: how many pages of 4 KB the receive ring holds. Default 256.</summary>
    [Option("Paravirtual: how many pages of 4 KB the guest's receive ring holds; a packet takes one or more.",
        "ours: a ring of one page has 256 slots", Unit = "pages", Min = "1", Max = "65536")]
    public int Ring { get; init; } = 256;

    /// <summary>How many packets wait at the back end in each direction; more are lost. Default 256.</summary>
    [Option("Paravirtual and emulated: how many packets wait at the back end, in each direction; more are lost.",
        "ours: as many as the ring has slots", Unit = "packets", Min = "1", Max = "1000000")]
    public int Queue { get; init; } = 256;

    /// <summary>What sending an event takes on the side that sends it. Default 1 us.</summary>
    [Option("Paravirtual, and the device model's interrupt: what sending one event takes, on the side that sends it.",
        "ours, inferred: a hypercall that marks and kicks; an exit alone is 0.7 us (spec/xen.md 5, item 9)",
        Min = "0", Max = "10ms")]
    public Duration Notify { get; init; } = 1.Us;

    /// <summary>Paravirtual: what one packet takes in the back end. Default 3 us.</summary>
    [Option("Paravirtual: what one packet takes in the back end, each way, without the copy.",
        "ours, inferred: with the driver's own, the 5 to 20 us of spec/compared-systems.md 5", Min = "0",
        Max = "10ms")]
    public Duration BackEnd { get; init; } = 3.Us;

    /// <summary>Paravirtual: the grant copy to the guest. Default 300 ns for each KB.</summary>
    [Option("Paravirtual: what the grant copy to the guest takes.",
        "ours, inferred: about 1.2 us for a page: 0.4 of copying from memory, the rest looking up the grant",
        Unit = "ns per KB", Min = "0", Max = "1000000")]
    public int CopyToGuest { get; init; } = 300;

    /// <summary>Paravirtual: the same from the guest. Default 100 ns for each KB.</summary>
    [Option("Paravirtual: what taking the data from the guest takes.",
        "ours, inferred: the headers are copied, the other pages are mapped", Unit = "ns per KB", Min = "0",
        Max = "1000000")]
    public int CopyFromGuest { get; init; } = 100;

    /// <summary>What one exit takes. Default 700 ns.</summary>
    [Option("Sriov and emulated: what one exit to the hypervisor takes, on the guest's vCPU.",
        "spec/xen.md 5, item 9: 2,000 cycles on a Xeon X5570, which has 2.93 GHz", Min = "0", Max = "10ms")]
    public Duration Exit { get; init; } = 700.Ns;

    /// <summary>Exits for one interrupt. Default 2.</summary>
    [Option("Sriov and emulated: how many exits one interrupt causes.",
        "ours, inferred: one for its arrival, one for its end", Min = "0", Max = "100")]
    public int InterruptExits { get; init; } = 2;

    /// <summary>Sriov: are there no exits for an interrupt if the vCPU runs? Default: no.</summary>
    [Option("Sriov: the card posts interrupts to a vCPU that runs, without any exit.",
        "spec/xen.md 5, item 7: Xen 4.7, later than the paper's")]
    public bool PostedInterrupts { get; init; }

    /// <summary>Emulated: accesses to the card for one interrupt. Default 3.</summary>
    [Option("Emulated: how often the guest accesses the card for one interrupt.",
        "ours, inferred: cause, acknowledgement, tail of the ring", Min = "0", Max = "1000")]
    public int InterruptAccesses { get; init; } = 3;

    /// <summary>Emulated: accesses to the card for each frame sent. Default 2.</summary>
    [Option("Emulated: how often the guest accesses the card for each frame sent.",
        "ours, inferred: descriptor and start", Min = "0", Max = "1000")]
    public int TransmitAccesses { get; init; } = 2;

    /// <summary>Emulated: what one access takes on the guest's vCPU. Default 5 us.</summary>
    [Option("Emulated: what one access to the card takes on the guest's vCPU: the exit, and decoding it.",
        "ours, inferred: an exit that leaves the hypervisor's fast path, several times an exit alone", Min = "0",
        Max = "10ms")]
    public Duration Access { get; init; } = 5.Us;

    /// <summary>Emulated: what one frame takes in the device model. Default 12 us.</summary>
    [Option("Emulated: what one frame takes in the device model, each way.",
        "ours, inferred: a system call, a copy and the emulation, in a process", Min = "0", Max = "10ms")]
    public Duration DeviceModel { get; init; } = 12.Us;

    /// <summary>Does the path go through a driver domain?</summary>
    public bool IsRelayed => Path is NetworkPath.Paravirtual or NetworkPath.Emulated;

    internal static long Copy(int bytes, int nsPerKb) => (long)bytes * nsPerKb / Kb;
}
