namespace Flms.Agent.Levers;

/// <summary>How the changes of one round ended.</summary>
public sealed class LeverTally
{
    private readonly int[] _counts = new int[Enum.GetValues<LeverOutcome>().Length];
    private readonly SortedDictionary<int, int> _errors = [];

    /// <summary>How many ended so.</summary>
    public int this[LeverOutcome outcome] => _counts[(int)outcome];

    /// <summary>How often each error number was met, by number.</summary>
    public IReadOnlyDictionary<int, int> Errors => _errors;

    /// <summary>Did nothing fail?</summary>
    public bool Fine => this[LeverOutcome.Failed] == 0 && this[LeverOutcome.NoJournal] == 0;

    /// <summary>Counts one.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="error">With which error, if it failed; positive.</param>
    public void Add(LeverOutcome outcome, int error)
    {
        _counts[(int)outcome]++;
        if (outcome is LeverOutcome.Failed or LeverOutcome.NoJournal)
            _errors[error] = _errors.GetValueOrDefault(error) + 1;
    }
}
