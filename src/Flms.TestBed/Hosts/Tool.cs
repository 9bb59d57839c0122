using System.ComponentModel;
using System.Diagnostics;

namespace Flms.TestBed.Hosts;

/// <summary>Runs small programs of the machine to their end.</summary>
internal static class Tool
{
    private const int MostLines = 5;

    /// <summary>Runs it.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="BedFault">It is not there, or it failed.</exception>
    public static string Run(string program, params IReadOnlyList<string> arguments)
    {
        var (code, output, error) = Try(program, arguments);
        if (code == 0) return output;
        // The last line alone hides the cause: of gcc's it says only that its linker failed.
        var said = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var why = said.Length == 0 ? $"exit code {code}" : string.Join("; ", said.TakeLast(MostLines));
        throw new BedFault($"{program} {string.Join(' ', arguments)}: {why}");
    }

    /// <summary>Runs it, whatever becomes of it.</summary>
    /// <returns>Its exit code, 127 if it is not there, and what it wrote.</returns>
    public static (int Code, string Output, string Error) Try(string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (Win32Exception)
        {
            return (127, "", $"{program} is not installed");
        }
    }

    /// <summary>Is there a program of that name?</summary>
    public static bool Exists(string program) =>
        // Debian puts some where users' PATH does not look.
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':')
            .Any(folder => folder != "" && File.Exists(Path.Combine(folder, program)));
}
