using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

/// <summary>Settings of <see cref="IoBoundingScheduler"/>.</summary>
public sealed record IoBoundingOptions : SchedulerOptions
{
    /// <summary>How many pCPUs are for I/O VMs. Default 1.</summary>
    [Option("How many pCPUs, the lowest, are for I/O VMs; at least one is left to the others.",
        "spec/compared-systems.md 2.7: the administrator says; 1 is ours", Unit = "pCPUs", Min = "0", Max = "4096")]
    public int IoPcpus { get; init; } = 1;

    /// <summary>Longest run on them. Default 30 ms.</summary>
    [Option("Longest run on the I/O pCPUs.",
        "spec/compared-systems.md 2.7: unstated by FLMS, so unchanged; iSche 10 ms", Min = "1ms", Max = "1s")]
    public Duration IoSlice { get; init; } = 30.Ms;

    /// <summary>Longest run on the others. Default 30 ms.</summary>
    [Option("Longest run on the general pCPUs.", "spec/compared-systems.md 2.7", Min = "1ms", Max = "1s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>Are mixed VMs I/O VMs? Default: yes.</summary>
    [Option("Are VMs of class mixed I/O VMs too?",
        "spec/compared-systems.md 2.7: iSche's I/O VM had a CPU loop; as an option ours")]
    public bool MixedIsIo { get; init; } = true;

    /// <summary>iSche as published: 10 ms on the I/O pCPUs.</summary>
    public static IoBoundingOptions ISche { get; } = new() { IoSlice = 10.Ms };
}

/// <summary>A fixed number of pCPUs for VMs that the administrator has labelled as I/O, the rest for all
/// others.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.7). Two pools of Credit. VMs of class latency, and
/// mixed ones, run only on the I/O pCPUs; compute, unmarked and service VMs (Xen's dom0) only on the general ones. An
/// I/O VM has nobody ahead of it but other I/O VMs, and waits for shorter slices if those are set.</para>
/// <para><i>Rejected.</i> Stealing across the two: neither source has it, and it would undo the separation.</para>
/// <para><i>Not modelled.</i> Any change of the partition: FLMS's point is that it needs one.</para>
/// </remarks>
/// <param name="host">The machine.</param>
/// <param name="options">The settings.</param>
public sealed class IoBoundingScheduler(ISchedHost host, IoBoundingOptions options) : Pools(host, ownTimers: 0,
    LowestFirst(host, Math.Min(options.IoPcpus, host.Topology.Count - 1)),
    h => new CreditScheduler(h, new() { Tslice = options.IoSlice }),
    h => new CreditScheduler(h, new() { Tslice = options.Slice }))
{
    private const int Io = 0;
    private const int General = 1;

    /// <inheritdoc />
    protected override int FirstPool(VcpuId v, Instant now) => PoolAfterChange(v);

    /// <inheritdoc />
    protected override int PoolAfterChange(VcpuId v) => Host[v].Kind switch
    {
        DomainKind.Latency => Io,
        DomainKind.Mixed when options.MixedIsIo => Io,
        _ => General,
    };

    /// <inheritdoc />
    protected override bool HasShortSlices(int pool) => pool == Io;
}
