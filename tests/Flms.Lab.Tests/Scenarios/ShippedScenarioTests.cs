using Flms.Lab.Scenarios;
using Flms.Schedulers;

namespace Flms.Lab.Tests.Scenarios;

public sealed class ShippedScenarioTests
{
    public static TheoryData<string> All => [.. RepositoryFiles.Scenarios];

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void It_reads_without_a_problem_and_says_what_it_shows(string path)
    {
        var needsFlms = RepositoryFiles.Text(path).Split('\n')
            .Any(l => l.StartsWith("schedulers:") && l.Contains("flms"));
        Skip.If(needsFlms && SchedulerCatalog.Find("flms") == null, "the flms scheduler is not there yet");
        var reading = ScenarioReader.ReadFile(Path.Combine(RepositoryFiles.Root, path));
        Assert.Empty(reading.Problems);
        Assert.NotEqual("", reading.Value!.Summary);
        Assert.Equal(Path.GetFileNameWithoutExtension(path), reading.Value.Name);
    }
}
