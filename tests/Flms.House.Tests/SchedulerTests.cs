using System.Text.RegularExpressions;

namespace Flms.House.Tests;

/// <summary>A policy is complete: options, a page, tests.</summary>
public sealed partial class SchedulerTests
{
    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();

    /// <summary>The policies by the names of their files: <c>Credit</c> for CreditScheduler.cs.</summary>
    private static IEnumerable<string> Policies =>
        from source in Repository.Sources
        where source.Room == "Flms.Schedulers" && source.Path.EndsWith("Scheduler.cs", StringComparison.Ordinal)
        // What several policies derive from is none itself.
        where !source.Lines.Any(l => l.StartsWith("public abstract ", StringComparison.Ordinal))
        select Path.GetFileNameWithoutExtension(source.Path)[..^"Scheduler".Length];

    [Fact]
    public void Every_policy_has_its_options_page_and_tests() => Repository.NoFindings(
        from policy in Policies
        from missing in Missing(policy)
        select $"{policy}Scheduler lacks {missing} (CONTRIBUTING.md, \"Add a scheduler\")");

    [Fact]
    public void Every_page_of_a_scheduler_belongs_to_a_policy() => Repository.NoFindings(
        from page in Repository.Files
        where page.StartsWith("docs/schedulers/", StringComparison.Ordinal) && Path.GetFileName(page) != "README.md"
        where !Policies.Any(p => PageOf(p) == page)
        select $"{page} describes no policy in src/Flms.Schedulers");

    private static IEnumerable<string> Missing(string policy)
    {
        if (!Defines("src/Flms.Schedulers/", $"record {policy}Options")) yield return $"a record {policy}Options";
        if (!Repository.Exists(PageOf(policy))) yield return PageOf(policy);
        if (!Repository.Files.Any(f => f.StartsWith("tests/Flms.Schedulers.Tests/", StringComparison.Ordinal)
            && f.EndsWith($"/{policy}SchedulerTests.cs", StringComparison.Ordinal)))
            yield return $"tests/Flms.Schedulers.Tests/**/{policy}SchedulerTests.cs";
    }

    private static string PageOf(string policy) =>
        $"docs/schedulers/{WordStart().Replace(policy, "-").ToLowerInvariant()}.md";

    private static bool Defines(string folder, string text) => Repository.Sources.Any(
        s => s.Path.StartsWith(folder, StringComparison.Ordinal)
        && s.Lines.Any(l => l.Contains(text, StringComparison.Ordinal)));
}
