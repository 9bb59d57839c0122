using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Flms.Agent.Control;
using Flms.Cli;

namespace Flms.Agent.Tests.Cli;

/// <summary>The agent as a process, with real threads to place; and those who ask it.</summary>
public sealed class RunningAgentTests : TestFolder
{
    private readonly string _id = $"vm-{Environment.ProcessId}-{Guid.NewGuid():N}"[..24];

    [Fact]
    public void Hang_up_reloads_terminate_puts_back_and_what_kill_9_leaves_the_next_one_goes_on_with()
    {
        if (Environment.ProcessorCount == 1) return; // nothing to keep apart
        using var web = new PretendVm(_id + "-web", 1);
        using var batch = new PretendVm(_id + "-batch", 1);
        var before = (Masks(web), Masks(batch));
        bool Placed() => before.Item1 != Masks(web) && before.Item2 != Masks(batch);
        Configure("observe", web, batch);
        using (var agent = new RunningFlms(PathOf()))
        {
            agent.WaitUntil(() => agent.Status?.Vms >= 2, "it does not see the VMs");
            Assert.False(File.Exists(PathOf("journal")));
            // A second agent on the same socket is refused, and harms nothing.
            using (var second = new RunningFlms(PathOf()))
            {
                Assert.Equal(ExitCode.Host, second.End());
                Assert.Contains("another agent listens there", second.Said, StringComparison.Ordinal);
            }
            Configure("perhaps", web, batch);
            agent.Signal(RunningFlms.HangUp);
            agent.WaitUntil(() => agent.Said.Contains("agent.yaml:1:7: ", StringComparison.Ordinal), "it says nothing");
            Assert.Equal("observe", agent.Status!.Mode);
            Configure("enforce", web, batch);
            agent.Signal(RunningFlms.HangUp);
            agent.WaitUntil(Placed, "it does not place the VMs");
            Assert.Contains("mode: observe -> enforce", agent.Said, StringComparison.Ordinal);
            agent.Signal(RunningFlms.Kill);
            agent.End();
        }
        Assert.True(Placed());
        using (var agent = new RunningFlms(PathOf()))
        {
            agent.WaitUntil(() => agent.Status?.ThreadsPlaced > 0, "it does not go on with what was left");
            using (var second = new RunningFlms(PathOf()))
                Assert.Equal(ExitCode.Host, second.End());
            // Another socket, the same journal: only one changes things.
            var (code, _, error) = Run("agent", "apply", "--once", "--config", PathOf("agent.yaml"), "--journal",
                PathOf("journal"));
            Assert.Equal(ExitCode.Host, code);
            Assert.Contains("another agent is at work", error, StringComparison.Ordinal);
            Assert.True(Placed());
            agent.Signal(RunningFlms.Terminate);
            Assert.Equal(ExitCode.Fine, agent.End());
        }
        Assert.Equal(before, (Masks(web), Masks(batch)));
        Assert.Equal(["agent.sock.lock", "agent.yaml"], FilesLeft);
    }

    [Fact]
    public void Verbs_ask_the_running_agent_and_tell_it_things()
    {
        using var web = new PretendVm(_id + "-web", 2);
        Configure("advise", web, web);
        using var agent = new RunningFlms(PathOf());
        agent.WaitUntil(() => agent.Status?.Cost.Periods > 3, "it does not come up");
        var (code, text, error) = Run("agent", "status", "--socket", agent.Socket);
        Assert.Equal((ExitCode.Fine, ""), (code, error));
        Assert.Contains("advise; process ", text, StringComparison.Ordinal);
        Assert.Equal("latency", Top("--json")!.Value.GetProperty("class").GetString());
        Assert.Contains("would change", Tell("class", "set", web.Name, "mix:1", "--dry-run"), StringComparison.Ordinal);
        Tell("class", "set", web.Name, "mix:1");
        agent.WaitUntil(() => Top("--json")?.GetProperty("said").GetString() == "mix:1", "the class is not taken");
        (code, text, _) = Run("agent", "explain", web.Name + ":1", "--socket", agent.Socket);
        Assert.Equal(ExitCode.Fine, code);
        Assert.Contains("mix:1, since the operator says so", text, StringComparison.Ordinal);
        Assert.DoesNotContain("vCPU 0", text, StringComparison.Ordinal);
        Assert.Contains("is left alone until flms agent resume", Tell("pause", web.Name), StringComparison.Ordinal);
        Assert.Contains("so already", Tell("pause", web.Name), StringComparison.Ordinal);
        Assert.Contains("is placed again", Tell("resume", web.Name), StringComparison.Ordinal);
        Tell("class", "clear", web.Name);
        Configure("advise", web, web, "100ms", "pace: { budget: 7 }");
        Assert.Contains("pace.budget: 64 -> 7", Tell("reload"), StringComparison.Ordinal);
        (code, text, _) = Run("agent", "history", "--socket", agent.Socket, "--json");
        Assert.Equal(ExitCode.Fine, code);
        Assert.Contains("reloaded: pace.budget", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Fine, Run("agent", "verify", "--socket", agent.Socket, "--json").Code);
        (code, text, _) = Run("agent", "plan", "--socket", agent.Socket, "--json");
        Assert.Equal(ExitCode.Fine, code);
        Assert.Contains(JsonDocument.Parse(text).RootElement.GetProperty("lines").EnumerateArray(),
            l => l.GetProperty("vm").GetString() == web.Name);
        Bundle(agent.Socket, web);
        Assert.Equal(ExitCode.Host, Run("agent", "pause", "nobody", "--socket", agent.Socket).Code);

        JsonElement? Top(params string[] more)
        {
            var (_, top, _) = Run(["agent", "top", "--socket", agent.Socket, .. more]);
            return JsonDocument.Parse(top).RootElement.GetProperty("vms").EnumerateArray()
                .Where(v => v.GetProperty("vm").GetString() == web.Name).Select(v => (JsonElement?)v).SingleOrDefault();
        }

        string Tell(params string[] words)
        {
            var (result, told, problem) = Run(["agent", .. words, "--socket", agent.Socket]);
            Assert.True(result == ExitCode.Fine, problem);
            return told;
        }
    }

