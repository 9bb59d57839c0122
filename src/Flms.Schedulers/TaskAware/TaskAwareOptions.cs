using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.TaskAware;

/// <summary>Settings of <see cref="TaskAwareScheduler"/>.</summary>
public sealed record TaskAwareOptions : CreditOptions
{
    /// <summary>A task that used less before it gave way speaks for I/O. Default 1 ms.</summary>
    [Option("A guest task that gives way after less than this looks I/O-bound: its belief grows by 1.",
        "inferred, spec/compared-systems.md 2.10", Min = "1us", Max = "1s")]
    public Duration ShortRun { get; init; } = 1.Ms;

    /// <summary>A task that used more speaks against I/O. Default 10 ms.</summary>
    [Option("A guest task that has used more than this looks CPU-bound: its belief falls by 2.",
        "inferred, spec/compared-systems.md 2.10", Min = "1us", Max = "10s")]
    public Duration LongRun { get; init; } = 10.Ms;

    /// <summary>From which belief, of 0 to 7, a task counts as I/O-bound. Default 4.</summary>
    [Option("From which belief, of 0 to 7, a guest task counts as I/O-bound.",
        "inferred, spec/compared-systems.md 2.10", Unit = "steps", Min = "0", Max = "7")]
    public int Believed { get; init; } = 4;

    /// <summary>Longest run by one partial boost. Default 10 ms.</summary>
    [Option("Longest run by one partial boost.", "inferred, spec/compared-systems.md 2.10", Min = "100us", Max = "1s")]
    public Duration BoostMax { get; init; } = 10.Ms;

    /// <summary>How many tasks of a domain are told apart. Default 16.</summary>
    [Option("How many tasks of a domain are told apart; others share a belief with one of these.",
        "ours: a bound on memory", Unit = "tasks", Min = "1", Max = "256")]
    public int Tasks { get; init; } = 16;

    /// <inheritdoc />
    public override string? Problem() => base.Problem()
        ?? (ShortRun > LongRun ? $"short_run {ShortRun} is longer than long_run {LongRun}; make it at most that"
            : null);
}
