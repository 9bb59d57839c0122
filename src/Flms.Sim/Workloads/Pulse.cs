using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>Brings a piece of work at a given time and then at every period, whether or not the last one is
/// done.</summary>
public sealed record PulseSetup : WorkloadSetup
{
    /// <summary>How much CPU time each pulse brings. Default 200 us.</summary>
    [Option("How much CPU time each pulse brings.", "golden/README.md: 200 us", Min = "1ns")]
    public Duration Work { get; init; } = 200.Us;

    /// <summary>When the first pulse comes. Default: at once.</summary>
    [Option("When the first pulse comes.", "ours", Min = "0")]
    public Duration At { get; init; } = Duration.Zero;

    /// <summary>The time from one pulse to the next; 0, the default, for a single pulse.</summary>
    [Option("The time from one pulse to the next; 0 for a single pulse.", "ours", Min = "0")]
    public Duration Every { get; init; } = Duration.Zero;

    /// <summary>Up to this much is added to each period at random, uniformly. Default: none.</summary>
    [Option("Up to this much is added to each period at random (uniform).", "ours", Min = "0")]
    public Duration Jitter { get; init; } = Duration.Zero;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Pulse(this, random);
}

internal sealed class Pulse(PulseSetup setup, RandomStream random) : Workload
{
    protected internal override void Start(Instant now)
    {
        if (setup.At == Duration.Zero) AlarmFired(now);
        else AlarmAt(now + setup.At);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (setup.Every > Duration.Zero)
        {
            var jitter = setup.Jitter > Duration.Zero ? random.Uniform(Duration.Zero, setup.Jitter) : Duration.Zero;
            AlarmAt(now + setup.Every + jitter);
        }
        Want(setup.Work);
    }
}
