using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>In which order a disk takes its requests.</summary>
public enum DiskOrder : byte
{
    /// <summary>As they come.</summary>
    Fifo,

    /// <summary>In sweeps over the disk; what comes during a sweep waits for the next.</summary>
    Elevator,
}

/// <summary>The host's disk: one arm, one request at a time.</summary>
public sealed record DiskSetup
{
    /// <summary>Time to reach another place. Default 8 ms.</summary>
    [Option("Time to reach a place that does not follow the last one: seek and half a turn.",
        "ours, inferred: a disk of 7,200 turns a minute, 4 ms each", Min = "0", Max = "1s")]
    public Duration Seek { get; init; } = 8.Ms;

    /// <summary>What it transfers. Default 150 MB/s.</summary>
    [Option("What it transfers.", "ours, inferred: a server's disk of the paper's years", Unit = "MB/s", Min = "1",
        Max = "100000")]
    public int Rate { get; init; } = 150;

    /// <summary>In which order requests are taken. Default: elevator.</summary>
    [Option("In which order requests are taken.", "ours: no kernel of the paper's years served a disk as they come")]
    public DiskOrder Order { get; init; } = DiskOrder.Elevator;
}
