using System.ComponentModel;
using System.Diagnostics;

namespace Flms.Agent.Tests;

/// <summary>A folder of a test's in /tmp, and all processes that work in it: they end with the test. If that was
/// killed, the next one of its kind ends them.</summary>
/// <remarks>A file in it is locked for as long as its owner lives: the kernel takes the lock away with the process. (A
/// signal at the parent's death would come at the end of the thread that has started the child, and threads of tests
/// come and go.)</remarks>
internal sealed class OwnedFolder : IDisposable
{
    private const string Lock = "owner";

    private readonly FileStream _owner;

    /// <summary>Makes one, and sweeps away those whose owners are dead.</summary>
    /// <param name="kind">What it is for, as in <c>guest</c>.</param>
    public OwnedFolder(string kind)
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), $"flms-{kind}-*"))
            Sweep(folder);
        Path = Directory.CreateTempSubdirectory($"flms-{kind}-").FullName;
        // It has its name only when it is locked: one without it is not swept.
        var unnamed = System.IO.Path.Combine(Path, Lock + ".new");
        _owner = new(unnamed, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        File.Move(unnamed, System.IO.Path.Combine(Path, Lock));
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The processes in it have ended.</summary>
    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        _owner.Dispose();
    }

    private static void Sweep(string folder)
    {
        try
        {
            using var owner = new FileStream(System.IO.Path.Combine(folder, Lock), FileMode.Open,
                FileAccess.ReadWrite, FileShare.None);
            foreach (var process in Process.GetProcesses())
                using (process)
                    if (WorksIn(process.Id, folder)) End(process);
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it is another user's.
        }
    }

    // Its command line names something in it, or something in it is mounted in its namespace.
    private static bool WorksIn(int pid, string folder)
    {
        var mark = System.IO.Path.GetFileName(folder) + "/";
        foreach (var file in (string[])["cmdline", "mountinfo"])
            try
            {
                if (File.ReadAllText($"/proc/{pid}/{file}").Contains(mark, StringComparison.Ordinal)) return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's.
            }
        return false;
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill();
            process.WaitForExit(10_000);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
