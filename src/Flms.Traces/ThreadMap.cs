using System.Text.Json;

namespace Flms.Traces;

/// <summary>What the kernel itself counted for a thread over a recording
/// (<c>/proc/PID/task/TID/schedstat</c>).</summary>
/// <param name="RunNs">Time on a pCPU in ns.</param>
/// <param name="WaitNs">Time runnable but not running in ns.</param>
/// <param name="Timeslices">How often it was given a pCPU.</param>
public sealed record KernelTotals(long RunNs, long WaitNs, long Timeslices);

/// <summary>Which thread of the recorded machine is what of which virtual machine.</summary>
/// <param name="Vm">The virtual machine's name.</param>
/// <param name="Role"><c>vcpuN</c> for virtual processor N; any other word (<c>main</c>, <c>io1</c>) for the threads
/// that serve the virtual machine.</param>
/// <param name="Tid">The thread's number.</param>
/// <param name="Kernel">What the kernel counted, if the map tells it.</param>
public sealed record MappedThread(string Vm, string Role, int Tid, KernelTotals? Kernel)
{
    /// <summary>Which virtual processor it is; -1 if it is none.</summary>
    public int Vcpu => Role.StartsWith("vcpu", StringComparison.Ordinal)
        && int.TryParse(Role.AsSpan(4), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out var n) ? n : -1;
}

/// <summary>Tells a recording's threads apart: read from a JSON file, or guessed from the threads' names.</summary>
internal static class ThreadMap
{
    /// <summary>Reads <c>{"threads": [{"vm": "vm0", "role": "vcpu0", "tid": 25828}, ...], "machine": {...}}</c>; other
    /// keys are ignored.</summary>
    public static RecordingError? Read(string path, out List<MappedThread> threads, out RecordedHost host)
    {
        (threads, host) = ([], new());
        byte[] text;
        try
        {
            text = System.IO.File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(path, 1, 1, $"cannot be read: {RecordingReader.FirstLine(e.Message)}",
                "name a file that exists and may be read");
        }
        return Parse(path, text, threads, out host);
    }

