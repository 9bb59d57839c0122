namespace Flms.Cli.Tests;

/// <summary>A folder of its own for each test, with a scenario in it; deleted at the end.</summary>
public abstract class ScenarioFile : IDisposable
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

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flms-");

    protected ScenarioFile() => Scenario = Write("small.yaml", Small);

    /// <summary>The path of the small scenario.</summary>
    protected string Scenario { get; }

    /// <summary>The folder that holds Flms.slnx.</summary>
    internal static string Root
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Flms.slnx"))) folder = Path.GetDirectoryName(folder)!;
            return folder;
        }
    }

    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    protected string[] FilesLeft => [.. _folder.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal)];

    protected string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
