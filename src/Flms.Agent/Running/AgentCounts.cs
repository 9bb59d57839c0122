using Flms.Agent.Levers;
using Flms.Agent.Plans;

namespace Flms.Agent.Running;

/// <summary>What a running agent has counted since it began.</summary>
public sealed class AgentCounts
{
    private readonly long[] _outcomes = new long[Enum.GetValues<LeverOutcome>().Length];
    private readonly SortedDictionary<int, long> _errors = [];
    private readonly long[] _moves = new long[Enum.GetValues<PlanReason>().Length];

    /// <summary>Periods.</summary>
    public long Periods { get; internal set; }

    /// <summary>How often the split has changed.</summary>
    public long Regroups { get; internal set; }

    /// <summary>How many vCPUs were given to another NUMA node.</summary>
    public long Migrations { get; internal set; }

    /// <summary>How often /proc could not be read.</summary>
    public long ScanFaults { get; internal set; }

    /// <summary>Errors of system calls by number.</summary>
    public IReadOnlyDictionary<int, long> Errors => _errors;

    /// <summary>How many changes ended so.</summary>
    public long this[LeverOutcome outcome] => _outcomes[(int)outcome];

    /// <summary>How many threads were put where they are for that reason.</summary>
    public long Moves(PlanReason reason) => _moves[(int)reason];

    internal void Moved(PlanReason reason) => _moves[(int)reason]++;

    internal void Add(LeverOutcome outcome, int error)
    {
        _outcomes[(int)outcome]++;
        if (outcome is LeverOutcome.Failed or LeverOutcome.NoJournal)
            _errors[error] = _errors.GetValueOrDefault(error) + 1;
    }
}
