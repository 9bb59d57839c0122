using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Agent.Recording;
using Flms.Cli.Verbs.Advice;
using Flms.Core;
using Flms.Lab.Advice;
using Flms.Traces;

namespace Flms.Cli.Verbs;

/// <summary>Records what the kernel's scheduler does with this host's VMs.</summary>
internal sealed class RecordVerb : Verb
{
    private const int StepMs = 100;
    private const long LeastSize = 1 << 20, MostSize = 64L << 30, UsualSize = 256L << 20;
    private const long LeastBuffer = 64 << 10, MostBuffer = 256 << 20, UsualBuffer = 4 << 20, AllBuffers = 256L << 20;
    private static readonly Duration Usual = 10.Seconds, Longest = 3600.Seconds, Rescan = 1.Seconds;

    private readonly Argument<string> _file = new("file")
    {
        Description = "Where to: FILE.trace; beside it FILE.json says which thread is which VM's.",
        HelpName = "FILE.trace",
    };

    private readonly Option<string> _for = ScenarioOptions.Text("--for", "TIME",
        $"Record so long, at most 1h (default: {Usual}).");

    private readonly Option<string> _size = ScenarioOptions.Text("--max-size", "SIZE",
        $"End when the file has grown to that (default: {ByteSize.Show(UsualSize)}).");

    private readonly Option<string> _buffer = ScenarioOptions.Text("--buffer", "SIZE",
        "Memory for the events of each pCPU until they are written (default: 4MiB, less on more than 64 pCPUs).");

