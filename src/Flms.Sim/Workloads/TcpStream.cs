using Flms.Core;
using Flms.Sim.Network;
using Flms.Sim.Workloads.Tcp;

namespace Flms.Sim.Workloads;

/// <summary>Which way the bytes of a stream go.</summary>
public enum StreamDirection : byte
{
    /// <summary>A remote client sends, the guest receives: netperf's TCP_STREAM run from outside.</summary>
    ToGuest,

    /// <summary>The guest sends, a remote server receives.</summary>
    FromGuest,
}

/// <summary>netperf's TCP_STREAM: one connection with another machine carries as many bytes as it can.</summary>
/// <remarks>
/// <para>What limits it is the least of: the link; the CPU time that a thread of the guest spends on copying; and the
/// window over the round trip. The round trip holds every wait for a pCPU: while the guest's vCPU has none, nothing is
/// acknowledged, and within a window the sender stops; while only the thread has none, the socket buffer fills, and the
/// window that is advertised closes.</para>
/// <para>The path pays for interrupts and for each packet, the thread for its system calls and copies.</para>
/// <para><i>Not modelled.</i> Handshake and end; growing buffers (choose the window that they grow to); the order of
/// bytes after a loss (see TcpReceiver); losses are answered by halving alone.</para>
/// </remarks>
public sealed record TcpStreamSetup : WorkloadSetup
{
    /// <summary>Which way the bytes go. Default: to the guest.</summary>
    [Option("Which way the bytes go.", "ours: netperf runs on the other host of the paper, 4.1.2")]
    public StreamDirection Direction { get; init; } = StreamDirection.ToGuest;

    /// <summary>The receiver's window: half of its socket buffer. Default 64 KB.</summary>
    [Option("The receiver's window, which is half of its socket buffer.",
        "spec/compared-systems.md 5: 64 KB without window scaling, up to 6 MB with Linux's tuning", Unit = "KB",
        Min = "1", Max = "262143")]
    public int Window { get; init; } = 64;

    /// <summary>The guest's socket buffer for sending. Default 512 KB.</summary>
    [Option("The guest's socket buffer for sending, of direction from-guest.",
        "ours: what Linux's tuning comes to for some hundred KB on their way", Unit = "KB", Min = "4", Max = "262143")]
    public int SendBuffer { get; init; } = 512;

    /// <summary>Bytes of a TCP segment. Default 1448.</summary>
    [Option("Payload of one TCP segment.", "Ethernet: 1,500 bytes less headers and the time stamp", Unit = "bytes",
        Min = "536", Max = "9000")]
    public int Segment { get; init; } = 1448;

    /// <summary>The largest packet that the stack hands over at once. Default 65,160 bytes.</summary>
    [Option("The largest packet that is handed over at once, with the cards' offloads (TSO, GRO); the segment without.",
        "Linux: 64 KB in whole segments", Unit = "bytes", Min = "536", Max = "65536")]
    public int Largest { get; init; } = 65_160;

    /// <summary>The longest that an acknowledgement is put off. Default 40 ms.</summary>
    [Option("The longest that an acknowledgement is put off.", "Linux: 40 ms", Min = "1us", Max = "500ms")]
    public Duration DelayedAck { get; init; } = 40.Ms;

    /// <summary>Bytes that the guest writes in one system call. Default 16 KB.</summary>
    [Option("Bytes that the guest's thread writes in one system call; it reads what there is.",
        "netperf's default on Linux", Unit = "KB", Min = "1", Max = "65536")]
    public int Write { get; init; } = 16;

    /// <summary>CPU time of one system call without the copying. Default 1 us.</summary>
    [Option("CPU time of one system call, without the copying.", "ours", Min = "1ns")]
    public Duration Work { get; init; } = 1.Us;

    /// <summary>How fast bytes are copied between kernel and process. Default 4,000 MB/s.</summary>
    [Option("How fast bytes are copied between kernel and process.", "ours: one core of the time copies 4 GB/s",
        Unit = "MB/s", Min = "1", Max = "1000000")]
    public int Copy { get; init; } = 4000;

    /// <inheritdoc />
    public override bool NeedsNetwork => true;

    /// <inheritdoc />
    public override int CopiesOn(int vcpu) => vcpu == (Vcpu ?? 0) ? 2 : 0;

    /// <inheritdoc />
    public override string? Problem() => SendBuffer >= Write ? null
        : $"send_buffer is {SendBuffer} KB, less than one write of {Write} KB";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) =>
        Direction == StreamDirection.ToGuest ? new TcpStreamReader(this) : new TcpStreamWriter(this);

    /// <inheritdoc />
    public override Workload Create(RandomStream random, int vcpu, int copy) =>
        copy == 0 ? Create(random) : new TcpStreamTimer(this);

    internal long WindowBytes => Window * 1024L;

    internal Duration CallTime(long bytes) => Work + new Duration(bytes * 1000 / Copy);

    internal TcpSender Sender(Flow flow) =>
        new(Segment, Math.Max(Segment, Math.Min(Largest, flow.Segment) / Segment * Segment), WindowBytes);

    internal TcpReceiver Receiver() => new(Segment, WindowBytes);

    internal static Rate Throughput(long bytes) => new("tcp_stream.throughput_mbps", bytes * 8 / 1e6);
}
