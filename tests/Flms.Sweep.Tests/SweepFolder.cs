using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests;

/// <summary>A folder of its own for each test, with a scenario in it.</summary>
public abstract class SweepFolder : TestFolder
{
    /// <summary>One that is pinged and two that take all they can, on one pCPU.</summary>
    protected const string Scenario = """
        machine: { cores: 1, costs: none }
        domains:
          - { name: web, class: latency, workloads: [{ ping: { interval_min: 20ms, interval_max: 30ms } }] }
          - { name: batch, count: 2, class: compute, workloads: [hog] }
        schedulers: [round-robin, credit]
        duration: 200ms
        seed: 7
        """;

    protected SweepFolder() => Write("scenario.yaml", Scenario);

    /// <summary>The plan of a sweep file with that text, which must be right.</summary>
    protected SweepPlan Plan(string text)
    {
        var reading = SweepReader.ReadFile(Write("sweep.yaml", text));
        Assert.Empty(reading.Problems);
        return reading.Value!;
    }

    /// <summary>The first problem of a sweep file with that text, without the folder.</summary>
    protected string Problem(string text)
    {
        var reading = SweepReader.ReadFile(Write("sweep.yaml", text));
        Assert.Null(reading.Value);
        return reading.Problems[0].ToString().Replace(PathOf() + "/", "", StringComparison.Ordinal);
    }

    /// <summary>Runs a plan into a file.</summary>
    protected SweepOutcome Run(SweepPlan plan, string file, int threads = 1, Shard? shard = null)
    {
        using var store = SweepStore.OpenToWrite(PathOf(file), plan.Table);
        return new SweepRun(plan, store) { Threads = threads, Shard = shard ?? Shard.Whole }.Run();
    }

    /// <summary>The CSV of files.</summary>
    protected string Csv(params string[] files)
    {
        using var all = SweepFiles.Open([.. files.Select(PathOf)]);
        using var text = new StringWriter();
        SweepCsv.Write(all, text);
        return text.ToString();
    }
}
