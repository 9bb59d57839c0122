namespace Flms.Lab.Input;

/// <summary>Where something was written: in a file, or on the command line.</summary>
/// <param name="Source">The file as the user named it, or the argument, as in <c>--set machine.cores=0</c>.</param>
/// <param name="Line">From 1; 0 if the source has no lines or the whole of it is meant.</param>
/// <param name="Column">From 1; 0 likewise.</param>
public readonly record struct Place(string Source, int Line = 0, int Column = 0)
{
    /// <summary><c>file:line:column</c>, or the source alone.</summary>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

/// <summary>Something wrong with what a user wrote: where, what, and what to do about it.</summary>
/// <param name="Place">Where.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Advice">What to do.</param>
public sealed record Problem(Place Place, string What, string Advice)
{
    /// <summary>One line: <c>file:line:column: what is wrong; what to do</c>.</summary>
    public override string ToString() => Quote.OneLine($"{Place}: {What}; {Advice}");
}

/// <summary>What came of reading: a value, or the problems that stand in its way.</summary>
/// <typeparam name="T">What was to be read.</typeparam>
/// <param name="Value">What was read; null if there are problems.</param>
/// <param name="Problems">What must be put right; empty if there is a value. At most
/// <see cref="Problems.Limit"/>.</param>
/// <param name="Warnings">What is allowed but probably not meant.</param>
public sealed record Reading<T>(T? Value, IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> Warnings)
    where T : class
{
    /// <summary>Is there a value?</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Value))]
    public bool Ok => Value != null;
}

/// <summary>Collects problems, so that a user is told of all of them at once.</summary>
public sealed class Problems
{
    /// <summary>The most that are told: more would only hide the first.</summary>
    public const int Limit = 20;

    private readonly List<Problem> _errors = [];
    private readonly List<Problem> _warnings = [];

    /// <summary>Has anything been found that must be put right?</summary>
    public bool Any => _errors.Count > 0;

    /// <summary>How many have been found that must be put right.</summary>
    internal int Count => _errors.Count;

    /// <summary>Are there as many as are told?</summary>
    public bool Full => _errors.Count >= Limit;

    /// <summary>Notes something that must be put right.</summary>
    public void Add(Place place, string what, string advice)
    {
        if (!Full) _errors.Add(new(place, what, advice));
    }

    /// <summary>Notes something that is allowed but probably not meant.</summary>
    public void Warn(Place place, string what, string advice)
    {
        if (_warnings.Count < Limit) _warnings.Add(new(place, what, advice));
    }

    /// <summary>The outcome: the value if nothing must be put right.</summary>
    /// <param name="value">Makes the value; called only if there is no problem.</param>
    public Reading<T> Outcome<T>(Func<T?> value) where T : class
    {
        var made = Any ? null : value();
        return new(Any ? null : made, InOrder(_errors), InOrder(_warnings));
    }

    // By line and column; what was written on the command line comes first. The sort is stable.
    private static List<Problem> InOrder(List<Problem> problems) =>
        [.. problems.OrderBy(p => p.Place.Line).ThenBy(p => p.Place.Column)];
}
