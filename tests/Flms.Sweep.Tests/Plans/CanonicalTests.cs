using System.Reflection;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sweep.Plans;

namespace Flms.Sweep.Tests.Plans;

/// <summary>A point's hash names its content: what changes a result changes it, and nothing else does.</summary>
public sealed class CanonicalTests : SweepFolder
{
    private const string Rich = """
        machine: { cores: 2 }
        domains:
          - { name: a, vcpus: 2, affinity: "0-1", parameters: { flms: { reserved: 1 } }, workloads: [hog, ping] }
        schedulers: [{ use: flms, options: { sp_slice: 1ms } }]
        operations: [{ at: 10ms, domain: a, set_weight: 512 }]
        duration: 100ms
        """;

    [Theory]
    [InlineData("duration: 100ms", "duration:   100ms  # a tenth of a second")]
    [InlineData("duration: 100ms", "duration: 0.1s")]
    [InlineData("duration: 100ms", "duration: 100ms\nsummary: Something else.\nname: other")]
    [InlineData("{ use: flms,", "{ use: flms, label: mine,")]
    [InlineData("{ sp_slice: 1ms }", "{ sp_slice: 1000us }")]
    [InlineData("machine: { cores: 2 }", "machine: { sockets: 1, cores: 2, costs: typical }")]
    [InlineData("vcpus: 2,", "weight: 256, vcpus: 2,")]
    public void Another_way_to_write_the_same_has_the_same_hash(string from, string to) =>
        Assert.Equal(HashOf(Rich), HashOf(Rich.Replace(from, to, StringComparison.Ordinal)));

    [Theory]
    [InlineData("duration: 100ms", "duration: 101ms")]
    [InlineData("duration: 100ms", "duration: 100ms\nwarmup: 1ms")]
    [InlineData("duration: 100ms", "duration: 100ms\nseed: 2")]
    [InlineData("cores: 2", "cores: 3")]
    [InlineData("cores: 2", "cores: 2, costs: { kick: 2us }")]
    [InlineData("name: a,", "name: a, weight: 257,")]
    [InlineData("name: a,", "name: a, class: latency,")]
    [InlineData("\"0-1\"", "\"0\"")]
    [InlineData("reserved: 1", "reserved: 2")]
    [InlineData("[hog, ping]", "[ping, hog]")]
    [InlineData("[hog, ping]", "[hog, ping: { work: 31us }]")]
    [InlineData("sp_slice: 1ms", "sp_slice: 2ms")]
    [InlineData("use: flms", "use: \"flms:paper\"")]
    [InlineData("at: 10ms", "at: 11ms")]
    [InlineData("set_weight: 512", "set_weight: 511")]
    public void Whatever_can_change_a_result_changes_the_hash(string from, string to)
    {
        var changed = Rich.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Rich, changed);
        Assert.NotEqual(HashOf(Rich), HashOf(changed));
    }

    [Fact]
    public void The_text_names_the_version_and_every_setting_of_the_policy()
    {
        var scenario = ScenarioReader.Read(Rich, "rich.yaml").Value!;
        var text = Canonical.Text(scenario, scenario.Schedulers[0]);
        Assert.StartsWith($"version=\"{SweepVersion.Text}\"\n", text);
        foreach (var property in scenario.Schedulers[0].Options.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Assert.Contains($"{property.Name}=", text);
    }

    [Fact]
    public void Every_scheduler_with_every_preset_has_a_form_of_its_own()
    {
        var scenario = ScenarioReader.Read(Rich, "rich.yaml").Value!;
        var texts = new List<string>();
        foreach (var entry in SchedulerCatalog.All)
        {
            texts.Add(Canonical.Text(scenario, SchedulerChoice.Of(entry)));
            foreach (var (name, options) in entry.Presets)
                if (!options.Equals(entry.Defaults))
                    texts.Add(Canonical.Text(scenario, new(name, entry, name, options)));
        }
        Assert.True(texts.Count >= SchedulerCatalog.All.Count);
        Assert.Equal(texts.Count, texts.Distinct().Count());
    }

    [Fact]
    public void The_version_names_the_sources_that_results_depend_on() =>
        Assert.Matches(@"^\d+\.\d+\.\d+-[0-9a-f]{12}$", SweepVersion.Text);

    [Fact]
    public void What_has_no_canonical_form_is_refused_and_not_left_out()
    {
        var scenario = ScenarioReader.Read(Rich, "rich.yaml").Value!;
        var odd = scenario with { Domains = [scenario.Domains[0] with { Parameters = [new Uri("http://localhost")] }] };
        Assert.Throws<NotSupportedException>(() => Canonical.Text(odd, scenario.Schedulers[0]));
    }

    private string HashOf(string scenario)
    {
        Write("scenario.yaml", scenario);
        return Assert.Single(Plan("scenario: scenario.yaml\n").Table.Points).Hash;
    }
}