    private readonly Option<bool> _all = new("--all")
    {
        Description = "Record the threads of no VM too, each with its name (default: all of a pCPU as one, other).",
    };

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"file", "map", "ended", "length_s", "events", "lost", "bytes", "own_cpu_ratio", "vms":[{"vm", "vcpus", """
        + """ "threads", "vcpu_run_ns", "vcpu_wait_ns", "other_run_ns", "other_wait_ns"}], "advice"}""");

    private readonly Option<string> _schedulers = CommonOptions.Schedulers(AdviceOptionsOfLine.Usual);
    private readonly AdviceOptionsOfLine _advice = new();
    private readonly ScenarioOptions _what = new();

    public RecordVerb() : base("record", "Record what this host's scheduler does with its VMs, to be replayed")
    {
        Add(_file);
        Take("Options", _for, _size, _buffer, _all, _json);
        Take("Advice", [.. _advice.All, _schedulers, _what.AtOnce]);
    }

    public override string Lesson =>
        "Asks the kernel for the scheduler's events (perf_event_open) and keeps those of the VMs' threads: who ran "
            + "where, who woke when. Nothing on the host is changed, and nothing remains in the kernel however it "
            + "ends. Ctrl-C ends the recording and keeps it. Events that the kernel had no room for are counted and "
            + "told. Needs root. With --advise the recording is then replayed under other schedulers and settings, and "
            + "the best for the VMs is told.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms record host.trace", $"{Usual.Ns / 1_000_000_000} seconds of all VMs"),
        ("flms record busy.trace --for 1min --max-size 1GiB", "longer"),
        ("flms record host.trace --advise", "and then: which scheduler and settings would have served them best?"),
        ("flms replay host.trace --schedulers recorded,credit,flms", "what other schedulers would have done"),
    ];

    public override string ReadOn => "docs/record.md, docs/recordings.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var file = line.GetValue(_file)!;
        if (!file.EndsWith(".trace", StringComparison.Ordinal) || file.StartsWith("/dev/", StringComparison.Ordinal))
            throw Failure.Usage($"{file}: name a file that ends in .trace");
        var span = ScenarioOptions.Time(line, _for) ?? Usual;
        if (span < 100.Ms || span > Longest) throw Failure.Usage($"--for {span}: write a time from 100ms to 1h");
        var advice = !_advice.Asked(line, _schedulers, _what.AtOnce) ? null
            : _advice.Read(line, line.GetValue(_schedulers), [], _what.Threads(line), terminal);
        var files = new LinuxFiles();
        var cpus = HostCpus.Read(files, [], out var problem) ?? throw Failure.Host(problem);
        var online = new List<int>();
        for (var c = cpus.Online.First(); !c.IsNone; c = cpus.Online.After(c)) online.Add(c.Index);
        if (PerfSchedEvents.Open(files, online, Buffer(line, online.Count), out var events) is { } refusal)
            throw Failure.Host(refusal);
        using (events)
        using (var trace = OutputFile.Open(file))
        using (var map = OutputFile.Open(Path.ChangeExtension(file, ".json")))
        {
            var remark = $"recorded by flms {Build.Version}; clock: mono; "
                + (line.GetValue(_all) ? "all threads" : "threads of no VM are called other, one a pCPU");
            var size = line.GetValue(_size) is { } text
                ? ByteSize.Parse("--max-size", text, LeastSize, MostSize) : UsualSize;
            var recorder = new SchedRecorder(files, events!, cpus.Size, trace.Stream, size, remark)
            {
                Everything = line.GetValue(_all),
            };
            var outcome = new Outcome(recorder, file, map.Path, online.Count);
            trace.Write(_ => outcome.Ended = Record(recorder, events!, span, terminal, outcome));
            if (recorder.Written == 0)
                throw Failure.Host("no VM did anything in that time, so there is nothing to keep; record for longer");
            map.Write(to => JsonOutput.Write(to, json => RecordMap.Write(json, recorder, online.Count,
                Kernel.Read(files), HostFacts.BaseSlice(new LinuxSched()), $"flms {Build.Version}")));
            // A trace beside the map of another would be read wrongly: so there is none while the map changes.
            if (File.Exists(file)) trace.Write(_ => File.Delete(file));
            map.Keep();
            trace.Keep();
            if (advice != null && outcome.Ended != "stopped") return Advise(line, terminal, outcome, advice);
            if (line.GetValue(_json)) JsonOutput.Write(terminal, json => outcome.WriteJson(json, terminal, null));
            else outcome.Show(terminal);
            if (advice != null)
                terminal.Error.WriteLine($"flms: stopped, so no advice yet: flms replay {file} --advise");
        }
        return ExitCode.Fine;
    }

    private int Advise(ParseResult line, Terminal terminal, Outcome outcome, AdviceOptions options)
    {
        var isJson = line.GetValue(_json);
        if (!isJson) outcome.Show(terminal);
        if (Recording.TryRead(outcome.File, null, out var recording) is { } wrong)
            throw Failure.Input(wrong.ToString());
        if (ReplayPlan.TryMake(recording!, new(), out var plan) is { } problem)
            throw Failure.Input($"{outcome.File}: {problem}");
        var result = AdviceOptionsOfLine.Advise(plan!, options, terminal);
        if (isJson) JsonOutput.Write(terminal, json => outcome.WriteJson(json, terminal, result));
        else
        {
            terminal.Out.WriteLine();
            AdviceText.Write(terminal, result, plan!);
        }
        return AdviceOptionsOfLine.Outcome(result, plan!);
    }

    private int Buffer(ParseResult line, int pcpus)
    {
        if (line.GetValue(_buffer) is not { } text)
            return (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(AllBuffers / pcpus, LeastBuffer, UsualBuffer));
        // The kernel takes powers of two.
        return (int)BitOperations.RoundUpToPowerOf2((uint)ByteSize.Parse("--buffer", text, LeastBuffer, MostBuffer));
    }

    private static string Record(
        SchedRecorder recorder, PerfSchedEvents events, Duration span, Terminal terminal, Outcome outcome)
    {
        Search(recorder);
        if (recorder.Threads.Count == 0) throw Failure.Host(recorder.Unrecognised == 0
            ? "no VM runs on this host"
            : "the threads of the VMs here cannot be told apart; start QEMU with -name NAME,debug-threads=on");
        using var progress = new ProgressLine(terminal, "recording");
        var cpu = Environment.CpuUsage.TotalTime;
        recorder.Start();
        var end = recorder.Begin + span.Ns;
        var scanned = recorder.Begin;
        while (events.Now < end && !recorder.Full && !terminal.Stop.IsCancellationRequested)
        {
            var left = (end - events.Now) / 1_000_000;
            events.Wait((int)Math.Clamp(left, 1, StepMs));
            recorder.Step();
            progress.Report((events.Now - recorder.Begin) / (double)span.Ns);
            if (events.Now - scanned < Rescan.Ns) continue;
            Search(recorder);
            scanned = events.Now;
        }
        recorder.Finish();
        outcome.OwnCpu = (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / (events.Now - recorder.Begin);
        return recorder.Full ? "size" : terminal.Stop.IsCancellationRequested ? "stopped" : "time";
    }

    private static void Search(SchedRecorder recorder)
    {
        if (recorder.Search() is var error and < 0)
            throw Failure.Host($"/proc cannot be read: {Errno.NameOf(error)}");
    }

    // What came of it, for people and for programs.
    private sealed class Outcome(SchedRecorder recorder, string file, string map, int pcpus)
    {
        public string Ended { get; set; } = "";

        public double OwnCpu { get; set; }

        public string File => file;

        private double Seconds => (recorder.End - recorder.Begin) / 1e9;

        private IEnumerable<VmSum> Vms => recorder.Threads.GroupBy(t => t.Vm).Select(vm => new VmSum(vm));

        public void Show(Terminal terminal)
        {
            var vms = Vms.ToList();
            List<string[]> rows = [["VM", "vCPUs", "threads", "vCPUs run %", "wait %", "others run %", "wait %"]];
            foreach (var vm in vms)
                rows.Add([vm.Name, Whole(vm.Vcpus), Whole(vm.Threads), Percent(vm.VcpuRun), Percent(vm.VcpuWait),
                    Percent(vm.OtherRun), Percent(vm.OtherWait)]);
            Columns.Write(terminal, rows, left: 1);
            terminal.Out.WriteLine();
            terminal.Paragraph($"{file}: {Seconds.ToString("0.0", CultureInfo.InvariantCulture)} s of "
                + $"{Words.Count(vms.Count, "VM")} on {Words.Count(pcpus, "pCPU")}, {Whole(recorder.Written)} events, "
                + $"{ByteSize.Show(recorder.Bytes)}{Why}. flms itself took "
                + $"{(OwnCpu * 100).ToString("0.0", CultureInfo.InvariantCulture)} % of one pCPU meanwhile.");
            foreach (var warning in Warnings) terminal.Paragraph($"warning: {warning}");
            terminal.Paragraph($"Replay it: flms replay {file}, with --advise to hear what would serve these VMs best");
        }

        public void WriteJson(Utf8JsonWriter json, Terminal terminal, AdviceResult? advice)
        {
            foreach (var warning in Warnings) terminal.Error.WriteLine($"warning: {warning}");
            json.WriteStartObject();
            json.WriteString("file", file);
            json.WriteString("map", map);
            json.WriteString("ended", Ended);
            json.WriteNumber("length_s", Seconds);
            json.WriteNumber("events", recorder.Written);
            json.WriteNumber("lost", recorder.Lost);
            json.WriteNumber("bytes", recorder.Bytes);
            json.WriteNumber("own_cpu_ratio", Math.Round(OwnCpu, 6));
            json.WriteStartArray("vms");
            foreach (var vm in Vms)
            {
                json.WriteStartObject();
                json.WriteString("vm", vm.Name);
                json.WriteNumber("vcpus", vm.Vcpus);
                json.WriteNumber("threads", vm.Threads);
                json.WriteNumber("vcpu_run_ns", vm.VcpuRun);
                json.WriteNumber("vcpu_wait_ns", vm.VcpuWait);
                json.WriteNumber("other_run_ns", vm.OtherRun);
                json.WriteNumber("other_wait_ns", vm.OtherWait);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (advice != null)
            {
                json.WritePropertyName("advice");
                AdviceJson.Write(json, advice);
            }
            json.WriteEndObject();
        }

        private string Why => Ended switch
        {
            "size" => "; it ended as it had reached --max-size",
            "stopped" => "; it was stopped",
            _ => "",
        };

        private IEnumerable<string> Warnings
        {
            get
            {
                if (recorder.Lost > 0)
                    yield return $"{Whole(recorder.Lost)} events were lost, as the buffers were full: what ran "
                        + "meanwhile is counted for nobody; take larger ones with --buffer";
                if (recorder.Left > 0)
                    yield return $"{Words.Count(recorder.Left, "thread")} left out, as the kernel gave "
                        + "a number that another thread had had";
                if (recorder.Unrecognised > 0)
                    yield return $"{Words.Count(recorder.Unrecognised, "VM")} left out, as the threads cannot be told "
                        + "apart; start QEMU with -name NAME,debug-threads=on";
            }
        }

        private string Percent(long ns) => (ns / 1e7 / Seconds).ToString("0.0", CultureInfo.InvariantCulture);

        private static string Whole(long n) => n.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class VmSum
    {
        public VmSum(IGrouping<string, FollowedThread> vm)
        {
            Name = vm.Key;
            foreach (var thread in vm)
            {
                var (run, wait, _) = thread.Kernel ?? default;
                var isVcpu = thread.Thread.Role == Agent.Discovery.ThreadRole.Vcpu;
                Threads++;
                if (isVcpu) (Vcpus, VcpuRun, VcpuWait) = (Vcpus + 1, VcpuRun + run, VcpuWait + wait);
                else (OtherRun, OtherWait) = (OtherRun + run, OtherWait + wait);
            }
        }

        public string Name { get; }
        public int Vcpus { get; }
        public int Threads { get; }
        public long VcpuRun { get; }
        public long VcpuWait { get; }
        public long OtherRun { get; }
        public long OtherWait { get; }
    }
}
