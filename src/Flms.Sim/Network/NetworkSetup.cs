using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>The network between the host and the remote host that runs the clients.</summary>
public sealed record NetworkSetup
{
    /// <summary>What the link carries in each direction. Default 10,000 Mbit/s.</summary>
    [Option("What the link carries, in each direction.", "paper, section 4: 10 GbE between two hosts",
        Unit = "Mbit/s", Min = "1", Max = "1000000")]
    public int Rate { get; init; } = 10_000;

    /// <summary>Time from the end of sending to the arrival, each way. Default 10 us.</summary>
    [Option("Time from one end to the other, each way, with the remote host's own.",
        "ours, inferred: a switch, two cables and the remote host's kernel", Min = "0", Max = "10s")]
    public Duration Delay { get; init; } = 10.Us;

    /// <summary>How much may wait to be sent at each end; more is lost. Default 2,000 KB.</summary>
    [Option("How much may wait to be sent at each end of the link; what comes on top is lost.",
        "ours, inferred: a transmit queue of 1,000 full frames and a little", Unit = "KB", Min = "2", Max = "1000000")]
    public int Queue { get; init; } = 2_000;

    /// <summary>Payload of one full frame. Default 1,448 bytes.</summary>
    [Option("Payload of one full frame.", "ours: 1,500 less the headers of IP and of TCP with its time stamp",
        Unit = "bytes", Min = "64", Max = "65536")]
    public int Frame { get; init; } = 1_448;

    /// <summary>What headers and gaps add to each frame on the link. Default 90 bytes.</summary>
    [Option("What each frame takes on the link on top of its payload.",
        "ours: 38 of Ethernet with its gap, 20 of IP, 32 of TCP with its time stamp", Unit = "bytes", Min = "0",
        Max = "1000")]
    public int Overhead { get; init; } = 90;

    /// <summary>The greatest payload of one packet: what segmentation offload puts together. Default 65,536
    /// bytes.</summary>
    [Option("The greatest payload that is handled as one packet (segmentation offload); that of a frame for none.",
        "ours: what an IP packet can hold, as Linux offloads it", Unit = "bytes", Min = "64", Max = "65536")]
    public int Segment { get; init; } = 65_536;

    /// <summary>How many frames a physical receive queue holds; more are lost. Default 4,096.</summary>
    [Option("How many frames wait at the host's card for whoever drives it; what comes on top is lost.",
        "ours, inferred: eight queues of 512, as drivers of 10 Gbit/s cards have by default", Unit = "frames",
        Min = "64", Max = "1000000")]
    public int Ring { get; init; } = 4_096;

    /// <summary>How many frames a payload needs: at least one.</summary>
    public int Frames(int bytes) => Math.Max(1, (bytes + Frame - 1) / Frame);

    /// <summary>How many bytes a payload takes on the link.</summary>
    public int OnWire(int bytes) => bytes + Frames(bytes) * Overhead;
}
