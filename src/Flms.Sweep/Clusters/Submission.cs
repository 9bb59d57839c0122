using System.Globalization;
using System.Text.Json;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Clusters;

/// <summary>Tasks that were given to a cluster: what stays of them on the disk, so that any later process can go
/// on.</summary>
/// <remarks>Beside <c>FILE.db</c> lies a folder <c>FILE.db.tasks</c>, and in it one for each submission, 1, 2, 3...
/// Nothing in it is changed while tasks run but the list of jobs.</remarks>
public sealed record Submission
{
    private const string StateFile = "submission.json";
    private const string TodoFile = "todo";

    /// <summary>Where all of it is.</summary>
    public required string Folder { get; init; }

    /// <summary>What its jobs are called.</summary>
    public required string Name { get; init; }

    /// <summary>The plan that its tasks run: <see cref="PlanTable.MakeId"/>.</summary>
    public required string Plan { get; init; }

    /// <summary>Into how many parts its points are cut.</summary>
    public required int Tasks { get; init; }

    /// <summary>The cluster's names for its jobs, the first submitted first. A name may come again: a cluster that lost
    /// its memory gives it twice.</summary>
    public IReadOnlyList<string> Jobs { get; init; } = [];

    /// <summary>The file that lists its points, a hash a line.</summary>
    public string Todo => Path.Combine(Folder, TodoFile);

    /// <summary>Its results.</summary>
    public PieceFolder Pieces => PieceFolder.At(Folder);

    /// <summary>The folder of all submissions of a file of results.</summary>
    public static string FolderOf(string file) => $"{file}.tasks";

    /// <summary>All submissions of a file of results that are on the disk, the last one last.</summary>
    /// <exception cref="StoreFault">One cannot be read.</exception>
    public static IReadOnlyList<Submission> All(string file)
    {
        var folder = FolderOf(file);
        if (!Directory.Exists(folder)) return [];
        return
        [
            .. Directory.GetDirectories(folder).Where(d => File.Exists(Path.Combine(d, StateFile)))
                .OrderBy(NumberOf).Select(Read),
        ];
    }

    /// <summary>Writes the list of points and everything that tasks need.</summary>
    /// <param name="file">The file of results.</param>
    /// <param name="plan">Whose points they are.</param>
    /// <param name="todo">The points to run.</param>
    /// <param name="tasks">Into how many parts they are cut.</param>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public static Submission Begin(string file, PlanTable plan, IEnumerable<PlanPoint> todo, int tasks)
    {
        var all = FolderOf(file);
        var number = 1 + (Directory.Exists(all) ? Directory.GetDirectories(all).Select(NumberOf).DefaultIfEmpty().Max()
            : 0);
        var folder = Path.Combine(Path.GetFullPath(all), number.ToString(CultureInfo.InvariantCulture));
        PieceFolder.Prepare(folder, plan);
        var submission = new Submission
        {
            Folder = folder,
            Name = $"flms-{Guid.NewGuid():n}"[..17],
            Plan = plan.MakeId(),
            Tasks = tasks,
        };
        WholeFile.Put(submission.Todo, to => File.WriteAllLines(to, todo.Select(p => p.Hash)));
        submission.Keep();
        return submission;
    }

    /// <summary>Its points, by hash.</summary>
    /// <exception cref="StoreFault">They cannot be read.</exception>
    public HashSet<string> ReadTodo() => ReadTodo(Todo);

    /// <summary>Reads a list of points, a hash a line.</summary>
    /// <exception cref="StoreFault">It cannot be read.</exception>
    public static HashSet<string> ReadTodo(string file)
    {
        try
        {
            return File.ReadLines(file).Where(l => l != "").ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreFault($"{file} cannot be read: {e.Message.TrimEnd('.')}", false);
        }
    }

    /// <summary>The same with one more job, also on the disk.</summary>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    internal Submission With(string job)
    {
        var more = this with { Jobs = [.. Jobs, job] };
        more.Keep();
        return more;
    }

    private void Keep() => WholeFile.Put(Path.Combine(Folder, StateFile), to => File.WriteAllText(to,
        JsonSerializer.Serialize(new State(Name, Plan, Tasks, [.. Jobs])) + "\n"));

    private static Submission Read(string folder)
    {
        var file = Path.Combine(folder, StateFile);
        try
        {
            var state = JsonSerializer.Deserialize<State>(File.ReadAllText(file))!;
            return new()
            {
                Folder = folder,
                Name = state.Name,
                Plan = state.Plan,
                Tasks = state.Tasks,
                Jobs = state.Jobs,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StoreFault($"{file} cannot be read: {e.Message.TrimEnd('.')}", false);
        }
    }

    private static int NumberOf(string folder) => int.TryParse(Path.GetFileName(folder), NumberStyles.None,
        CultureInfo.InvariantCulture, out var number) ? number : 0;

    private sealed record State(string Name, string Plan, int Tasks, string[] Jobs);
}
