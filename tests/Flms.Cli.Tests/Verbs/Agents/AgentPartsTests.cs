using Flms.Agent;
using Flms.Agent.Control;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Cli.Verbs.Agents;

namespace Flms.Cli.Tests.Verbs.Agents;

public sealed class AgentPartsTests : TestFolder
{
    [Fact]
    public void Files_of_the_administrator_mask_the_vendors_and_later_ones_count_more()
    {
        Directory.CreateDirectory(PathOf("vendor/agent.d"));
        Directory.CreateDirectory(PathOf("admin/agent.d"));
        Write("vendor/agent.yaml", "mode: enforce\nperiod: 3s\n");
        Write("vendor/agent.d/10-a.yaml", "rescan: 9s\n");
        Write("vendor/agent.d/30-c.yaml", "rescan: 30s\n");
        Write("admin/agent.yaml", "mode: advise\nvms:\n  - { match: a, class: latency }\n");
        Write("admin/agent.d/10-a.yaml", "");
        Write("admin/agent.d/20-b.yaml", "pace: { budget: 5 }\nvms:\n  - { match: a, class: compute }\n");
        Write("admin/agent.d/notes.txt", "no configuration");
        var files = new AgentConfigFiles(PathOf("vendor"), PathOf("admin")).Find();
        Assert.Equal(["admin/agent.yaml", "admin/agent.d/10-a.yaml", "admin/agent.d/20-b.yaml",
            "vendor/agent.d/30-c.yaml"], files.Select(f => Path.GetRelativePath(PathOf(), f)));
        var settings = AgentConfig.Read(files).Value!;
        Assert.Equal((AgentMode.Advise, 1, 30, 5), (settings.Mode, settings.Period.Ns / 1_000_000_000,
            settings.Rescan.Ns / 1_000_000_000, settings.Pace.Budget));
        Assert.Equal("compute", settings.Vms[0].Word!.ToString());
        Write("admin/agent.d/20-b.yaml", "pase: {}\n");
        Write("vendor/agent.d/30-c.yaml", "period: 1\n");
        var problems = AgentConfig.Read(files).Problems.Select(p => p.ToString()).ToList();
        Assert.Equal(2, problems.Count);
        Assert.Contains("20-b.yaml:1:1: ", problems[0], StringComparison.Ordinal);
        Assert.Contains("30-c.yaml:1:9: ", problems[1], StringComparison.Ordinal);
        Assert.Empty(new AgentConfigFiles(PathOf("no"), PathOf("none")).Find());
    }

    [Fact]
    public void What_differs_between_two_configurations_is_told_setting_by_setting()
    {
        var before = new AgentSettings();
        Assert.Empty(SettingsDiff.Of(before, new()));
        var after = before with
        {
            Mode = AgentMode.Enforce,
            Pace = before.Pace with { Budget = 7 },
            ExcludedCpus = [0, 1],
            Control = new() { Group = "flms" },
        };
        Assert.Equal(["mode: observe -> enforce", "pace.budget: 64 -> 7",
            "control.group: nothing -> flms (from the next start on)", "exclude_cpus: nothing -> 0-1"],
            SettingsDiff.Of(before, after));
    }

    [Fact]
    public void Only_what_is_known_to_be_harmless_is_kept_of_a_command_line()
    {
        string[] words = ["/usr/bin/qemu-system-x86_64", "-name", "guest=web,debug-threads=on", "-smp", "2", "-object",
            "secret,id=s0,data=hunter2", "-vnc", ":1,password=hunter2", "-append", "hunter2", "-device",
            "virtio-net,mac=52:54:00:12:34:56", "-drive", "file=/secret/hunter2.img", "-S", "hunter2", "hunter2",
            "--hunter2=hunter2", "-m", "4G"];
        var shown = SafeCommandLine.Of(words).ToList();
        Assert.DoesNotContain(shown, line => line.Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal(["qemu-system-x86_64", "-name guest=web,debug-threads=on", "-smp 2", "-object secret,[left out]"],
            shown[..4]);
        Assert.Contains("-device virtio-net,[left out]", shown);
        Assert.Contains("-m 4G", shown);
    }

    [Theory]
    [InlineData("8:123", true)]
    [InlineData("8:124", false)]
    [InlineData("9:123", false)]
    [InlineData("", false)]
    [InlineData("x:y:z", false)]
    [InlineData(null, false)]
    public void Lines_have_priorities_where_standard_error_is_the_journal(string? variable, bool journal)
    {
        Assert.Equal(journal, AgentLog.IsJournal(variable, new(true, (0, 8), 123)));
        using var error = new StringWriter { NewLine = "\n" };
        new AgentLog(new() { Out = TextWriter.Null, Error = error }, journal).Write(LogPriority.Warning, "look");
        Assert.Equal(journal ? "<4>look\n" : "look\n", error.ToString());
    }

    [Fact]
    public void The_screen_of_top_has_as_many_lines_as_the_terminal_and_colours_who_waits()
    {
        var vms = new VmsReport { Bounds = null!, Vms = [Vm("calm", 0.01m), Vm("slow", 0.2m), Vm("so-so", 0.06m)] };
        var terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null, Colour = true };
        var screen = TopScreen.Draw("headline", vms, TopOrder.Delay, terminal, (60, 24)).Split("\r\n");
        Assert.Equal(6, screen.Length);
        Assert.StartsWith("\e[Hheadline\e[K", screen[0], StringComparison.Ordinal);
        Assert.StartsWith("\e[31mslow ", screen[2], StringComparison.Ordinal);
        Assert.StartsWith("\e[33mso-so ", screen[3], StringComparison.Ordinal);
        Assert.StartsWith("calm ", screen[4], StringComparison.Ordinal);
        screen = TopScreen.Draw("headline", vms, TopOrder.Vm, terminal with { Colour = false }, (60, 5)).Split("\r\n");
        Assert.Equal((5, "... 2 more\e[K"), (screen.Length, screen[3]));
        Assert.All(screen, line => Assert.InRange(
            line.Replace("\e[H", "").Replace("\e[K", "").Replace("\e[J", "").Length, 0, 60));
    }

    private static VmReport Vm(string name, decimal delay) => new()
    {
        Vm = name,
        Pid = 1,
        Uuid = "",
        Cgroup = "",
        Class = "latency",
        By = "measurement",
        Confidence = 100,
        Paused = false,
        Serving = [],
        Vcpus =
        [
            new()
            {
                Vcpu = 0,
                Tid = 2,
                Class = "latency",
                Confidence = 100,
                Verdict = "latency",
                RunRatio = 0.1m,
                DelayRatio = delay,
                DemandRatio = delay + 0.1m,
                WakesPerSecond = 100,
                WorkNs = 1000,
                DeviceWakesPerSecond = 0,
                Placed = false,
            },
        ],
    };
}
