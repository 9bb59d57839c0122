using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Flms.Agent.Tests;

/// <summary>Assemblies of this folder, compiled to machine code before they are started, as in the Debian package. In
/// an emulated guest, where everything takes forty times as long as here, flms so starts in two thirds of the time.
/// </summary>
internal static class CompiledAhead
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> _compiled = [];

    private static readonly string? _compiler = typeof(CompiledAhead).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "Crossgen2")?.Value;

    /// <summary>An assembly, compiled if it is one of those that flms consists of.</summary>
    /// <param name="assembly">Its file.</param>
    /// <returns>The file to use instead; the same one where there is no compiler.</returns>
    public static string Of(string assembly)
    {
        var name = Path.GetFileNameWithoutExtension(assembly);
        var isOfFlms = name is "flms" or "System.CommandLine" or "Spectre.Console" or "YamlDotNet"
            || name.StartsWith("Flms.", StringComparison.Ordinal);
        return isOfFlms && File.Exists(_compiler)
            ? _compiled.GetOrAdd(assembly, a => new(() => Compile(_compiler, a))).Value : assembly;
    }

    // Kept from run to run while the assembly is the same.
    private static string Compile(string compiler, string assembly)
    {
        var folder = Path.Combine(Path.GetDirectoryName(assembly)!, "ahead");
        var compiled = Path.Combine(folder, Path.GetFileName(assembly));
        var time = File.GetLastWriteTimeUtc(assembly);
        if (File.Exists(compiled) && File.GetLastWriteTimeUtc(compiled) == time) return compiled;
        Directory.CreateDirectory(folder);
        var making = $"{compiled}.{Environment.ProcessId}";
        var start = new ProcessStartInfo(compiler,
        [
            assembly, "-o", making, "-r", Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll"),
            "-r", Path.Combine(Path.GetDirectoryName(assembly)!, "*.dll"),
            "--targetos", "linux", "--targetarch", "x64", "-O",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{compiler} {assembly}: {said}{error.Result}");
        File.SetLastWriteTimeUtc(making, time);
        File.Move(making, compiled, overwrite: true);
        return compiled;
    }
}
