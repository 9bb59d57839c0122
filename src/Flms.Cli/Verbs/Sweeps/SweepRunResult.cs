using Flms.Sweep;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Says what a run of a sweep did.</summary>
internal static class SweepRunResult
{
    /// <summary>Writes it.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="json">As JSON?</param>
    /// <param name="file">Where the results are.</param>
    /// <param name="outcome">What was done.</param>
    /// <param name="jobs">What of a cluster is under way.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="Failure">A point failed.</exception>
    public static int Show(Terminal terminal, bool json, string file, SweepOutcome outcome, IReadOnlyList<string> jobs)
    {
        if (json) Write(terminal, outcome, jobs);
        else Say(terminal, file, outcome);
        if (outcome.Failed.Count == 0) return ExitCode.Fine;
        var policy = outcome.Failed.Any(f => f.Policy);
        throw new Failure(policy ? ExitCode.Policy : ExitCode.Bug,
            $"{Words.Count(outcome.Failed.Count, "point")} failed:\n{SweepVerb.Describe(outcome.Failed)}");
    }

    private static void Say(Terminal terminal, string file, SweepOutcome outcome)
    {
        var kept = outcome.Kept > 0 ? $"{outcome.Kept} were there already, " : "";
        terminal.Paragraph($"{file}: {Words.Count(outcome.Points, "point")}; {kept}"
            + $"{Words.Count(outcome.Ran, "run")} made"
            + (outcome.Failed.Count > 0 ? $", {outcome.Failed.Count} of them failed" : ""));
    }

    private static void Write(Terminal terminal, SweepOutcome outcome, IReadOnlyList<string> jobs) =>
        JsonOutput.Write(terminal, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("points", outcome.Points);
            json.WriteNumber("kept", outcome.Kept);
            json.WriteNumber("ran", outcome.Ran);
            json.WriteNumber("failed", outcome.Failed.Count);
            json.WriteStartArray("jobs");
            foreach (var job in jobs) json.WriteStringValue(job);
            json.WriteEndArray();
            json.WriteEndObject();
        });
}
