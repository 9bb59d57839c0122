using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Flms.Tests;

namespace Flms.Agent.Tests;

/// <summary>A Debian kernel in QEMU (TCG), with busybox, .NET and this flms in it, and a shell to talk to.</summary>
/// <remarks>
/// <para>It boots in some ten seconds from an archive in memory (eng/debian-guest.sh takes kernel and busybox out
/// of their packages), and ends with the test. <c>flms</c> is a command there; it starts in some four seconds.</para>
/// <para>Commands go over the second serial port; what the kernel says goes into a file, whose end is shown if a
/// command does not return.</para>
/// </remarks>
internal sealed class DebianGuest : IDisposable
{
    private const string Qemu = "qemu-system-x86_64";
    private const int MemoryMb = 768;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static int _guests;

    private readonly OwnedFolder _folder;
    private readonly Process _process;
    private int _commands;

    private DebianGuest(Process process, OwnedFolder folder) => (_process, _folder) = (process, folder);

    /// <summary>What its QEMU calls it, to be found by.</summary>
    public required string Name { get; init; }

    /// <summary>Its kernel's release, as in <c>6.1.0-56-cloud-amd64</c>.</summary>
    public required string Kernel { get; init; }

    /// <summary>Starts a guest, and waits until its shell answers; skips the test if there can be none here.</summary>
    /// <param name="cpus">Its vCPUs.</param>
    /// <param name="nodes">Its sockets, each a NUMA node with as many of these and as much memory.</param>
    /// <param name="suite">The Debian suite to take the kernel of; null for this machine's own.</param>
    /// <param name="command">More of the kernel's command line.</param>
    /// <param name="arguments">More arguments for QEMU, as in <c>-device virtio-rng-pci</c>.</param>
    /// <param name="files">More files: paths in the guest, and here.</param>
    public static DebianGuest Start(int cpus, int nodes = 1, string? suite = null, string command = "",
        IReadOnlyList<string>? arguments = null, IReadOnlyDictionary<string, string>? files = null)
    {
        Skip.IfNot(RuntimeInformation.ProcessArchitecture == Architecture.X64, "guests are for x86_64");
        Skip.IfNot(((string[])["/usr/bin", "/usr/local/bin"]).Any(f => File.Exists(Path.Combine(f, Qemu))),
            "needs QEMU (apt-get install qemu-system-x86)");
        var parts = Path.Combine(SourceTree.Root, ".build", $"debian-guest{(suite == null ? "" : "-" + suite)}");
        var (code, _, error) = Tool(Path.Combine(SourceTree.Root, "eng", "debian-guest.sh"), [parts, .. suite == null
            ? (string[])[] : [suite]]);
        Skip.If(code != 0, error.Trim());
        var folder = new OwnedFolder("guest");
        var archive = Path.Combine(folder.Path, "initrd");
        using (var to = File.Create(archive)) Fill(to, parts, files);
        var name = $"flms-guest-{Environment.ProcessId}-{Interlocked.Increment(ref _guests)}";
        var start = new ProcessStartInfo(Qemu) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var word in (string[])
            [
                "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", $"{cpus},sockets={nodes}",
                "-m", $"{MemoryMb}", .. Enumerable.Range(0, nodes).SelectMany(n => NodeOf(n, cpus / nodes, nodes)),
                "-name", $"{name},debug-threads=on",
                "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
                "-kernel", Path.Combine(parts, "vmlinuz"), "-initrd", archive,
                "-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr rdinit=/init " + command,
                "-serial", $"file:{Path.Combine(folder.Path, "console")}", "-serial", "stdio",
                .. arguments ?? [],
            ]) start.ArgumentList.Add(word);
        var guest = new DebianGuest(Process.Start(start)!, folder)
        {
            Name = name,
            Kernel = File.ReadAllText(Path.Combine(parts, "kernel")).Trim(),
        };
        try
        {
            guest.WaitForShell();
            return guest;
        }
        catch
        {
            guest.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command in the guest's shell.</summary>
    /// <returns>How it ended, and what it wrote, errors too.</returns>
    public (int Code, string Out) Run(string command)
    {
        var mark = $"@@{++_commands}";
        Tell($"echo; echo {mark}\n{{ {command}\n}} < /dev/null\nset -- $?; echo; echo {mark} $1");
        // Answers to what was asked while it booted may still come.
        while (ReadLine(command) != mark) { }
        var text = new StringBuilder();
        while (true)
        {
            var line = ReadLine(command);
            if (line.StartsWith(mark + " ", StringComparison.Ordinal))
                return (int.Parse(line[(mark.Length + 1)..], CultureInfo.InvariantCulture), text.ToString().TrimEnd());
            text.Append(line).Append('\n');
        }
    }

    /// <summary>Runs a command that must end well.</summary>
    /// <returns>What it wrote.</returns>
    public string Do(string command)
    {
        var (code, text) = Run(command);
        Assert.True(code == 0, $"{command}: exit code {code}: {text}");
        return text;
    }

    /// <summary>Waits until a command of the guest's shell ends well.</summary>
    /// <param name="condition">The command; tried twice a second.</param>
    /// <param name="what">What to say if it never does.</param>
    /// <param name="more">More to say then.</param>
    public void WaitUntil(string condition, string what, Func<string>? more = null)
    {
        for (var clock = Stopwatch.StartNew(); Run(condition).Code != 0; Thread.Sleep(500))
            if (clock.Elapsed > Patience) Assert.Fail($"{what}: {more?.Invoke()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }

    // What is written before the guest has its port ready is lost: so it is asked again and again.
    private void WaitForShell()
    {
        using var answered = new ManualResetEventSlim();
        var asking = new Thread(() =>
        {
            do Tell("echo @@ready");
            while (!answered.Wait(500));
        })
        { IsBackground = true };
        asking.Start();
        while (ReadLine("booting") != "@@ready") { }
        answered.Set();
        asking.Join();
    }

    private void Tell(string text)
    {
        try
        {
            _process.StandardInput.Write(text + "\n");
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; the reader finds that out and says so.
        }
    }

    private string ReadLine(string during)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        // An emulated port often forgets to interrupt for what it has received: the next character wakes it. That is
        // soon, since every other command waits for it, but less and less often during one that takes its time.
        var clock = Stopwatch.StartNew();
        for (var wait = 10; !line.Wait(wait) && clock.Elapsed < Patience; wait = Math.Min(2 * wait, 500)) Tell("");
        if (line.IsCompleted && line.Result is { } text) return text.TrimEnd('\r');
        var console = Path.Combine(_folder.Path, "console");
        var said = File.Exists(console) ? File.ReadAllText(console) : "";
        var what = _process.HasExited ? "ended" : "does not answer";
        throw new InvalidOperationException($"the guest {what} ({during}): "
            + said[^Math.Min(2000, said.Length)..]);
    }

    private static string[] NodeOf(int n, int cpus, int nodes) =>
    [
        "-object", $"memory-backend-ram,id=node{n},size={MemoryMb / nodes}M",
        "-numa", $"node,nodeid={n},cpus={n * cpus}-{(n + 1) * cpus - 1},memdev=node{n}",
    ];

    private static void Fill(Stream to, string parts, IReadOnlyDictionary<string, string>? files)
    {
        var archive = new InitRamFs(to);
        archive.AddTree(Path.Combine(parts, "root"), "");
        // .../shared/Microsoft.NETCore.App/10.0.1/
        var runtime = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');
        var version = Path.GetFileName(runtime);
        var home = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        archive.AddFile(Path.Combine(home, "dotnet"), "/opt/dotnet/dotnet");
        archive.AddTree(Path.Combine(home, "host", "fxr", version), $"/opt/dotnet/host/fxr/{version}");
        archive.AddTree(runtime, $"/opt/dotnet/shared/Microsoft.NETCore.App/{version}");
        foreach (var library in Libraries([Path.Combine(home, "dotnet"), Path.Combine(runtime, "libcoreclr.so"),
            Path.Combine(runtime, "libSystem.Native.so")])) archive.AddFile(library, library);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
            if (!Path.GetFileName(file).StartsWith("xunit", StringComparison.Ordinal))
                archive.AddFile(CompiledAhead.Of(file), $"/opt/flms/{Path.GetFileName(file)}");
        archive.AddFile(Path.Combine(AppContext.BaseDirectory, "flms.runtimeconfig.json"),
            "/opt/flms/flms.runtimeconfig.json");
        archive.AddText("/bin/flms", "#!/bin/sh\nexec /opt/dotnet/dotnet /opt/flms/flms.dll \"$@\"\n");
        foreach (var (path, source) in files ?? new Dictionary<string, string>()) archive.AddFile(source, path);
        archive.End();
    }

    // The C library and what else these programs are linked with, as ldd tells: "libc.so.6 => /lib/... (0x...)".
    private static SortedSet<string> Libraries(IEnumerable<string> programs) => new(
        from program in programs
        from line in Tool("ldd", [program]).Out.Split('\n')
        from word in line.Split(' ', '\t')
        where word.StartsWith('/') && File.Exists(word)
        select word, StringComparer.Ordinal);

    private static (int Code, string Out, string Error) Tool(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in arguments) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, error.Result);
    }
}
