using Flms.Schedulers;

namespace Flms.Cli;

/// <summary>Schedulers as they are named on the command line.</summary>
internal static class SchedulerNames
{
    /// <summary>The scheduler of that name.</summary>
    /// <exception cref="Failure">There is none.</exception>
    public static SchedulerEntry Find(string name)
    {
        if (SchedulerCatalog.Find(name) is { } entry) return entry;
        var names = SchedulerCatalog.All.Select(s => s.Name).ToList();
        var hint = Spelling.Nearest(name, names) is { } near
            ? $"did you mean {near}?"
            : $"known: {string.Join(", ", names)};";
        throw Failure.Usage($"no scheduler is called \"{name}\"; {hint} flms schedulers lists them");
    }
}
