using Flms.Agent.Linux;

namespace Flms.Agent.Discovery;

/// <summary>In which control group a thread is, and which pCPUs that leaves it.</summary>
public static class Cgroups
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>The path of the group that says most: version 2's, else that of the controller cpuset, else
    /// cpu.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="folder">The thread's folder in /proc.</param>
    /// <returns>As in <c>/machine.slice</c>; empty if it cannot be read.</returns>
    public static string PathOf(ISystemFiles files, string folder)
    {
        TryPathOf(files, folder, out var path);
        return path;
    }

    /// <summary>The same, where it matters whether it is in none or that could not be read.</summary>
    /// <returns>0; or the negative error number.</returns>
    public static int TryPathOf(ISystemFiles files, string folder, out string best)
    {
        var error = TryEntries(files, folder, out var entries);
        best = BestOf(entries);
        return error;
    }

    private static string BestOf(IEnumerable<(string Controllers, string Path)> entries)
    {
        var best = "";
        foreach (var (controllers, path) in entries)
        {
            if (path == "/" && best != "") continue;
            var says = controllers == "" || controllers.Split(',').Any(c => c is "cpuset" or "cpu");
            if (says && (best is "" or "/" || controllers == "")) best = path;
        }
        return best;
    }

    /// <summary>The group, the pCPUs that its cpuset leaves the thread, and the file that says which: as long as it is
    /// there, it is enough to read that again.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="folder">The thread's folder in /proc.</param>
    /// <param name="path">As of <see cref="PathOf"/>.</param>
    /// <param name="cpus">As the kernel lists them: <c>0-3,8</c>; null if there is no cpuset to be read, which means:
    /// all.</param>
    /// <param name="file">The file; empty if there is no cpuset.</param>
    /// <returns>0; or the negative error number of a file that is there and could not be read.</returns>
    public static int TryRead(ISystemFiles files, string folder, out string path, out string? cpus, out string file)
    {
        (cpus, file) = (null, "");
        var error = TryEntries(files, folder, out var entries);
        path = BestOf(entries);
        foreach (var (controllers, group) in entries)
        {
            if (controllers.Split(',').Contains("cpuset"))
                return Found($"{Root}/cpuset{group.TrimEnd('/')}/cpuset.effective_cpus", ref cpus, ref file);
            if (controllers != "") continue;
            // In version 2 a group without the controller has what the next one above it has.
            for (var at = group.TrimEnd('/'); ; at = at[..at.LastIndexOf('/')])
            {
                error = Found($"{Root}{at}/cpuset.cpus.effective", ref cpus, ref file);
                if (error < 0 || cpus != null) return error;
                if (at == "") break;
            }
        }
        return error;

        int Found(string from, ref string? list, ref string found)
        {
            var failed = files.TryRead(from, out var text);
            if (text != "") (list, found) = (text, from);
            return failed == -Errno.NoEntry ? 0 : failed;
        }
    }

    private static int TryEntries(
        ISystemFiles files, string folder, out IReadOnlyList<(string Controllers, string Path)> entries)
    {
        var error = files.TryRead(folder + "/cgroup", out var text);
        // Version 1 first: where both are mounted, its controllers are the ones at work.
        entries =
        [
            .. from line in text.Split('\n')
               let parts = line.Split(':', 3)
               where parts.Length == 3 && parts[2].StartsWith('/')
               orderby parts[1] == ""
               select (parts[1], parts[2]),
        ];
        // A kernel without groups has no such file.
        return error == -Errno.NoEntry ? 0 : error;
    }
}
