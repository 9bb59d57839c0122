using System.Reflection;
using System.Runtime.InteropServices;

namespace Flms.Cli;

/// <summary>Which flms this is.</summary>
internal static class Build
{
    /// <summary>The version, such as <c>0.1.0</c>.</summary>
    public static string Version { get; } = Informational.Split('+')[0];

    /// <summary>The commit it was built from, 12 digits; empty if the build did not know.</summary>
    public static string Commit { get; } =
        Informational.Split('+') is [_, var commit] ? commit[..Math.Min(12, commit.Length)] : "";

    /// <summary>The .NET it runs on, such as <c>.NET 10.0.0</c>.</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>The system it runs on, such as <c>linux-x64</c>.</summary>
    public static string System => RuntimeInformation.RuntimeIdentifier;

    /// <summary>All of it in one line.</summary>
    public static string Description =>
        $"flms {Version} ({(Commit == "" ? "" : $"commit {Commit}, ")}{Runtime}, {System})";

    private static string Informational =>
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