    [Fact]
    public void Where_no_agent_runs_status_says_inactive_and_the_others_what_to_do()
    {
        Assert.Equal((ExitCode.Inactive, ""), (Run("agent", "status", "--socket", PathOf("s")).Code,
            Run("agent", "status", "--socket", PathOf("s")).Error));
        foreach (var verb in (string[][])[["history"], ["pause"], ["resume"], ["reload"], ["class", "clear", "x"]])
        {
            var (code, _, error) = Run(["agent", .. verb, "--socket", PathOf("s")]);
            Assert.Equal(ExitCode.Host, code);
            Assert.Contains("start it with flms agent run", error, StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Usage, Run("agent", "class", "set", "web", "quick", "--socket", PathOf("s")).Code);
        Assert.Equal(ExitCode.Usage, Run("agent", "top", "--sort", "size").Code);
    }

    [Fact]
    public void A_configuration_is_checked_without_running()
    {
        var file = Write("agent.yaml",
            "control: { group: 0, others: true }\nmetrics: { listen: \"127.0.0.1:9177\" }\n");
        var (code, text, _) = Run("agent", "run", "--check-config", "--config", file);
        Assert.Equal((ExitCode.Fine, $"Right: {file}\n"), (code, text));
        File.WriteAllText(file, "control:\n  gruop: flms\n");
        (code, _, var error) = Run("agent", "run", "--check-config", "--config", file);
        Assert.Equal(ExitCode.Input, code);
        Assert.StartsWith($"{file}:2:3: ", error, StringComparison.Ordinal);
    }

    private static void Bundle(string socket, PretendVm vm)
    {
        var file = socket + ".tar.gz";
        var (code, _, error) = Run("agent", "support-bundle", "--out", file, "--socket", socket);
        Assert.True(code == ExitCode.Fine, error);
        var texts = new Dictionary<string, string>();
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.GetNextEntry() is { } entry)
            using (var reader = new StreamReader(entry.DataStream!)) texts[entry.Name] = reader.ReadToEnd();
        foreach (var name in (string[])["status.json", "history.json", "plan.json", "vms.json", "metrics.prom",
            "host.txt", "doctor.txt", "version.txt", "README.txt", $"vms/{vm.Pid}.txt"])
            Assert.Contains("flms-support/" + name, texts.Keys);
        var facts = texts[$"flms-support/vms/{vm.Pid}.txt"];
        Assert.Contains("-name " + vm.Name, facts, StringComparison.Ordinal);
        Assert.Contains("policy 0", facts, StringComparison.Ordinal);
    }

    private void Configure(string mode, PretendVm latency, PretendVm compute, string period = "100ms",
        string more = "pace: { own_cpu: 1000 }") => Write("agent.yaml", $"""
            mode: {mode}
            period: {period}
            libvirt: off
            plan: {"{"} lend: false, judge: false {"}"}
            {more}
            vms:
              - {"{"} match: {latency.Name}, class: latency {"}"}
              - {"{"} match: {compute.Name}, class: compute {"}"}
              - {"{"} match: "*", class: ignore {"}"}
            """);

    // Of the threads that count; others belong to this process's runtime, and come and go.
    private static string Masks(PretendVm vm) => string.Join('\n',
        from folder in Directory.EnumerateDirectories($"/proc/{vm.Pid}/task").Order(StringComparer.Ordinal)
        let lines = File.ReadAllLines(folder + "/status")
        where lines[0].Contains("\tCPU ", StringComparison.Ordinal)
            || lines[0].Contains("\tIO ", StringComparison.Ordinal)
        from line in lines
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
