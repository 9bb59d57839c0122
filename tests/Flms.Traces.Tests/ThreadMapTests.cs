using System.Text;

namespace Flms.Traces.Tests;

public sealed class ThreadMapTests
{
    [Fact]
    public void A_map_is_read_and_other_keys_are_ignored()
    {
        var error = Parse("""
            {"name": "x", "ping": {"threads": [1]}, "threads": [
              {"vm": "web", "role": "vcpu1", "tid": 7, "note": [1, {}], "run_ns": 1, "wait_ns": 2, "timeslices": 3},
              {"tid": 8, "role": "main", "vm": "web"}], "rtt_ms": [0.1]}
            """, out var map);
        Assert.Null(error);
        Assert.Equal([new("web", "vcpu1", 7, new(1, 2, 3)), new("web", "main", 8, null)], map);
        Assert.Equal([1, -1], map.Select(t => t.Vcpu));
    }

    [Theory]
    [InlineData("", "m.json:1:1: not JSON")]
    [InlineData("[]", "m.json:1:1: not a JSON object; begin with")]
    [InlineData("{\"a\":\n 1,,}", "m.json:2:4: not JSON")]
    [InlineData("{}", "m.json:1:2: no `threads` in it; add a list")]
    [InlineData("{\"threads\":\n5}", "m.json:2:1: `threads` is not a list; write [...]")]
    [InlineData("{\"threads\":[{\"vm\":\"a\",\"tid\":1}]}",
        "m.json:1:13: a thread without vm, role or tid; give it all three")]
    [InlineData("{\"threads\":[{\"vm\":5}]}", "m.json:1:19: `vm` is not a string")]
    [InlineData("{\"threads\":[{\"tid\":-5}]}", "m.json:1:20: `tid` is not a whole number in range")]
    [InlineData("{\"threads\":[{\"vm\":\"a/b\",\"role\":\"main\",\"tid\":1}]}", "m.json:1:13: a vm or role with")]
    [InlineData("{\"threads\":[{\"vm\":\"a\",\"role\":\"main\",\"tid\":1},{\"vm\":\"b\",\"role\":\"main\",\"tid\":1}]}",
        "m.json:1:46: b/main or thread 1 is there twice")]
    [InlineData("{\"threads\":[{\"vm\":\"a\",\"role\":\"vcpu0\",\"tid\":1},"
        + "{\"vm\":\"a\",\"role\":\"vcpu0\",\"tid\":2}]}",
        "m.json:1:47: a/vcpu0 or thread 2 is there twice")]
    [InlineData("{\"threads\":[", "m.json:1:13: not JSON")]
    public void A_map_that_is_wrong_is_one_clear_line(string text, string message)
    {
        var error = Parse(text, out _);
        Assert.StartsWith(message, error!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ToString());
    }

    [Fact]
    public void What_a_map_says_of_the_machine_comes_with_it_and_what_is_of_another_type_counts_as_not_said()
    {
        Assert.Equal(new() { Kernel = "6.18.44", Lazy = true, Hrtick = false, BaseSliceNs = 3_000_000 }, HostOf("""
            {"kernel": "6.18.44", "preemption": "lazy", "hrtick": false, "cpus": [1, {}], "base_slice_ns": 3000000}
            """));
        Assert.Equal(new() { Hrtick = true }, HostOf("""{"kernel": 6, "preemption": "odd", "hrtick": true}"""));
        Assert.Equal(new(), HostOf("5"));
    }

    [Fact]
    public void A_machine_that_is_not_UTF_8_is_refused_as_other_text_that_is_not()
    {
        var text = Encoding.Latin1.GetBytes("{\"threads\": [], \"machine\": {\"kernel\": \"\xff\"}}");
        var error = ThreadMap.Parse("m.json", text, [], out _);
        Assert.Contains("a string that is not UTF-8", error!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_map_every_CPU_0_begins_a_virtual_machine_in_order_of_thread_numbers()
    {
        var trace = Texts.Trace(Named((10, "CPU 0/KVM"), (11, "CPU 1/KVM"), (20, "CPU 0/KVM"), (25, "CPU 0/TCG"),
            (26, "CPU 1/TCG"), (30, "CPU 0/x"), (31, "vhost-30")));
        Assert.Equal(["vm0/vcpu0=10", "vm0/vcpu1=11", "vm1/vcpu0=20", "vm2/vcpu0=25", "vm2/vcpu1=26"], Guessed(trace));
        Assert.Contains("no map of threads: 5 threads", Assert.Single(trace.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_processes_are_told_each_is_a_virtual_machine_with_a_main_thread()
    {
        var trace = Texts.Trace(Named((10, "qemu"), (11, "CPU 1/KVM"), (12, "CPU 0/KVM"), (22, "CPU 0/KVM")));
        trace.ThreadOf(11).Tgid = trace.ThreadOf(12).Tgid = 10;
        trace.ThreadOf(22).Tgid = 21;
        Assert.Equal(["vm0/main=10", "vm0/vcpu1=11", "vm0/vcpu0=12", "vm1/vcpu0=22"], Guessed(trace));
    }

    private static IEnumerable<string> Guessed(SchedTrace trace) =>
        ThreadMap.Guess(trace).Select(t => $"{t.Vm}/{t.Role}={t.Tid}");

    private static string Named(params (int Tid, string Name)[] threads)
    {
        var text = new StringBuilder();
        foreach (var (tid, name) in threads)
            text.Append($" x-1 [000] 1.5: sched_switch: x:1 [120] R ==> {name}:{tid} [120]\n");
        return text.ToString();
    }

    private static RecordedHost HostOf(string machine)
    {
        var text = "{\"machine\": " + machine + ", \"threads\": [{\"vm\": \"a\", \"role\": \"vcpu0\", \"tid\": 1}]}";
        var map = new List<MappedThread>();
        Assert.Null(ThreadMap.Parse("m.json", Encoding.UTF8.GetBytes(text), map, out var host));
        Assert.Single(map);
        return host;
    }

    private static RecordingError? Parse(string text, out List<MappedThread> map) =>
        ThreadMap.Parse("m.json", Encoding.UTF8.GetBytes(text), map = [], out _);
}
