namespace Flms.Agent.Control;

/// <summary>What a running agent has decided.</summary>
public sealed record HistoryReport
{
    /// <summary>Since when this is all of it: the agent's beginning, or the oldest decision that is kept.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How many older ones have been forgotten.</summary>
    public required long Forgotten { get; init; }

    /// <summary>The decisions, the oldest first.</summary>
    public required IReadOnlyList<DecisionReport> Decisions { get; init; }
}

/// <summary>One decision.</summary>
public sealed record DecisionReport
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What kind: see docs/agent-control.md.</summary>
    public required string Kind { get; init; }

    /// <summary>Of which VM; null if of none in particular.</summary>
    public string? Vm { get; init; }

    /// <summary>What, and why.</summary>
    public required string Text { get; init; }
}

/// <summary>A text.</summary>
/// <param name="Text">As it is.</param>
public sealed record TextReport(string Text);

/// <summary>What a change has come to, or would come to.</summary>
public sealed record ChangeReport
{
    /// <summary>Was only asked what would be done?</summary>
    public required bool DryRun { get; init; }

    /// <summary>What has changed, or would, a line each; empty for nothing.</summary>
    public required IReadOnlyList<string> Changes { get; init; }
}

/// <summary>Are the threads as the agent left them?</summary>
public sealed record VerifyReport
{
    /// <summary>So many are.</summary>
    public required int Unchanged { get; init; }

    /// <summary>So many have ended.</summary>
    public required int Gone { get; init; }

    /// <summary>Those that are not, or of which it cannot be said.</summary>
    public required IReadOnlyList<VerifyLine> Others { get; init; }
}

/// <summary>A thread that is not as the agent left it.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="Tid">The thread.</param>
/// <param name="Finding"><c>hidden</c>: a cpuset or a CPU that is offline hides some of it, or a change was cut short;
/// <c>taken-over</c>: somebody else has changed it; <c>failed</c>: it cannot be read.</param>
public sealed record VerifyLine(int Pid, int Tid, string Finding);
