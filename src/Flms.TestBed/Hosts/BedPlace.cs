using System.Globalization;

namespace Flms.TestBed.Hosts;

/// <summary>What one lab calls everything it makes, and the folder where its files are: by its process, so that several
/// can run at once, and so that what a killed one left behind is known for that.</summary>
internal sealed class BedPlace : IDisposable
{
    private const string Prefix = "flms-lab-";
    private const string Root = "/run/flms/lab";

    private BedPlace(string name)
    {
        Name = name;
        Folder = $"{Root}/{name}";
        Directory.CreateDirectory(Folder);
        Children = new($"{Folder}/children");
    }

    /// <summary>The name of the network namespace and the control group.</summary>
    public string Name { get; }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>The processes that it has started.</summary>
    public Children Children { get; }

    /// <summary>A place for this process, after what others have left behind was cleaned away.</summary>
    /// <param name="say">Told of that, a line each.</param>
    public static BedPlace Take(Action<string> say)
    {
        foreach (var left in LeftBehind())
        {
            say($"cleaning up what a lab that was killed has left: {left}");
            using var place = new BedPlace(left);
        }
        var pid = Environment.ProcessId;
        for (var number = 0; ; number++)
        {
            // Several beds of one process, as in tests, have numbers.
            var name = string.Create(CultureInfo.InvariantCulture,
                $"{Prefix}{pid}-{Children.StartOf(pid)}{(number == 0 ? "" : $"-{number}")}");
            if (!Directory.Exists($"{Root}/{name}")) return new(name);
        }
    }

    /// <summary>Ends and deletes whatever is still there under its name.</summary>
    public void Dispose()
    {
        Children.Kill();
        if (File.Exists($"{NetworkNamespace.Folder}/{Name}")) Tool.Try("ip", "netns", "del", Name);
        if (BedCgroups.Root is { } groups) BedCgroups.Delete($"{groups.Folder}/{Name}");
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Does a name belong to a lab that no longer runs?</summary>
    /// <param name="name">Of a namespace, a group or a folder.</param>
    /// <param name="startOf">When a process was started; 0 if it is not there.</param>
    internal static bool IsLeftBehind(string name, Func<int, long> startOf)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        return name[Prefix.Length..].Split('-') is [var pid, var start, ..]
            && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            && startOf(process).ToString(CultureInfo.InvariantCulture) != start;
    }

    private static IReadOnlyList<string> LeftBehind()
    {
        string[] folders = [Root, NetworkNamespace.Folder, BedCgroups.Root?.Folder ?? Root];
        return [.. folders.Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries)
            .Select(f => Path.GetFileName(f)).Distinct().Where(name => IsLeftBehind(name, Children.StartOf))];
    }
}
