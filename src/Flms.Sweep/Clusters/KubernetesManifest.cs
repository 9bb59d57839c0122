using System.Text;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Clusters;

/// <summary>Writes what Kubernetes needs to run a sweep: the files, a volume, an Indexed Job whose pods each run a
/// part, and a Job that gathers the results.</summary>
public sealed record KubernetesManifest
{
    private const string Results = "/results";
    private const string Files = "/sweep";
    private const int MostNameLength = 40;
    private const int MostConfigBytes = 1_000_000;

    /// <summary>The sweep.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>The sweep file.</summary>
    public required string Spec { get; init; }

    /// <summary>The image that has flms: <see cref="Containerfile"/>.</summary>
    public required string Image { get; init; }

    /// <summary>Into how many pods the points are cut, 1 or more.</summary>
    public required int Tasks { get; init; }

    /// <summary>How many run at once. Default: as many as there are.</summary>
    public int Parallel { get; init; }

    /// <summary>A volume claim that is there already. Default: one is made.</summary>
    public string? Claim { get; init; }

    /// <summary>What all objects are called: the sweep's name and the beginning of its plan's.</summary>
    public string Name
    {
        get
        {
            var plain = new string([.. Plan.Table.Name.ToLowerInvariant().Select(
                c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
            if (plain.Length > MostNameLength) plain = plain[..MostNameLength].Trim('-');
            return $"flms-{(plain == "" ? "sweep" : plain)}-{Plan.Table.MakeId()[..8]}";
        }
    }

    /// <summary>What a pod runs, for a shell; its part comes from JOB_COMPLETION_INDEX.</summary>
    /// <param name="flms">How flms is called.</param>
    /// <param name="files">Where the sweep's files are.</param>
    /// <param name="results">Where results go.</param>
    public string TaskCommand(string flms = "dotnet /flms/flms.dll", string files = Files, string results = Results) =>
        $"exec {flms} sweep run {files}/{CommandLine.Quote(SpecInside())} --into {results}/{Name} "
        + $"--plan {Plan.Table.MakeId()} --threads 1 --shard \"$JOB_COMPLETION_INDEX/{Tasks}\"";

    /// <summary>What the last pod runs: it tries until no point is missing, and writes one file and a table.</summary>
    /// <param name="flms">How flms is called.</param>
    /// <param name="results">Where results are.</param>
    public string MergeCommand(string flms = "dotnet /flms/flms.dll", string results = Results) =>
        $"while :; do {flms} sweep merge {results}/{Name} --out {results}/{Name}.db --csv {results}/{Name}.csv; "
        + "code=$?; [ $code = 3 ] || exit $code; sleep 30; done";

    /// <summary>The YAML.</summary>
    /// <exception cref="StoreFault">The sweep needs more files than fit in.</exception>
    public string Write()
    {
        var files = ReadFiles();
        var yaml = new StringBuilder();
        yaml.Append($"""
            # Written by flms sweep kubernetes: {Plan.Table.Points.Count} points in {Tasks} parts.
            # Start it with kubectl apply -f FILE. The results are then in the volume, as {Name}.db and
            # {Name}.csv. Started again, it runs what is missing.
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: {Name}
            data:

            """);
        for (var i = 0; i < files.Count; i++)
        {
            // The indentation is said, so that a text may begin with spaces; "+" keeps what it ends with.
            yaml.Append($"  file{i}: |2+\n");
            foreach (var line in files[i].Text.TrimEnd('\n').Split('\n')) yaml.Append($"    {line}\n");
        }
        if (Claim == null)
            yaml.Append($"""
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: {Name}
                spec:
                  # Pods on many nodes write it: ask for a class of storage that allows it, if the default does not.
                  accessModes: [ReadWriteMany]
                  resources:
                    requests:
                      storage: 1Gi

                """);
        yaml.Append(Job(Name, TaskCommand(), $"""
              completionMode: Indexed
              completions: {Tasks}
              parallelism: {(Parallel > 0 ? Math.Min(Parallel, Tasks) : Tasks)}
              backoffLimit: {3 * Tasks}

            """, files));
        // A day: should parts be given up, the merge job must not wait for ever.
        yaml.Append(Job($"{Name}-merge", MergeCommand(), """
              backoffLimit: 3
              activeDeadlineSeconds: 86400

            """, files));
        return yaml.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private string Job(string name, string command, string how, List<(string Path, string Text)> files)
    {
        var items = string.Concat(files.Select(
            (f, i) => $"\n              - {{ key: file{i}, path: {Text(f.Path)} }}"));
        return $"""
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {name}
            spec:
            {how.TrimEnd('\n')}
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: flms
                      image: {Text(Image)}
                      command: [sh, -c, {Text(command)}]
                      resources:
                        requests: {"{"} cpu: "1", memory: 512Mi {"}"}
                      volumeMounts:
                        - {"{"} name: sweep, mountPath: {Files}, readOnly: true {"}"}
                        - {"{"} name: results, mountPath: {Results} {"}"}
                  volumes:
                    - name: sweep
                      configMap:
                        name: {Name}
                        items:{items}
                    - name: results
                      persistentVolumeClaim:
                        claimName: {Text(Claim ?? Name)}

            """;
    }

    // A quoted text of YAML.
    private static string Text(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private string SpecInside() => Path.GetRelativePath(Root(), Path.GetFullPath(Spec));

    // The folder that holds both the sweep file and its scenario.
    private string Root()
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(Spec))!;
        var scenario = Path.GetFullPath(Plan.Setups[0].Scenario.File);
        while (!scenario.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
            root = Path.GetDirectoryName(root)!;
        return root;
    }

    private List<(string Path, string Text)> ReadFiles()
    {
        var root = Root();
        List<(string Path, string Text)> files =
        [
            .. ((string[])[Path.GetFullPath(Spec), Path.GetFullPath(Plan.Setups[0].Scenario.File)])
                .Select(f => (Path.GetRelativePath(root, f), File.ReadAllText(f))),
        ];
        if (files.Sum(f => Encoding.UTF8.GetByteCount(f.Text)) > MostConfigBytes)
            throw new StoreFault($"{Spec}: it and its scenario are larger than a ConfigMap may be (1 MB); put them "
                + "into the image, and write the Job by hand", false);
        var copy = Directory.CreateTempSubdirectory("flms-");
        try
        {
            foreach (var (path, text) in files)
            {
                var to = Path.Combine(copy.FullName, path);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.WriteAllText(to, text.TrimEnd('\n') + "\n");
            }
            var again = SweepReader.ReadFile(Path.Combine(copy.FullName, SpecInside())).Value;
            if (again?.Table.MakeId() == Plan.Table.MakeId()) return files;
            throw new StoreFault($"{Spec}: its scenario needs more files than itself; put them into the image, and "
                + "write the Job by hand", false);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }
}
