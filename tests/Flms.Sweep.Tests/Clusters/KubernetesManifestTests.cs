using System.Diagnostics;
using Flms.Sweep.Clusters;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;
using YamlDotNet.RepresentationModel;

namespace Flms.Sweep.Tests.Clusters;

public sealed class KubernetesManifestTests : SweepFolder
{
    private const string Spec = "name: My sweep!\nscenario: ../scenario.yaml\nreplications: 4\n";

    [Fact]
    public void It_is_yaml_with_the_objects_that_the_sweep_needs()
    {
        var manifest = Manifest();
        var documents = Documents(manifest.Write());
        Assert.Equal(["ConfigMap", "PersistentVolumeClaim", "Job", "Job"], documents.Select(d => Text(d, "kind")));
        Assert.Matches("^flms-my-sweep-[0-9a-f]{8}$", manifest.Name);
        Assert.All(documents, d => Assert.StartsWith(manifest.Name, Text(d, "metadata", "name")));
        var job = documents[2];
        Assert.Equal(("Indexed", "3", "2", "batch/v1"), (Text(job, "spec", "completionMode"),
            Text(job, "spec", "completions"), Text(job, "spec", "parallelism"), Text(job, "apiVersion")));
        foreach (var each in documents[2..])
        {
            var pod = At(each, "spec", "template", "spec");
            var container = (YamlMappingNode)((YamlSequenceNode)At(pod, "containers"))[0];
            Assert.Equal(("Never", "registry/flms:1"), (Text(pod, "restartPolicy"), Text(container, "image")));
            var volumes = ((YamlSequenceNode)At(pod, "volumes")).Select(v => Text(v, "name"));
            Assert.Equal(volumes, ((YamlSequenceNode)At(container, "volumeMounts")).Select(v => Text(v, "name")));
        }
        Assert.Equal(["ConfigMap", "Job", "Job"],
            Documents((manifest with { Claim = "mine" }).Write()).Select(d => Text(d, "kind")));
    }

    [Fact]
    public void Its_files_laid_out_as_it_says_are_the_same_sweep()
    {
        var manifest = Manifest();
        var documents = Documents(manifest.Write());
        LayOut(documents, "pod");
        var again = SweepReader.ReadFile(PathOf("pod/sweeps/sweep.yaml")).Value!;
        Assert.Equal(manifest.Plan.Table.MakeId(), again.Table.MakeId());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Its_commands_run_in_a_shell_give_the_bytes_of_a_run_here()
    {
        var manifest = Manifest();
        LayOut(Documents(manifest.Write()), "pod");
        var flms = $"dotnet {Flms()}";
        Directory.CreateDirectory(PathOf("results"));
        // The merging pod may start first: it finds that points are missing, and waits.
        Assert.Equal(3, Shell(manifest.MergeCommand(flms, PathOf("results")).Replace("|| exit $code", "&& exit 3",
            StringComparison.Ordinal), ""));
        foreach (var index in (string[])["2", "0", "0", "1"])
            Assert.Equal(0, Shell(manifest.TaskCommand(flms, PathOf("pod"), PathOf("results")), index));
        Assert.Equal(0, Shell(manifest.MergeCommand(flms, PathOf("results")), ""));
        Run(manifest.Plan, "here.db");
        Assert.Equal(Csv("here.db"), File.ReadAllText(PathOf($"results/{manifest.Name}.csv")));
        Assert.Equal(Csv("here.db"), Csv($"results/{manifest.Name}.db"));
    }

    private KubernetesManifest Manifest()
    {
        Directory.CreateDirectory(PathOf("sweeps"));
        var file = Write("sweeps/sweep.yaml", Spec);
        return new()
        {
            Plan = SweepReader.ReadFile(file).Value!,
            Spec = file,
            Image = "registry/flms:1",
            Tasks = 3,
            Parallel = 2,
        };
    }

    // As a ConfigMap's items are mounted.
    private void LayOut(List<YamlNode> documents, string folder)
    {
        var pod = At(documents[2], "spec", "template", "spec");
        var volume = ((YamlSequenceNode)At(pod, "volumes"))[0];
        foreach (var item in (YamlSequenceNode)At(volume, "configMap", "items"))
        {
            var path = PathOf($"{folder}/{Text(item, "path")}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Text(documents[0], "data", Text(item, "key")));
        }
    }

    private static List<YamlNode> Documents(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(d => d.RootNode)];
    }

    private static YamlNode At(YamlNode node, params string[] path) =>
        path.Aggregate(node, (at, key) => ((YamlMappingNode)at).Children[new YamlScalarNode(key)]);

    private static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)At(node, path)).Value!;

    private static int Shell(string command, string index)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true };
        start.Environment["JOB_COMPLETION_INDEX"] = index;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode is 0 or 3, error);
        return process.ExitCode;
    }

    // This project does not depend on the command, but every build of the tests makes it.
    private static string Flms() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory,
        "../../../../../src/Flms.Cli/bin/Release/net10.0/flms.dll"));
}
