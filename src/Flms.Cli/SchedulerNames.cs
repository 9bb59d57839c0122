using Flms.Lab.Input;
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
        var advice = Nearest.Advice(name, [.. SchedulerCatalog.All.Select(s => s.Name)]);
        throw Failure.Usage($"there is no scheduler {Quote.Text(name)}; {advice}");
    }
}
