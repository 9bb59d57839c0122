using Flms.Core;

namespace Flms.TestBed.Runs;

/// <summary>What the VMs do while they are measured.</summary>
/// <param name="Noisy">How many of the noisy VMs burn; the others are quiet.</param>
/// <param name="Load">How much of its time the latency VM is busy itself, in percent.</param>
public sealed record LabCase(int Noisy, int Load);

/// <summary>What a lab measures.</summary>
public sealed record LabPlan
{
    /// <summary>The settings to compare with stock Linux.</summary>
    public required IReadOnlyList<LabSetting> Settings { get; init; }

    /// <summary>What the VMs do: each is measured under each setting.</summary>
    public required IReadOnlyList<LabCase> Cases { get; init; }

    /// <summary>How often each setting has its turn. Default 3.</summary>
    public int Turns { get; init; } = 3;

    /// <summary>Pings a turn. Default 400.</summary>
    public int Pings { get; init; } = 400;

    /// <summary>Pings a second. Default 100.</summary>
    public int Rate { get; init; } = 100;

    /// <summary>How long an agent runs before it is measured: its classes take three periods, a boost two more, and its
    /// budgets some again. Default 8 s.</summary>
    public Duration Settle { get; init; } = 8.Seconds;

    /// <summary>How long stock Linux runs before it is measured. Default 1 s.</summary>
    public Duration StockSettle { get; init; } = 1.Seconds;

    /// <summary>The length of the periods in which a VM that is partly busy burns and sleeps, in us. Default 20
    /// ms.</summary>
    public int BurnPeriodUs { get; init; } = 20_000;

    /// <summary>How long a turn is measured.</summary>
    public Duration Span => new(Pings * 1_000_000_000L / Rate);

    /// <summary>How long all of it takes, about.</summary>
    public Duration Length =>
        (StockSettle + Span + (Settle + Span + TurnCost) * Settings.Count + More(Settings)) * (Turns * Cases.Count)
            + Span * Cases.Select(c => c.Load).Distinct().Count();

    private static Duration More(IReadOnlyList<LabSetting> settings) => new(settings.Sum(s => s.MoreSettle.Ns));

    // To start and stop an agent.
    private static Duration TurnCost => 1.Seconds;
}
