using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>What kind of decision it is.</summary>
public enum DecisionKind : byte
{
    /// <summary>The agent has begun, or ends.</summary>
    Agent,

    /// <summary>A VM has come or gone.</summary>
    Vm,

    /// <summary>A VM is taken for something else.</summary>
    Class,

    /// <summary>The pCPUs are split otherwise, or short-slice ones are lent or not.</summary>
    Split,

    /// <summary>Threads were put in place.</summary>
    Placed,

    /// <summary>A vCPU belongs on another NUMA node.</summary>
    Migrated,

    /// <summary>Threads were put back.</summary>
    PutBack,

    /// <summary>Somebody else has changed a thread: it is theirs from then on.</summary>
    TakenOver,

    /// <summary>Something could not be done or read.</summary>
    Failed,

    /// <summary>The operator has said something: a class, pause, resume, reload.</summary>
    Operator,

    /// <summary>The agent lets go of everything and only observes.</summary>
    LetGo,

    /// <summary>The work of a period took longer than a period.</summary>
    Overrun,

    /// <summary>pCPUs have come online or gone offline.</summary>
    Cpus,

    /// <summary>A boost begins, ends, or cannot be had.</summary>
    Boost,
}

/// <summary>How much a line of the log matters: syslog's numbers.</summary>
public enum LogPriority : byte
{
    /// <summary>Something is broken.</summary>
    Error = 3,

    /// <summary>Somebody should look.</summary>
    Warning = 4,

    /// <summary>Worth knowing.</summary>
    Notice = 5,

    /// <summary>A decision.</summary>
    Info = 6,
}

/// <summary>One decision.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Vm">Of which VM; empty if of none in particular.</param>
/// <param name="Text">What, and why.</param>
public sealed record LoggedDecision(Instant At, DecisionKind Kind, string Vm, string Text);

/// <summary>Remembers what was decided, the last of it, and tells a log.</summary>
/// <remarks>Memory is bounded by a number of decisions, the log by lines a second: a burst of 50, then 5 a second; what
/// is left out there is still remembered here.</remarks>
/// <param name="write">Told of each decision that the log gets.</param>
/// <param name="most">How many are remembered.</param>
public sealed class DecisionLog(Action<LogPriority, string> write, int most = DecisionLog.Remembered)
{
    /// <summary>How many decisions are remembered if nothing is said.</summary>
    public const int Remembered = 1000;

    private const int Burst = 50;
    private const int PerSecond = 5;
    private const int LongestText = 500;

    private readonly Queue<LoggedDecision> _decisions = new();
    private Instant _refilled = Instant.Zero;
    private int _tokens = Burst;
    private long _leftOut;

    /// <summary>The time of what is told next, on the loop's clock.</summary>
    public Instant Now { get; set; }

    /// <summary>What is remembered, the oldest first.</summary>
    public IReadOnlyCollection<LoggedDecision> Decisions => _decisions;

    /// <summary>The last decision; null before the first.</summary>
    public LoggedDecision? Last { get; private set; }

    /// <summary>How many have been forgotten.</summary>
    public long Forgotten { get; private set; }

    /// <summary>How many the log did not get, since it got too many.</summary>
    public long LeftOut { get; private set; }

    /// <summary>A decision was made.</summary>
    /// <param name="kind">What kind.</param>
    /// <param name="vm">Of which VM; empty if of none in particular.</param>
    /// <param name="text">What, and why.</param>
    /// <param name="priority">How much it matters; null: it is remembered, and the log gets nothing.</param>
    public void Tell(DecisionKind kind, string vm, string text, LogPriority? priority = LogPriority.Info)
    {
        Last = new(Now, kind, Clean(vm), Clean(text));
        _decisions.Enqueue(Last);
        if (_decisions.Count > most)
        {
            _decisions.Dequeue();
            Forgotten++;
        }
        if (priority is not { } known) return;
        if (!Take())
        {
            LeftOut++;
            _leftOut++;
            return;
        }
        if (_leftOut > 0)
            write(LogPriority.Warning, $"{_leftOut} lines were left out here; flms agent history has them");
        _leftOut = 0;
        write(known, Last.Vm == "" ? Last.Text : $"{Last.Vm}: {Last.Text}");
    }

    private bool Take()
    {
        var earned = (Now - _refilled).Ns / (1_000_000_000 / PerSecond);
        if (earned > 0)
        {
            _tokens = (int)Math.Min(Burst, _tokens + earned);
            _refilled = Now;
        }
        if (_tokens == 0) return false;
        _tokens--;
        return true;
    }

    // Names of VMs come from command lines: no sign of theirs may begin a line of the log, or steer a terminal.
    private static string Clean(string text)
    {
        if (text.Length > LongestText) text = text[..LongestText];
        return text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
            ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
    }
}
