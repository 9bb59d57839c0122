using Flms.Lab.Scenarios;

namespace Flms.Lab.Tests.Scenarios;

public sealed class ShippedScenarioTests
{
    public static TheoryData<string> All => [.. RepositoryFiles.Scenarios];

    [Theory]
    [MemberData(nameof(All))]
    public void It_reads_without_a_problem_and_says_what_it_shows(string path)
    {
        var reading = ScenarioReader.ReadFile(Path.Combine(SourceTree.Root, path));
        Assert.Empty(reading.Problems);
        Assert.NotEqual("", reading.Value!.Summary);
        Assert.Equal(Path.GetFileNameWithoutExtension(path), reading.Value.Name);
    }
}
