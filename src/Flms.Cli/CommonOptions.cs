using System.CommandLine;

namespace Flms.Cli;

/// <summary>Options that several verbs have.</summary>
internal static class CommonOptions
{
    /// <summary>Print JSON instead of text.</summary>
    /// <param name="shape">What the JSON looks like.</param>
    public static Option<bool> Json(string shape) =>
        new("--json") { Description = $"Print JSON and nothing else: {shape}" };
}
