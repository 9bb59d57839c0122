using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>Burns CPU without an end: the plainest noisy neighbour.</summary>
public sealed record HogSetup : WorkloadSetup
{
    /// <summary>When it begins. Default: at once.</summary>
    [Option("When it begins.", "ours", Min = "0")]
    public Duration At { get; init; } = Duration.Zero;

    /// <summary>How many there are, dealt over the vCPUs; null, the default, for one on each.</summary>
    [Option("How many there are, dealt over the vCPUs in turn; without it, one on each vCPU.", "ours", Min = "1",
        Max = "4096")]
    public override int? Threads { get; init; }

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Hog(this);
}

internal sealed class Hog(HogSetup setup) : Workload
{
    public override Urgency Urgency => Urgency.Background;

    protected internal override void Start(Instant now)
    {
        if (setup.At == Duration.Zero) WantForever();
        else AlarmAt(now + setup.At);
    }

    protected internal override void AlarmFired(Instant now) => WantForever();
}
