using Flms.Lab.Input;

namespace Flms.Cli;

/// <summary>Tells the user what is wrong with what was read, a line each.</summary>
internal static class InputProblems
{
    /// <summary>The value that was read; warnings are shown on standard error.</summary>
    /// <exception cref="Failure">It cannot be used. The exit code says whether a file is to blame, or the command
    /// line.</exception>
    public static T ValueOf<T>(Reading<T> reading, Terminal terminal) where T : class
    {
        // What must be put right comes first; what may be meant is told once that is done.
        var value = reading.Value ?? throw Of(reading.Problems);
        foreach (var warning in reading.Warnings) terminal.Error.WriteLine($"warning: {warning}");
        return value;
    }

    /// <summary>The problems as a failure.</summary>
    public static Failure Of(IReadOnlyList<Problem> problems)
    {
        // What came from the command line is named by its option.
        var ours = problems.All(p => p.Place.Source.StartsWith("--", StringComparison.Ordinal));
        var lines = string.Join('\n', problems);
        return ours ? Failure.Usage(lines) : Failure.Input(lines);
    }
}
