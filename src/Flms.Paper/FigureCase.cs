namespace Flms.Paper;

/// <summary>One setting of a figure: a scenario file, with some values changed.</summary>
/// <param name="File">The file's name in scenarios/paper/.</param>
public sealed record FigureCase(string File)
{
    /// <summary>Which part of the figure it belongs to, such as a group of curves; empty if there is
    /// one only.</summary>
    public string Group { get; init; } = "";

    /// <summary>Where on the figure's x axis; empty if it has none.</summary>
    public string X { get; init; } = "";

    /// <summary>A second file that the same values and systems are run with, for what cannot be measured at the same
    /// time; its measures are called <c>FILE/NAME</c>. Null, the default, for none.</summary>
    public string? Beside { get; init; }

    /// <summary>Values in place of the file's, each as <c>--set</c> takes it. Default: none.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The schedulers in place of the file's, as <c>--schedulers</c> takes them; null for the
    /// file's.</summary>
    public string? Schedulers { get; init; }

    /// <summary>The command that runs this case alone.</summary>
    public string Command => $"flms compare scenarios/paper/{File}" + string.Concat(Set.Select(s => $" --set \"{s}\""))
        + (Schedulers == null ? "" : $" --schedulers {Schedulers}");
}
