namespace Flms.Cli.Tests;

/// <summary>A folder of its own for each test, with a scenario in it.</summary>
public abstract class ScenarioFile : TestFolder
{
    /// <summary>Two hogs and one that is pinged, on one pCPU.</summary>
    protected const string Small = """
        machine: { cores: 1, costs: none }
        domains:
          - { name: web, class: latency, workloads: [{ ping: { interval_min: 20ms, interval_max: 20ms } }] }
          - { name: batch, count: 2, class: compute, workloads: [hog] }
        schedulers: [round-robin, credit]
        duration: 500ms
        seed: 7
        """;

    protected ScenarioFile() => Scenario = Write("small.yaml", Small);

    /// <summary>The path of the small scenario.</summary>
    protected string Scenario { get; }
}
