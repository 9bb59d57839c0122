using System.Globalization;
using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab.Tests;

/// <summary>Each scenario in scenarios/golden switches as the genuine scheduler did: when, from whom, to
/// whom.</summary>
public sealed class GoldenScenarioTests
{
    public static TheoryData<string> All => [.. Names];

    private static IEnumerable<string> Names =>
        RepositoryFiles.Scenarios.Where(p => p.StartsWith("scenarios/golden/"))
            .Select(Path.GetFileNameWithoutExtension)!;

    [Fact]
    public void Every_recorded_trace_has_its_scenario() => Assert.Equal(
        Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests", "golden"), "*_trace_*.txt")
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal), Names);

    [Theory]
    [MemberData(nameof(All))]
    public void It_switches_as_the_genuine_code_did(string name)
    {
        var scenario = ScenarioReader.ReadFile(
            Path.Combine(SourceTree.Root, "scenarios", "golden", $"{name}.yaml")).Value!;
        var switches = new Switches(scenario);
        (Experiment.Of(scenario) with { Watchers = _ => [switches] }).Run();
        var end = scenario.Duration.Ns / 1e6;
        var expected = Recorded(name).Where(s => double.Parse(s.Split(' ')[0], CultureInfo.InvariantCulture) < end)
            .ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, switches.Lines.Take(expected.Count));
        Assert.InRange(switches.Lines.Count - expected.Count, 0, 1); // one more may fall on the very end
    }

    // As in "     12.300 ms cpu0 d0 -> d1 slice=30.000".
    private static IEnumerable<string> Recorded(string name) =>
        from line in RepositoryFiles.Text($"tests/golden/{name}.txt").Split('\n')
        let word = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where word.Length >= 7 && word[4] == "->"
        select $"{word[0]} {word[3]} {word[5]}".Replace("idle0", "idle");

    private sealed class Switches(Scenario scenario) : IWatcher
    {
        public List<string> Lines { get; } = [];

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Switch) return;
            var ms = (e.At.Ns / 1e6).ToString("F3", CultureInfo.InvariantCulture);
            Lines.Add($"{ms} {Name(e.Other)} {Name(e.Vcpu)}");
        }

        private string Name(VcpuId v) => v.IsNone ? "idle" : scenario.Domains[v.Index].Name;
    }
}
