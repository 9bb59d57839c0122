using System.Text.Json.Nodes;
using Flms.Lab.Scenarios;

namespace Flms.Lab.Tests.Scenarios;

public sealed class ScenarioSchemaTests
{
    private const string Path = "scenarios/scenario.schema.json";

    [Fact]
    public void The_schema_in_the_repository_is_the_one_of_the_code()
    {
        if (Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1")
            File.WriteAllText(System.IO.Path.Combine(SourceTree.Root, Path), ScenarioSchema.Write());
        Assert.True(RepositoryFiles.Text(Path) == ScenarioSchema.Write(),
            $"{Path} is not what the code makes; FLMS_UPDATE=1 ./flms test --filter ScenarioSchema rewrites it");
    }

    [Fact]
    public void Every_shipped_scenario_fits_the_schema_and_names_it()
    {
        var check = new SchemaCheck(JsonNode.Parse(ScenarioSchema.Write())!);
        foreach (var path in RepositoryFiles.Scenarios)
        {
            var text = RepositoryFiles.Text(path);
            Assert.True(check.Check(text) is not { } wrong, $"{path}: {check.Check(text)}");
            var up = string.Concat(Enumerable.Repeat("../", path.Count(c => c == '/') - 1));
            Assert.StartsWith($"# yaml-language-server: $schema={up}scenario.schema.json\n", text);
        }
    }

    [Theory]
    [InlineData("domains: [{ name: a, weight: 0 }]")]
    [InlineData("domains: [{ name: a, wieght: 1 }]")]
    [InlineData("domains: [{ weight: 1 }]")]
    [InlineData("domains: []")]
    [InlineData("seed: 1")]
    [InlineData("duration: 5\ndomains: [{ name: a }]")]
    [InlineData("schedulers: fifo\ndomains: [{ name: a }]")]
    [InlineData("domains: [{ name: a, workloads: [hogg] }]")]
    [InlineData("domains: [{ name: a, workloads: [ping: { work: 1 }] }]")]
    [InlineData("domains: [{ name: a }]\noperations: [{ at: 1s, domain: a }]")]
    public void A_mistake_that_the_reader_refuses_does_not_fit_the_schema_either(string text)
    {
        Assert.NotNull(new SchemaCheck(JsonNode.Parse(ScenarioSchema.Write())!).Check(text));
        Assert.False(ScenarioReader.Read(text, "test.yaml").Ok);
    }
}
