using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Devices;

/// <summary>How a domain reaches its disk.</summary>
public enum DiskPath : byte
{
    /// <summary>Split driver: ring, back end in the driver domain, its interrupt, event channel.</summary>
    Paravirtual,

    /// <summary>A device model in the driver domain plays a controller.</summary>
    Emulated,

    /// <summary>The controller belongs to the domain; the hypervisor injects its interrupts.</summary>
    Direct,

    /// <summary>No hypervisor.</summary>
    Native,
}

/// <summary>A domain's disk: by which path, what each step takes, and the page cache in front of it.</summary>
public sealed record BlockSetup
{
    /// <summary>By which path. Default: paravirtual.</summary>
    [Option("By which path requests reach the disk.", "paper, section 4: Xen guests")]
    public DiskPath Path { get; init; } = DiskPath.Paravirtual;

    /// <summary>The domain that drives the disk; needed for paravirtual and emulated.</summary>
    [Option("The domain that drives the disk and runs the back end: for paravirtual and emulated.",
        "spec/xen.md 5, item 5: dom0")]
    public string DriverDomain { get; init; } = "";

    /// <summary>The vCPU that takes the interrupts. Default 0.</summary>
    [Option("The vCPU that takes the interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public int Vcpu { get; init; }

    /// <summary>How large it is. Default 10,240 MB.</summary>
    [Option("How large it is: its place on the host's disk, after those of the domains before.",
        "ours: room for the paper's file of 2 GB", Unit = "MB", Min = "1", Max = "10000000")]
    public int Size { get; init; } = 10_240;

    /// <summary>What one interrupt takes in the guest. Default 2 us.</summary>
    [Option("What one interrupt takes in the guest.", "as network", Min = "1ns", Max = "10ms")]
    public Duration Interrupt { get; init; } = 2.Us;

    /// <summary>What submitting a request takes in the guest. Default 4 us.</summary>
    [Option("What submitting one request takes in the guest: block layer and driver.",
        "ours, inferred: about 12,000 cycles", Min = "0", Max = "10ms")]
    public Duration Submit { get; init; } = 4.Us;

    /// <summary>What completing a request takes in the guest. Default 4 us.</summary>
    [Option("What completing one request takes in the guest.", "ours, inferred: as submitting", Min = "0",
        Max = "10ms")]
    public Duration Complete { get; init; } = 4.Us;

    /// <summary>How many requests may be under way. Default 32.</summary>
    [Option("How many requests may be under way at a time.", "ours: a ring of one page has 32 places for requests",
        Min = "1", Max = "4096")]
    public int Depth { get; init; } = 32;

    /// <summary>The greatest request. Default 128 KB.</summary>
    [Option("The greatest request.", "ours, inferred: between the 44 KB of the oldest rings and what disks take",
        Unit = "KB", Min = "4", Max = "16384")]
    public int Request { get; init; } = 128;

    /// <summary>What sending an event takes. Default 1 us.</summary>
    [Option("Paravirtual, and the device model's interrupt: what sending one event takes, on the side that sends it.",
        "as network", Min = "0", Max = "10ms")]
    public Duration Notify { get; init; } = 1.Us;

    /// <summary>Paravirtual: what one request takes in the back end. Default 8 us.</summary>
    [Option("Paravirtual: what one request takes in the back end, without its pages.",
        "ours, inferred: twice the guest's part, as the request passes two block layers", Min = "0", Max = "10ms")]
    public Duration BackEnd { get; init; } = 8.Us;

    /// <summary>Paravirtual: what its completion takes there. Default 4 us.</summary>
    [Option("Paravirtual: what the completion of one request takes in the back end.", "ours, inferred: as the guest's",
        Min = "0", Max = "10ms")]
    public Duration BackEndComplete { get; init; } = 4.Us;

    /// <summary>Paravirtual: mapping the guest's pages. Default 40 ns for each KB.</summary>
    [Option("Paravirtual: what mapping the guest's pages takes in the back end.",
        "ours, inferred: 0.16 us for a page, mapped and unmapped in batches", Unit = "ns per KB", Min = "0",
        Max = "1000000")]
    public int Map { get; init; } = 40;

    /// <summary>What one exit takes. Default 700 ns.</summary>
    [Option("Direct and emulated: what one exit to the hypervisor takes, on the guest's vCPU.", "as network", Min = "0",
        Max = "10ms")]
    public Duration Exit { get; init; } = 700.Ns;

    /// <summary>Exits for one interrupt. Default 2.</summary>
    [Option("Direct and emulated: how many exits one interrupt causes.", "as network", Min = "0", Max = "100")]
    public int InterruptExits { get; init; } = 2;

    /// <summary>Emulated: accesses to the controller for one request. Default 8.</summary>
    [Option("Emulated: how often the guest accesses the controller for one request.",
        "ours, inferred: the registers of a request, the command, the status", Min = "0", Max = "1000")]
    public int Accesses { get; init; } = 8;

    /// <summary>Emulated: what one access takes on the guest's vCPU. Default 5 us.</summary>
    [Option("Emulated: what one access to the controller takes on the guest's vCPU.", "as network", Min = "0",
        Max = "10ms")]
    public Duration Access { get; init; } = 5.Us;

    /// <summary>Emulated: what one request takes in the device model. Default 20 us.</summary>
    [Option("Emulated: what one request takes in the device model, and again its completion.",
        "ours, inferred: system calls and the emulation, in a process", Min = "0", Max = "10ms")]
    public Duration DeviceModel { get; init; } = 20.Us;

    /// <summary>How much the guest's page cache holds. Default 512 MB.</summary>
    [Option("How much the guest's page cache holds.", "ours, inferred: what a guest of 1 GB has left", Unit = "MB",
        Min = "8", Max = "65536")]
    public int Cache { get; init; } = 512;

    /// <summary>From which part of the cache on, if dirty, writers wait. Default 20 %.</summary>
    [Option("The part of the cache that may be dirty or under way to the disk before writers wait.",
        "ours: Linux's vm.dirty_ratio", Unit = "%", Min = "1", Max = "100")]
    public int Dirty { get; init; } = 20;

    /// <summary>From which part of the cache on, if dirty, it is written back. Default 10 %.</summary>
    [Option("The part of the cache that may be dirty before it is written back.",
        "ours: Linux's vm.dirty_background_ratio", Unit = "%", Min = "0", Max = "100")]
    public int Background { get; init; } = 10;

    /// <summary>What has been dirty so long is written back anyway. Default 30 s.</summary>
    [Option("What has been dirty so long is written back anyway.", "ours: Linux's vm.dirty_expire_centisecs",
        Min = "1ms", Max = "1h")]
    public Duration Expire { get; init; } = 30.Seconds;

    /// <summary>How often that is looked for. Default 5 s.</summary>
    [Option("How often it is looked for.", "ours: Linux's vm.dirty_writeback_centisecs", Min = "1ms", Max = "1h")]
    public Duration WriteBackEvery { get; init; } = 5.Seconds;

    /// <summary>How far a reader in sequence is read ahead of. Default 128 KB.</summary>
    [Option("How far ahead a reader in sequence is read for.", "ours: Linux's read_ahead_kb", Unit = "KB", Min = "0",
        Max = "16384")]
    public int ReadAhead { get; init; } = 128;

    /// <summary>What copying between the cache and a program takes. Default 150 ns for each KB.</summary>
    [Option("What copying between the cache and the program takes, with the look-up of its pages.",
        "ours, inferred: 10 GB/s of copying, and 0.2 us for each page", Unit = "ns per KB", Min = "0", Max = "1000000")]
    public int Copy { get; init; } = 150;

    /// <summary>Does the path go through a driver domain?</summary>
    public bool IsRelayed => Path is DiskPath.Paravirtual or DiskPath.Emulated;

    internal int Pages(long kb) => (int)(kb * InterfaceSetup.Kb / GuestDisk.PageBytes);
}
