using System.CommandLine;
using Flms.Core;
using Flms.Lab;
using Flms.Report;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Cli;

/// <summary>The result files of a run, made ready before it begins, so that a wrong path does not cost its
/// time.</summary>
/// <remarks>What is recorded (events, the excerpt of the report) is the first replication's.</remarks>
internal sealed class Outputs : IDisposable
{
    private readonly List<OutputFile> _files = [];
    private OutputFile? _report;
    private OutputFile?[] _events = [];
    private EventLogWriter?[] _logs = [];
    private OutputFile?[] _timelines = [];
    private PerfettoWriter?[] _tracks = [];

    private Outputs() { }

    /// <summary>What ran where, for the report: one for each scheduler; null where no report is wanted.</summary>
    public Excerpt?[] Excerpts { get; private set; } = [];

    /// <summary>Opens what the command line asks for.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="options">The options by which it asks.</param>
    /// <param name="input">The file that is read: it may not be written.</param>
    /// <param name="experiment">What will be run.</param>
    /// <exception cref="Failure">A file cannot be written, or two are the same.</exception>
    public static Outputs Open(ParseResult line, OutputOptions options, string input, Experiment experiment)
    {
        var outputs = new Outputs();
        try
        {
            var names = experiment.Schedulers.Select(s => s.Label).ToList();
            outputs._logs = new EventLogWriter?[names.Count];
            outputs._tracks = new PerfettoWriter?[names.Count];
            outputs.Excerpts = new Excerpt?[names.Count];
            var taken = new Dictionary<string, string>(StringComparer.Ordinal) { [Path.GetFullPath(input)] = input };
            if (line.GetValue(options.Report) is { } report)
            {
                if (!ReportPage.Available)
                    throw Failure.Output("the report's page was not built into this flms: start it by ./flms, which "
                        + "builds it (Node.js is needed)");
                outputs._report = outputs.OpenOne(report, taken);
            }
            outputs._events = outputs.OpenEach(line.GetValue(options.Events), names, taken);
            outputs._timelines = outputs.OpenEach(line.GetValue(options.Timeline), names, taken);
            return outputs;
        }
        catch
        {
            outputs.Dispose();
            throw;
        }
    }

    /// <summary>Is a report wanted?</summary>
    public bool WantsReport => _report != null;

    /// <summary>Those who watch a run for these files.</summary>
    public IReadOnlyList<IWatcher> Watchers(RunStart run, Experiment experiment)
    {
        var watchers = new List<IWatcher>();
        if (run.Replication != 0) return watchers;
        var s = run.SchedulerIndex;
        if (_events.Length > 0) watchers.Add(_logs[s] = new(_events[s]!.Stream, run.Machine.Setup));
        if (_timelines.Length > 0) watchers.Add(_tracks[s] = new(_timelines[s]!.Stream, run.Machine.Setup));
        if (WantsReport) watchers.Add(Excerpts[s] = new(run.Machine, experiment));
        return watchers;
    }

    /// <summary>Completes the files and lets them take their places.</summary>
    /// <param name="report">What the report shows.</param>
    /// <param name="end">When the runs ended.</param>
    /// <returns>The files that were written, as the user named them.</returns>
    public IReadOnlyList<string> Keep(ReportData report, Instant end)
    {
        for (var s = 0; s < _events.Length; s++) _events[s]!.Write(_ => _logs[s]!.Flush());
        for (var s = 0; s < _timelines.Length; s++) _timelines[s]!.Write(_ => _tracks[s]!.Finish(end));
        _report?.Write(stream => ReportPage.Write(report, stream));
        foreach (var file in _files) file.Keep();
        return [.. _files.Select(f => f.Path)];
    }

    /// <summary>Forgets the files that were not kept.</summary>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    /// <summary>With one scheduler, the path itself; with several, the scheduler's name before the ending.</summary>
    public static string PathFor(string path, string scheduler, int schedulers)
    {
        if (schedulers == 1) return path;
        var name = string.Concat(
            scheduler.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        var ending = Path.GetExtension(path);
        return $"{path[..^ending.Length]}.{name}{ending}";
    }

    private OutputFile?[] OpenEach(string? path, IReadOnlyList<string> names, Dictionary<string, string> taken) =>
        path == null ? [] : [.. names.Select(n => OpenOne(PathFor(path, n, names.Count), taken))];

    private OutputFile OpenOne(string path, Dictionary<string, string> taken)
    {
        if (path.Length > 0 && !path.StartsWith("/dev/", StringComparison.Ordinal)
            && !taken.TryAdd(Path.GetFullPath(path), path))
            throw Failure.Usage($"{path} would be written over another file of this command; name another");
        var file = OutputFile.Open(path);
        _files.Add(file);
        return file;
    }
}