    /// <summary>Reads the same from memory.</summary>
    public static RecordingError? Parse(string path, ReadOnlySpan<byte> text, List<MappedThread> threads,
        out RecordedHost host)
    {
        host = new();
        if (text.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf])) text = text[3..];
        var lenient = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(text, lenient);
        try
        {
            return new MapReader(path, text, threads).Read(ref reader, ref host);
        }
        catch (JsonException e)
        {
            var what = RecordingReader.FirstLine(e.Message);
            var details = what.IndexOf(" LineNumber:", StringComparison.Ordinal);
            if (details > 0) what = what[..details].TrimEnd('.');
            return new(path, (e.LineNumber ?? 0) + 1, (int)Math.Min(int.MaxValue - 1, e.BytePositionInLine ?? 0) + 1,
                $"not JSON: {what}", "mend it at this place");
        }
        catch (InvalidOperationException)
        {
            // Text that is not UTF-8 inside a string.
            return At(path, text, reader.TokenStartIndex, "a string that is not UTF-8", "write the file as UTF-8");
        }
    }

    /// <summary>Recognises virtual processors by the names that QEMU gives them: <c>CPU 0/KVM</c>, <c>CPU
    /// 0/TCG</c>.</summary>
    /// <remarks>
    /// Where the recording tells each thread's process, a process is a virtual machine and its first thread is
    /// <c>main</c>. Otherwise every <c>CPU 0</c> begins a virtual machine, in the order of thread numbers, and <c>CPU
    /// n</c> belongs to the last one begun that has no <c>CPU n</c> yet: QEMU starts the processors of a machine one
    /// after another.
    /// </remarks>
    public static List<MappedThread> Guess(SchedTrace trace)
    {
        var vcpus = new List<(int Number, SchedTrace.Thread Thread)>();
        foreach (var t in trace.Threads)
            if (NumberOf(t.Name) is >= 0 and var n) vcpus.Add((n, t));
        vcpus.Sort((a, b) => a.Thread.Tid.CompareTo(b.Thread.Tid));
        var map = new List<MappedThread>();
        if (vcpus.Count == 0) return map;
        var byProcess = vcpus.TrueForAll(v => v.Thread.Tgid >= 0);
        var vms = new List<(int Tgid, HashSet<int> Numbers)>();
        foreach (var (number, thread) in vcpus)
        {
            var vm = byProcess
                ? vms.FindIndex(v => v.Tgid == thread.Tgid)
                : number == 0 ? -1 : vms.FindLastIndex(v => !v.Numbers.Contains(number));
            if (vm < 0)
            {
                vm = vms.Count;
                vms.Add((thread.Tgid, []));
                if (byProcess && trace.IndexOf(thread.Tgid) >= 0) map.Add(new($"vm{vm}", "main", thread.Tgid, null));
            }
            if (vms[vm].Numbers.Add(number)) map.Add(new($"vm{vm}", $"vcpu{number}", thread.Tid, null));
        }
        trace.Warnings.Add($"{trace.File}: no map of threads: {vcpus.Count} threads named `CPU n/KVM` or `CPU n/TCG` "
            + $"were taken as the processors of {vms.Count} virtual machines, " + (byProcess ? "one for each process"
                : "one for each `CPU 0` in order of thread numbers; their other threads are not known")
            + "; to name them yourself, write a map (docs/recordings.md)");
        return map;
    }

    private static int NumberOf(string name)
    {
        if (!name.StartsWith("CPU ", StringComparison.Ordinal)) return -1;
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || name.AsSpan(slash + 1) is not ("KVM" or "TCG")) return -1;
        return int.TryParse(name.AsSpan(4, slash - 4), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out var n) && n < 4096 ? n : -1;
    }

    private static RecordingError At(string path, ReadOnlySpan<byte> text, long index, string what, string remedy)
    {
        var before = text[..(int)Math.Min(index, text.Length)];
        var line = before.Count((byte)'\n') + 1;
        return new(path, line, before.Length - (before.LastIndexOf((byte)'\n') + 1) + 1, what, remedy);
    }

    private readonly ref struct MapReader(string path, ReadOnlySpan<byte> text, List<MappedThread> threads)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly HashSet<int> _tids = [];
        private readonly HashSet<(string, int)> _vcpus = [];

        public RecordingError? Read(ref Utf8JsonReader json, ref RecordedHost host)
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                return Here(json, "not a JSON object", "begin with {\"threads\": [...]}");
            var found = false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isThreads = json.ValueTextEquals("threads"u8);
                var isMachine = json.ValueTextEquals("machine"u8);
                json.Read();
                if (!isThreads)
                {
                    if (isMachine) host = RecordedHost.Of(JsonElement.ParseValue(ref json));
                    else json.Skip();
                    continue;
                }
                found = true;
                if (json.TokenType != JsonTokenType.StartArray)
                    return Here(json, "`threads` is not a list", "write [...]");
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                    if (Thread(ref json) is { } error) return error;
            }
            while (json.Read()) { }
            return found ? null : Here(json, "no `threads` in it", "add a list of {\"vm\", \"role\", \"tid\"}");
        }

        private RecordingError? Thread(ref Utf8JsonReader json)
        {
            if (json.TokenType != JsonTokenType.StartObject)
                return Here(json, "a thread is not a JSON object",
                    "write {\"vm\": \"vm0\", \"role\": \"vcpu0\", \"tid\": 123}");
            var begin = json.TokenStartIndex;
            string? vm = null, role = null;
            long tid = -1, run = -1, wait = -1, slices = -1;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var key = json.GetString();
                json.Read();
                if (key is "vm" or "role")
                {
                    if (json.TokenType != JsonTokenType.String)
                        return Here(json, $"`{key}` is not a string", "write it in quotes");
                    if (key == "vm") vm = json.GetString();
                    else role = json.GetString();
                }
                else if (key is "tid" or "run_ns" or "wait_ns" or "timeslices")
                {
                    if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var n) || n < 0
                        || (key == "tid" && n is 0 or > int.MaxValue))
                        return Here(json, $"`{key}` is not a whole number in range",
                            "write the number as the kernel gives it");
                    if (key == "tid") tid = n;
                    else if (key == "run_ns") run = n;
                    else if (key == "wait_ns") wait = n;
                    else slices = n;
                }
                else
                {
                    json.Skip();
                }
            }
            if (string.IsNullOrEmpty(vm) || string.IsNullOrEmpty(role) || tid < 0)
                return At(path, _text, begin, "a thread without vm, role or tid", "give it all three");
            if (!IsName(vm) || !IsName(role) || vm == "idle")
                return At(path, _text, begin,
                    "a vm or role with `/`, `\"` or a control character in it, or named `idle`", "choose another name");
            var kernel = run < 0 || wait < 0 || slices < 0 ? null : new KernelTotals(run, wait, slices);
            var thread = new MappedThread(vm, role, (int)tid, kernel);
            var isVcpu = thread.Vcpu >= 0;
            // Only a virtual processor has its role to itself: several threads may be `other`.
            if (!_tids.Add((int)tid) || (isVcpu && !_vcpus.Add((vm, thread.Vcpu))))
                return At(path, _text, begin, $"{vm}/{role} or thread {tid} is there twice", "leave one of them");
            threads.Add(thread);
            return null;
        }

        private static bool IsName(string text)
        {
            foreach (var c in text)
                if (char.IsControl(c) || c is '/' or '"') return false;
            return true;
        }

        private RecordingError Here(Utf8JsonReader json, string what, string remedy) =>
            At(path, _text, json.TokenStartIndex, what, remedy);
    }
}
