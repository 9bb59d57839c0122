using System.Text.Json;
using Flms.Agent.Discovery;

namespace Flms.Agent.Qmp;

/// <summary>Reads what QEMU's monitor answers (QMP, the QEMU Machine Protocol: a JSON object a line).</summary>
internal static class QmpText
{
    /// <summary>The counters that are asked for.</summary>
    private static readonly string[] Counters = ["halt_exits", "irq_injections", "exits"];

    /// <summary>Asks for a command; the answer has the same id.</summary>
    public static string Command(string command, int id, string arguments = "") =>
        $"{{\"execute\":\"{command}\",\"id\":{id}{(arguments == "" ? "" : ",\"arguments\":" + arguments)}}}\n";

    /// <summary>The counters of every vCPU, as <c>query-stats</c> wants to be asked.</summary>
    public static string StatsArguments => "{\"target\":\"vcpu\",\"providers\":[{\"provider\":\"kvm\",\"names\":[\""
        + string.Join("\",\"", Counters) + "\"]}]}";

    /// <summary>Is it the greeting of a monitor?</summary>
    public static bool IsGreeting(JsonElement line) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty("QMP", out _);

    /// <summary>Is it the answer to the command of that id? Events come in between.</summary>
    public static bool IsAnswer(JsonElement line, int id) => line.ValueKind == JsonValueKind.Object
        && line.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.Number
        && given.TryGetInt32(out var n) && n == id;

    /// <summary>Reads the answer to <c>query-cpus-fast</c>: thread and object of each vCPU.</summary>
    public static IEnumerable<(int Vcpu, int Tid, string Path)> Vcpus(JsonElement answer) =>
        from cpu in Items(answer)
        let tid = Number(cpu, "thread-id")
        let vcpu = Number(cpu, "cpu-index")
        where tid > 0 && vcpu >= 0
        select ((int)vcpu, (int)tid, cpu.TryGetProperty("qom-path", out var path) ? path.ToString() : "");

    /// <summary>Reads the answer to <c>query-iothreads</c>: the thread of each.</summary>
    public static IEnumerable<int> IoThreads(JsonElement answer) =>
        from thread in Items(answer)
        let tid = Number(thread, "thread-id")
        where tid > 0
        select (int)tid;

    /// <summary>Reads the answer to <c>query-stats</c>: halts, interrupts and exits of each vCPU's object.</summary>
    public static IReadOnlyDictionary<string, KvmRates> Stats(JsonElement answer)
    {
        var found = new Dictionary<string, KvmRates>(StringComparer.Ordinal);
        foreach (var vcpu in Items(answer))
        {
            if (!vcpu.TryGetProperty("qom-path", out var path) || !vcpu.TryGetProperty("stats", out var stats)
                || stats.ValueKind != JsonValueKind.Array) continue;
            long Of(string counter) => stats.EnumerateArray()
                .Where(s => s.TryGetProperty("name", out var name) && name.ToString() == counter)
                .Select(s => Number(s, "value")).FirstOrDefault();
            found[path.ToString()] = new(Of(Counters[0]), Of(Counters[1]), Of(Counters[2]));
        }
        return found;
    }

    /// <summary>Puts together what threads do.</summary>
    public static Dictionary<int, (ThreadRole Role, int Number)> Threads(
        IEnumerable<(int Vcpu, int Tid, string Path)> vcpus, IEnumerable<int> ioThreads)
    {
        var threads = new Dictionary<int, (ThreadRole, int)>();
        foreach (var tid in ioThreads) threads[tid] = (ThreadRole.Io, 0);
        foreach (var (vcpu, tid, _) in vcpus) threads[tid] = (ThreadRole.Vcpu, vcpu);
        return threads;
    }

    private static IEnumerable<JsonElement> Items(JsonElement answer) =>
        answer.TryGetProperty("return", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private static long Number(JsonElement item, string name) => item.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var n) ? n : -1;
}
