using System.CommandLine;
using Flms.Sweep.Clusters;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Prints what Kubernetes needs to run a sweep.</summary>
internal sealed class SweepKubernetesVerb : Verb
{
    private const int PointsPerTask = 100;
    private const int MostTasks = 1000;

    private readonly Argument<string> _spec = SweepVerb.Spec();
    private readonly Option<string> _image = ScenarioOptions.Text("--image", "IMAGE",
        "The image that has flms, as in registry.example/flms:1 (flms sweep container builds one).");

    private readonly Option<string> _tasks = ScenarioOptions.Text("--tasks", "N",
        "Cut it into so many pods (default: 100 points each, at most 1000 pods).");

    private readonly Option<string> _parallel = ScenarioOptions.Text("--parallel", "N",
        "Run so many pods at once (default: all that find room).");

    private readonly Option<string> _claim = ScenarioOptions.Text("--claim", "NAME",
        "The volume claim for results, which all nodes can write (default: one is made).");

    public SweepKubernetesVerb() : base("kubernetes", "Print a Kubernetes manifest that runs a sweep as an Indexed Job")
    {
        Add(_spec);
        Take("Options", _image, _tasks, _parallel, _claim);
    }

    public override string Lesson =>
        "The manifest holds the sweep file and its scenario, an Indexed Job whose pods each run one part into a shared "
        + "volume, and a Job that waits until no point is missing and writes FILE.db and FILE.csv there. Pods may be "
        + "killed and started again. It needs one CPU a pod and storage that many nodes can write.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep kubernetes scenarios/sweeps/large.yaml --image flms:1 > large.k8s.yaml",
            "then kubectl apply -f large.k8s.yaml"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var image = SweepVerb.Needed(line, _image);
        var spec = line.GetValue(_spec)!;
        var plan = SweepVerb.Plan(spec, terminal);
        var points = plan.Table.Points.Count;
        terminal.Out.Write(SweepVerb.With(new KubernetesManifest
        {
            Plan = plan,
            Spec = spec,
            Image = image,
            Tasks = Math.Min(points, Number(line, _tasks)
                ?? Math.Min(MostTasks, (points + PointsPerTask - 1) / PointsPerTask)),
            Parallel = Number(line, _parallel) ?? 0,
            Claim = line.GetValue(_claim),
        }.Write));
        return ExitCode.Fine;
    }

    private static int? Number(ParseResult line, Option<string> option) =>
        line.GetValue(option) is { } text ? ScenarioOptions.Number(option.Name, text, 1, 100_000) : null;
}
