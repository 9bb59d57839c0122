using System.ComponentModel;
using System.Diagnostics;

namespace Flms.Sweep.Clusters;

/// <summary>What a command did.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Out">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal readonly record struct CommandResult(int Code, string Out, string Error);

/// <summary>Runs commands of others.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs one to its end, without input.</summary>
    /// <returns>Null if there is no such command.</returns>
    /// <exception cref="ClusterFault">It did not end.</exception>
    public static CommandResult? Run(string command, IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(command, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        // What a user likes to see of his jobs is not what is asked here.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("SQUEUE_", StringComparison.Ordinal))
            .ToList()) start.Environment.Remove(name);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new ClusterFault($"{command} does not answer; is the cluster well?", isAway: true);
            }
            process.WaitForExit();
            return new(process.ExitCode, output.Result, error.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>A word as a shell reads it.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,@%+".Contains(c)) ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
