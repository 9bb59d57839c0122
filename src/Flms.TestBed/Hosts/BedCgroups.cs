namespace Flms.TestBed.Hosts;

/// <summary>Control groups for VMs as libvirt makes them: below one group for all, each VM has one, and in it one for
/// its vCPU and one for its other threads. All have the default weight.</summary>
internal sealed class BedCgroups : IDisposable
{
    private readonly string _folder;
    private readonly bool _second; // version 2

    private BedCgroups(string folder, bool second) => (_folder, _second) = (folder, second);

    /// <summary>Where groups of the controller cpu are, by version: version 1's comes first, since where both are
    /// mounted its controllers are the ones at work.</summary>
    /// <returns>Null if there are none.</returns>
    internal static (string Folder, bool Second)? Root =>
        File.Exists("/sys/fs/cgroup/cpu/cpu.shares") ? ("/sys/fs/cgroup/cpu", false)
        : File.Exists("/sys/fs/cgroup/cgroup.subtree_control") ? ("/sys/fs/cgroup", true) : null;

    /// <summary>Makes the group for all.</summary>
    /// <exception cref="BedFault">There are no control groups, or none may be made.</exception>
    public static BedCgroups Make(string name)
    {
        var (root, second) = Root
            ?? throw new BedFault("there are no control groups of the controller cpu here; use --no-cgroups");
        var groups = new BedCgroups($"{root}/{name}", second);
        if (second) Write($"{root}/cgroup.subtree_control", "+cpu");
        Create(groups._folder);
        if (second) Write($"{groups._folder}/cgroup.subtree_control", "+cpu");
        return groups;
    }

    /// <summary>Puts a VM into its groups.</summary>
    /// <param name="vm">Its name.</param>
    /// <param name="process">Its process.</param>
    /// <param name="vcpu">The thread that is its vCPU.</param>
    public void Take(string vm, int process, int vcpu)
    {
        var folder = $"{_folder}/{vm}";
        string[] inner = [$"{folder}/emulator", $"{folder}/vcpu0"];
        Create(folder);
        // In version 2 a process goes into a group first, and only its threads into those below, if they are threaded.
        if (_second) Write($"{folder}/cgroup.procs", process);
        foreach (var group in inner)
        {
            Create(group);
            if (_second) Write($"{group}/cgroup.type", "threaded");
        }
        if (_second) Write($"{folder}/cgroup.subtree_control", "+cpu");
        var threads = _second ? "cgroup.threads" : "tasks";
        foreach (var thread in ThreadsOf(process))
            Write($"{inner[thread == vcpu ? 1 : 0]}/{threads}", thread);
    }

    /// <inheritdoc />
    public void Dispose() => Delete(_folder);

    /// <summary>Deletes a group and those below it. Whoever is still in one goes back to the root.</summary>
    internal static void Delete(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var inner in Directory.GetDirectories(folder)) Delete(inner);
        for (var tries = 0; ; tries++)
            try
            {
                Directory.Delete(folder);
                return;
            }
            catch (IOException) when (tries < 50)
            {
                Thread.Sleep(10); // who has just been killed is in it for a moment
            }
            catch (IOException)
            {
                return; // the next lab tries again
            }
    }

    private static IEnumerable<int> ThreadsOf(int process) =>
        Directory.GetDirectories($"/proc/{process}/task").Select(f => int.Parse(Path.GetFileName(f), null));

    private static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BedFault($"cannot make the control group {folder}: {e.Message}; use --no-cgroups");
        }
    }

    private static void Write(string file, object value)
    {
        try
        {
            File.WriteAllText(file, $"{value}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BedFault($"cannot write {value} to {file}: {e.Message}; use --no-cgroups");
        }
    }
}
