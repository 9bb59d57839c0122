namespace Flms.Sweep.Clusters;

/// <summary>Where tasks run: whatever takes an array of tasks, starts each at least once, and can be asked.</summary>
/// <remarks>It need not be reliable: that a sweep is complete is seen by its results, never by what is said
/// here.</remarks>
public interface ICluster
{
    /// <summary>The most tasks that it takes at once.</summary>
    /// <exception cref="ClusterFault">It is not there, or does not answer.</exception>
    int MostTasks { get; }

    /// <summary>How a user looks at a job, and how he stops it: two command lines.</summary>
    (string Look, string Stop) CommandsFor(string job);

    /// <summary>Starts tasks.</summary>
    /// <param name="tasks">What they run.</param>
    /// <param name="numbers">Which of them, ascending.</param>
    /// <returns>The name of the job that holds them.</returns>
    /// <exception cref="ClusterFault">It is not there, does not answer, or refuses.</exception>
    string Submit(ClusterTasks tasks, IReadOnlyList<int> numbers);

    /// <summary>Finds the job of an earlier <see cref="Submit"/> whose answer was lost.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="ClusterFault">It is not there, or does not answer.</exception>
    string? Find(ClusterTasks tasks);

    /// <summary>The tasks of a job that have not ended; empty also if the job is not known.</summary>
    /// <exception cref="ClusterFault">It is not there, or does not answer.</exception>
    IReadOnlyList<LiveTask> Look(string job);

    /// <summary>Stops tasks of a job. Those that have ended do not matter.</summary>
    /// <param name="job">The job.</param>
    /// <param name="numbers">Which tasks; null for all.</param>
    /// <exception cref="ClusterFault">It is not there, or does not answer.</exception>
    void Cancel(string job, IReadOnlyList<int>? numbers = null);
}

/// <summary>What an array of tasks runs.</summary>
/// <param name="Name">What the job is called: no two on this cluster have the same.</param>
/// <param name="Words">The command line of a task, without the part that it runs.</param>
/// <param name="Count">Into how many parts the points are cut; the number of a task is that of its part.</param>
/// <param name="Cpus">How many CPUs a task uses.</param>
/// <param name="Folder">Where the script and the logs go.</param>
public sealed record ClusterTasks(string Name, IReadOnlyList<string> Words, int Count, int Cpus, string Folder)
{
    /// <summary>What tasks write on standard output and error, a file a task.</summary>
    public string Logs => Path.Combine(Folder, "logs");
}

/// <summary>What a task that has not ended does.</summary>
public enum TaskState
{
    /// <summary>It has not begun.</summary>
    Waits,

    /// <summary>It runs.</summary>
    Runs,

    /// <summary>The cluster failed to start it, and will not try again.</summary>
    Held,
}

/// <summary>A task that has not ended.</summary>
/// <param name="Number">Which.</param>
/// <param name="State">What it does.</param>
/// <param name="Reason">Why it waits, in the cluster's words; may be empty.</param>
public readonly record struct LiveTask(int Number, TaskState State, string Reason);

/// <summary>A cluster cannot be used. The message is one line: what is wrong, and what to do.</summary>
/// <param name="message">That line.</param>
/// <param name="isAway">Does it not answer now, but may again? Otherwise it is not there, or it refuses.</param>
public sealed class ClusterFault(string message, bool isAway = false) : Exception(message)
{
    /// <summary>Does it not answer now, but may again?</summary>
    public bool IsAway { get; } = isAway;
}
