using System.Net.Sockets;
using System.Text.Json;
using Flms.Cli;

namespace Flms.Agent.Tests.Cli;

public sealed class AgentVerbsTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_doctor_tells_the_kernel()
    {
        var (code, text, _) = Run("agent", "doctor", "--json");
        Assert.True(code is ExitCode.Fine or ExitCode.Host);
        var names = JsonDocument.Parse(text).RootElement.GetProperty("findings").EnumerateArray()
            .Select(f => f.GetProperty("name").GetString()).ToList();
        Assert.Equal(["kernel", "slices", "preemption"], names[..3]);
    }

    [Fact]
    public void Top_and_explain_show_a_VM_with_the_class_that_the_operator_says()
    {
        var name = $"vm-{Environment.ProcessId}-top";
        using var vm = new PretendVm(name, 2);
        File.WriteAllText(_file, $"period: 100ms\nvms:\n  - match: {name}\n    class: mix:1\n");
        var (code, text, _) = Run("agent", "top", "--for", "300ms", "--json", "--config", _file);
        Assert.Equal(ExitCode.Fine, code);
        var found = JsonDocument.Parse(text).RootElement.GetProperty("vms").EnumerateArray()
            .Single(v => v.GetProperty("vm").GetString() == name);
        Assert.Equal(("mix", "operator", 2), (found.GetProperty("class").GetString(),
            found.GetProperty("by").GetString(), found.GetProperty("vcpus").GetArrayLength()));
        (code, text, _) = Run("agent", "explain", name + ":1", "--for", "100ms", "--config", _file);
        Assert.Equal(ExitCode.Fine, code);
        Assert.Contains("mix:1, since the operator says so", text);
        Assert.Contains("vCPU 1", text);
        Assert.DoesNotContain("vCPU 0", text);
    }

    [Fact]
    public void A_VM_that_is_not_there_is_told_in_one_line()
    {
        using var vm = new PretendVm($"vm-{Environment.ProcessId}-x", 1);
        File.WriteAllText(_file, "period: 100ms\n");
        var (code, _, error) = Run("agent", "explain", "no such vm", "--for", "100ms", "--config", _file);
        Assert.Equal(ExitCode.Host, code);
        Assert.Contains("no VM is called", error);
    }

    [Theory]
    [InlineData("period: 1ms\n", ":1:9: ")]
    [InlineData("perod: 1s\n", ":1:1: ")]
    [InlineData("vms:\n  - match: web\n    class: fast\n", ":3:12: ")]
    [InlineData("vms:\n  - class: mix\n", ":2:5: ")]
    [InlineData("classes: { latency_wakes: none }\n", ":1:27: ")]
    [InlineData("flms:\n  alpha: 3\n", ":2:10: ")]
    [InlineData("[1\n", "")]
    public void A_wrong_configuration_is_told_with_its_place(string text, string place)
    {
        File.WriteAllText(_file, text);
        var (code, _, error) = Run("agent", "top", "--config", _file);
        Assert.Equal(ExitCode.Input, code);
        Assert.Contains(_file + place, error);
    }

    [Theory]
    [InlineData("--for", "1ms")]
    [InlineData("--for", "soon")]
    public void A_time_that_is_none_is_refused(string option, string value) =>
        Assert.Equal(ExitCode.Usage, Run("agent", "top", option, value).Code);

    [Fact]
    public void A_plan_is_applied_verified_and_put_back_and_VMs_that_are_ignored_are_not_touched()
    {
        var id = Environment.ProcessId;
        using var web = new PretendVm($"vm-{id}-web", 1);
        using var batch = new PretendVm($"vm-{id}-batch", 2);
        using var other = new PretendVm($"vm-{id}-other", 1);
        // Whatever else runs on this machine is none of the test's business.
        File.WriteAllText(_file, $"""
            period: 100ms
            plan: {"{"} lend: false {"}"}
            vms:
              - {"{"} match: {web.Name}, class: latency {"}"}
              - {"{"} match: {batch.Name}, class: compute {"}"}
              - {"{"} match: "*", class: ignore {"}"}
            """);
        var journal = _file + ".journal";
        var before = (Masks(web), Masks(batch), Masks(other));
        string[] common = ["--for", "200ms", "--config", _file];
        var (code, text, error) = Run(["agent", "plan", "--json", .. common]);
        Assert.True(code == ExitCode.Fine, error);
        var lines = JsonDocument.Parse(text).RootElement.GetProperty("lines").EnumerateArray().ToList();
        Assert.Equal("ignored", Reason(lines, other));
        (code, _, _) = Run(["agent", "apply", "--once", "--dry-run", .. common, "--journal", journal]);
        Assert.Equal((ExitCode.Fine, before), (code, (Masks(web), Masks(batch), Masks(other))));
        Assert.False(File.Exists(journal));
        (code, _, error) = Run(["agent", "apply", "--once", .. common, "--journal", journal]);
        Assert.True(code == ExitCode.Fine, error);
        Assert.Equal(before.Item3, Masks(other));
        // With one pCPU there is nothing to keep apart.
        if (Environment.ProcessorCount > 1)
        {
            Assert.Equal("latency", Reason(lines, web));
            Assert.NotEqual(before.Item1, Masks(web));
            Assert.NotEqual(before.Item2, Masks(batch));
            Assert.Equal(ExitCode.Fine, Run("agent", "verify", "--journal", journal).Code);
        }
        Assert.Equal(ExitCode.Fine, Run("agent", "restore", "--from-journal", "--journal", journal).Code);
        Assert.Equal(before, (Masks(web), Masks(batch), Masks(other)));
        Assert.False(File.Exists(journal));
        Assert.Equal(ExitCode.Fine, Run("agent", "restore", "--from-journal", "--journal", journal).Code);
    }

    [Fact]
    public void A_running_agent_places_VMs_and_puts_all_back_when_it_is_stopped()
    {
        if (Environment.ProcessorCount == 1) return; // nothing to keep apart
        var id = Environment.ProcessId;
        using var web = new PretendVm($"vm-{id}-run-web", 1);
        using var batch = new PretendVm($"vm-{id}-run-batch", 1);
        File.WriteAllText(_file, $"""
            mode: enforce
            period: 100ms
            plan: {"{"} lend: false, judge: false {"}"}
            pace: {"{"} own_cpu: 1000 {"}"}
            vms:
              - {"{"} match: {web.Name}, class: latency {"}"}
              - {"{"} match: {batch.Name}, class: compute {"}"}
              - {"{"} match: "*", class: ignore {"}"}
            """);
        var (journal, metrics) = (_file + ".journal", _file + ".prom");
        var before = (Masks(web), Masks(batch));
        using var stop = new CancellationTokenSource();
        using var error = new StringWriter();
        var terminal = new Terminal { Out = TextWriter.Null, Error = error, Stop = stop.Token };
        var code = -1;
        var agent = new Thread(() => code = Flms.Cli.Cli.Run(
            [
                "agent", "run", "--config", _file, "--journal", journal, "--socket", _file + ".sock",
                "--metrics", metrics,
            ], terminal));
        agent.Start();
        for (var i = 0; i < 600 && (before.Item1 == Masks(web) || before.Item2 == Masks(batch)); i++) Thread.Sleep(50);
        var placed = before.Item1 != Masks(web) && before.Item2 != Masks(batch);
        Assert.Contains("flms_agent_threads_managed", File.ReadAllText(metrics));
        stop.Cancel();
        agent.Join();
        Assert.True(placed, error.ToString());
        Assert.Equal((ExitCode.Fine, before), (code, (Masks(web), Masks(batch))));
        Assert.False(File.Exists(journal));
        Assert.False(File.Exists(metrics));
    }

    [Fact]
    public void Systemd_is_told_by_a_datagram_and_nobody_is_told_where_nobody_listens()
    {
        var path = Path.Combine(Path.GetTempPath(), $"flms-{Guid.NewGuid():N}");
        using (var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            using var notify = new Agent.Linux.SystemdNotify(path);
            notify.Send("READY=1");
            var bytes = new byte[100];
            Assert.Equal("READY=1", System.Text.Encoding.UTF8.GetString(bytes, 0, listener.Receive(bytes)));
        }
        File.Delete(path);
        using var nobody = new Agent.Linux.SystemdNotify(path);
        nobody.Send("READY=1");
        using var nothing = new Agent.Linux.SystemdNotify(null);
        nothing.Send("READY=1");
    }

    [Fact]
    public void Applying_needs_to_be_told_once_and_restoring_from_what()
    {
        Assert.Equal(ExitCode.Usage, Run("agent", "apply").Code);
        Assert.Equal(ExitCode.Usage, Run("agent", "restore").Code);
    }

    private static string? Reason(List<JsonElement> lines, PretendVm vm) =>
        lines.First(l => l.GetProperty("vm").GetString() == vm.Name).GetProperty("reason").GetString();

    // What the kernel says of each thread that an agent may touch.
    private static string Masks(PretendVm vm) => string.Join('\n',
        from folder in Directory.EnumerateDirectories($"/proc/{vm.Pid}/task").Order(StringComparer.Ordinal)
        from line in File.ReadAllLines(folder + "/status")
        where line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)
        select folder + line);

    private static (int Code, string Out, string Error) Run(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = Flms.Cli.Cli.Run(args, new Terminal { Out = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
