using System.CommandLine;

namespace Flms.Cli;

/// <summary>Options that several verbs have.</summary>
internal static class CommonOptions
{
    /// <summary>Print JSON instead of text.</summary>
    /// <param name="shape">What the JSON looks like.</param>
    public static Option<bool> Json(string shape) =>
        new("--json") { Description = $"Print JSON and nothing else: {shape}" };

    /// <summary>The scenario to read.</summary>
    public static Argument<string> Scenario() => new("scenario")
    {
        Description = "A scenario file (YAML).",
        HelpName = "SCENARIO",
    };

    /// <summary>The schedulers to compare.</summary>
    /// <param name="instead">What is taken if none are named.</param>
    public static Option<string> Schedulers(string instead) => new("--schedulers")
    {
        Description = $"The schedulers, as in credit,flms or flms:paper or all (default: {instead}).",
        HelpName = "NAMES",
    };
}
