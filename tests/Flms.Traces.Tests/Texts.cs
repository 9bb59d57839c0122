using System.Text;

namespace Flms.Traces.Tests;

/// <summary>Recordings written by hand, in each of the three forms.</summary>
internal static class Texts
{
    public static RecordingError? Read(string text, out SchedTrace? trace) =>
        Read(Encoding.Latin1.GetBytes(text), out trace);

    public static RecordingError? Read(byte[] bytes, out SchedTrace? trace) =>
        RecordingReader.Read("x.trace", new MemoryStream(bytes), out trace);

    public static SchedTrace Trace(string text)
    {
        Assert.Null(Read(text, out var trace));
        return trace!;
    }

    public static Recording Recording(string text, params MappedThread[] map)
    {
        Assert.Null(Traces.Recording.From(Trace(text), [.. map], "x.json", out var recording));
        return recording!;
    }

    /// <summary>A sched_switch of tracefs; times in microseconds.</summary>
    public static string Switch(int cpu, long us, int prev, string state, int next) =>
        $" {Name(prev)}-{prev}  [{cpu:000}] d..2.  {us / 1_000_000}.{us % 1_000_000:000000}: sched_switch: "
        + $"prev_comm={Name(prev)} prev_pid={prev} prev_prio=120 prev_state={state} ==> "
        + $"next_comm={Name(next)} next_pid={next} next_prio=120\n";

    /// <summary>A sched_wakeup of tracefs; times in microseconds.</summary>
    public static string Wake(int cpu, long us, int by, int tid, string what = "wakeup") =>
        $" {Name(by)}-{by}  [{cpu:000}] dNh2.  {us / 1_000_000}.{us % 1_000_000:000000}: sched_{what}: "
        + $"comm={Name(tid)} pid={tid} prio=120 target_cpu={cpu:000}\n";

    private static string Name(int tid) => tid == 0 ? "swapper/0" : $"t {tid}";
}
