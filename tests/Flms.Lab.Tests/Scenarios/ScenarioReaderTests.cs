using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Lab.Tests.Scenarios;

public sealed class ScenarioReaderTests
{
    private const string Least = """
        schedulers: round-robin
        domains:
          - name: web
        """;

    [Fact]
    public void What_is_not_said_has_its_documented_default()
    {
        var s = Read(Least);
        Assert.Equal("test", s.Name);
        Assert.Equal((1, 10.Seconds, Duration.Zero, 1), (s.Seed, s.Duration, s.Warmup, s.Replications));
        Assert.Equal(1, s.Topology.Count);
        Assert.Same(CostModel.Typical, s.Costs);
        var web = Assert.Single(s.Domains);
        Assert.Equal((1, 256, 0, DomainKind.Unmarked, -1), (web.Vcpus, web.Weight, web.Cap, web.Kind, web.MemoryNode));
        Assert.Null(web.Affinity);
        Assert.Equal("round-robin", Assert.Single(s.Schedulers).Label);
    }

    [Theory]
    [InlineData("schedulers: [null, rtds]")]
    [InlineData("schedulers: [\"null\", rtds]")]
    [InlineData("schedulers: [{ use: null }, rtds]")]
    [InlineData("schedulers:\n  - null\n  - use: rtds")]
    public void The_scheduler_called_null_is_not_nothing(string schedulers)
    {
        var s = Read(schedulers + "\ndomains:\n  - name: web\n");
        Assert.Equal(["null", "rtds"], s.Schedulers.Select(c => c.Label));
    }

    [Fact]
    public void Everything_that_is_said_arrives()
    {
        var s = Read("""
            name: full
            summary: all keys
            seed: 7
            duration: 1.5s
            warmup: 250ms
            replications: 3
            machine: { sockets: 2, cores: 2, threads: 2, nodes: 2, costs: { base: harness, context_switch: 2us } }
            schedulers:
              - round-robin
              - { use: round-robin, label: short, options: { slice: 5ms, queues: per_pcpu } }
            domains:
              - name: web
                count: 2
                vcpus: 2
                weight: 512
                cap: 150
                class: latency
                affinity: ["0-3", 5]
                soft_affinity: "0-1"
                memory_node: 1
                starts_at: 10ms
                workloads:
                  - hog
                  - ping: { interval_min: 1ms, interval_max: 2ms, spacing: poisson }
            operations:
              - { at: 200ms, domain: web, pause }
              - { at: 100ms, domain: web1, set_class: compute }
            """);
        Assert.Equal((7, new Duration(1_500_000_000), 250.Ms, 3), (s.Seed, s.Duration, s.Warmup, s.Replications));
        Assert.Equal((8, 4, 2, 2), (s.Topology.Count, s.Topology.Cores, s.Topology.Sockets, s.Topology.Nodes));
        Assert.Equal(CostModel.Harness with { ContextSwitch = 2.Us }, s.Costs);
        Assert.Equal(["round-robin", "short"], s.Schedulers.Select(x => x.Label));
        Assert.Equal(new RoundRobinOptions { Slice = 5.Ms, Queues = QueueLayout.PerPcpu }, s.Schedulers[1].Options);
        Assert.Equal(["web1", "web2"], s.Domains.Select(d => d.Name));
        var web = s.Domains[0];
        Assert.Equal((2, 512, 150, DomainKind.Latency, 1), (web.Vcpus, web.Weight, web.Cap, web.Kind, web.MemoryNode));
        Assert.Equal(["0-3", "5"], web.VcpuAffinity!.Select(m => m.ToString()));
        Assert.Equal("0-1", web.SoftAffinity!.ToString());
        Assert.Equal(new Instant(10_000_000), web.StartsAt);
        Assert.IsType<HogSetup>(web.Workloads[0]);
        Assert.Equal(new PingSetup { IntervalMin = 1.Ms, IntervalMax = 2.Ms, Spacing = Spacing.Poisson },
            web.Workloads[1]);
        Assert.Equal([(100, OperationKind.SetKind, 0), (200, OperationKind.Pause, 0), (200, OperationKind.Pause, 1)],
            s.Operations.Select(o => ((int)(o.At.Ns / 1_000_000), o.Kind, o.Domain)));
        Assert.Equal((int)DomainKind.Compute, s.Operations[0].Value);
    }

    [Fact]
    public void An_odd_machine_is_told_pcpu_by_pcpu()
    {
        var s = Read("""
            machine: { pcpus: [{ core: 0 }, { core: 0 }, { core: 1 }, { core: 2, socket: 1 }] }
            schedulers: round-robin
            domains: [{ name: web }]
            """);
        Assert.Equal((4, 3, 2, 2), (s.Topology.Count, s.Topology.Cores, s.Topology.Sockets, s.Topology.Nodes));
    }

    [Theory]
    [InlineData("domans: []", 1, 1, "the scenario has no key \"domans\"; did you mean domains?")]
    [InlineData("duration: 10", 1, 11,
        "duration is \"10\", which is not a duration with its unit; write a number with ns,")]
    [InlineData("duration: 1year", 1, 11, "duration is \"1year\", which is not a duration")]
    [InlineData("duration: 8760h", 1, 11, "duration is 8760h, which is out of range")]
    [InlineData("duration: 38h\nwarmup: 2h", 1, 11, "one run can hold at most 39h")]
    [InlineData("seed: -1", 1, 7,
        "seed is -1, which is out of range; write a whole number, 0 to 2147483647; default 1")]
    [InlineData("name: [a]", 1, 7, "name is a list, not one value")]
    [InlineData("machine: 4", 1, 10, "\"4\" stands where machine should be; write a map of keys")]
    [InlineData("machine: { cores: 0 }", 1, 19, "cores is 0, which is out of range; write a whole number, 1 to 4096")]
    [InlineData("machine: { sockets: 1000, cores: 4096 }", 1, 10, "the machine has 4096000 pCPUs; at most 4096")]
    [InlineData("machine: { cores: 4, nodes: 3 }", 1, 29, "3 memory nodes do not divide 4 cores evenly")]
    [InlineData("machine: { costs: free }", 1, 19,
        "costs is \"free\", which is not known; write typical, harness or none")]
    [InlineData("machine: { costs: { kik: 1us } }", 1, 21, "costs has no setting \"kik\"; did you mean kick?")]
    [InlineData("machine: { pcpus: [{ core: 1 }] }", 1, 19, "core 0 has no pCPU; numbers must be dense")]
    [InlineData("schedulers: fifo", 1, 13, "there is no scheduler \"fifo\"; known:")]
    [InlineData("schedulers: round-robbin", 1, 13, "there is no scheduler \"round-robbin\"; did you mean round-robin?")]
    [InlineData("schedulers: 'credit:xen-4'", 1, 13, "credit has no preset \"xen-4\"; ")]
    [InlineData("schedulers: [round-robin, round-robin]", 1, 27, "two schedulers are called \"round-robin\"")]
    [InlineData("schedulers: [{ use: round-robin, options: { slice: 5 } }]", 1, 52,
        "slice is \"5\", which is not a duration")]
    [InlineData("schedulers: [{ use: round-robin, options: { slise: 5ms } }]", 1, 45,
        "has no setting \"slise\"; did you mean slice?")]
    [InlineData("schedulers: [rtds, ~]", 1, 20, "nothing stands where a scheduler should be")]
    [InlineData("schedulers: []", 1, 13, "schedulers is not a list of at least one")]
    public void A_mistake_outside_the_domains_is_told_with_its_place(string line, int at, int column, string what)
    {
        var schedulers = line.StartsWith("schedulers", StringComparison.Ordinal) ? "" : "\nschedulers: round-robin";
        Expect(line + schedulers + "\ndomains: [{ name: web }]", at, column, what);
    }

    [Theory]
    [InlineData("weight: 0", 13, "weight is 0, which is out of range; write a whole number, 1 to 65535; default 256")]
    [InlineData("weight: 65536", 13, "weight is 65536, which is out of range")]
    [InlineData("cap: 101", 10, "cap is 101, more than 1 vCPUs can use; write at most 100, or 0 for no cap")]
    [InlineData("class: fast", 12,
        "class is \"fast\", which is not known; write unmarked, latency, compute, mixed or service")]
    [InlineData("affinity: 4", 15, "affinity names pCPU 4, which does not exist; this machine has pCPUs 0 to 3")]
    [InlineData("affinity: 3-1", 15,
        "affinity is \"3-1\", which is not a set of pCPUs; write pCPUs like 0-3,8, or all")]
    [InlineData("affinity: [0, 1]", 15, "affinity has 2 entries for 1 vCPUs")]
    [InlineData("memory_node: 1", 18, "memory_node is 1, which does not exist; this machine has only node 0")]
    [InlineData("count: 40000", 12, "count is 40000, which is out of range")]
    [InlineData("vcpu: 2", 5, "a domain has no key \"vcpu\"; did you mean vcpus?")]
    [InlineData("parameters: { fifo: {} }", 19, "a domain has no parameters for \"fifo\"")]
    [InlineData("workloads: [hogg]", 17, "there is no workload \"hogg\"; did you mean hog?")]
    [InlineData("workloads: [ping: { work: 30 }]", 31, "work is \"30\", which is not a duration with its unit")]
    [InlineData("workloads: [ping: { interval: 5ms }]", 25, "ping has no setting \"interval\"; ")]
    [InlineData("workloads: [ping: { interval_min: 60ms }]", 23,
        "ping: interval_min is 60ms, longer than interval_max")]
    [InlineData("workloads: [hog: { vcpu: 1 }]", 30,
        "hog runs on vCPU 1, which does not exist; this domain has only vCPU 0")]
    [InlineData("workloads: [request: { app_vcpu: 1 }]", 26, "request runs on vCPU 1, which does not exist")]
    [InlineData("workloads: [peer_ping: { to: b }]", 28,
        "peer_ping goes to \"b\", which is no domain with an echo; name one, and give it the workload echo")]
    [InlineData("workloads: [peer_ping]", 17, "peer_ping: it does not say to whom")]
    [InlineData("llc_miss_ratio: 1.5", 21, "llc_miss_ratio is 1.5, which is out of range")]
    [InlineData("workloads: [{ hog: {}, ping: {} }]", 17, "a workload is its name, alone or with settings")]
    [InlineData("name: host", 11, "a domain cannot be called \"host\"")]
    [InlineData("name: a/b", 11, "a domain cannot be called \"a/b\"")]
    public void A_mistake_in_a_domain_is_told_with_its_place(string line, int column, string what)
    {
        var name = line.StartsWith("name", StringComparison.Ordinal) ? "class: latency" : "name: web";
        Expect($"machine: {{ cores: 4 }}\nschedulers: round-robin\ndomains:\n  - {name}\n    {line}\n", 5, column,
            what);
    }

    [Theory]
    [InlineData("{ at: 1s, domain: web }", 5, "this operation does nothing; give it exactly one of pause, resume,")]
    [InlineData("{ at: 1s, domain: web, pause, resume }", 5, "this operation does 2 things")]
    [InlineData("{ at: 1s, domain: wob, pause }", 23, "there is no domain \"wob\"; did you mean web?")]
    [InlineData("{ at: 1s, domain: web, pause: false }", 35, "pause is false")]
    [InlineData("{ at: 1s, domain: web, set_weight: 0 }", 40, "set_weight is 0, which is out of range")]
    [InlineData("{ at: 1s, domain: web, set_cap: 200 }", 37, "set_cap is 200, more than 1 vCPUs can use")]
    [InlineData("{ at: 1s, domain: web, set_affinity: 1 }", 42, "set_affinity names pCPU 1, which does not exist")]
    [InlineData("{ domain: web, pause }", 5, "an operation lacks the key at")]
    public void A_mistake_in_an_operation_is_told_with_its_place(string operation, int column, string what) =>
        Expect($"{Least}\noperations:\n  - {operation}", 5, column, what);

    [Theory]
    [InlineData("", 1, 1, "the file is empty; describe a machine")]
    [InlineData("# nothing\n", 1, 1, "the file is empty")]
    [InlineData("hello", 1, 1, "the file is \"hello\", not a scenario")]
    [InlineData("- a", 1, 1, "the file is a list, not a scenario")]
    [InlineData("domains:\n\t- name: a", 2, 1, "a tab indents this line")]
    [InlineData("domains: [", 1, 11, "this is not YAML: ")]
    [InlineData("a: 1\na: 2", 2, 1, "the key \"a\" is here a second time; keep one of the two")]
    [InlineData("a: &x 1\nb: *x", 1, 4, "anchors are not supported")]
    [InlineData("a: !!int 1", 1, 4, "tags are not supported")]
    [InlineData("a: 1\n---\nb: 2", 2, 1, "a second document begins here")]
    [InlineData("? [a]\n: 1", 1, 3, "a list stands where a key should be")]
    public void What_is_not_a_scenario_at_all_is_told_in_one_line(string text, int line, int column, string what) =>
        Expect(text, line, column, what);

    [Fact]
    public void A_tab_is_named_as_what_it_is() =>
        Assert.Contains("with spaces, not with tabs", Problems("domains:\n\t- name: a").Single().ToString());

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file_but_no_more_than_twenty()
    {
        var three =
            Problems("seed: x\nduration: y\nreplications: z\nschedulers: round-robin\ndomains: [{ name: web }]");
        Assert.Equal([1, 2, 3], three.Select(p => p.Place.Line));
        var many = string.Concat(Enumerable.Range(0, 50).Select(i => $"  - {{ name: web{i}, weight: 0 }}\n"));
        Assert.Equal(20, Problems($"schedulers: round-robin\ndomains:\n{many}").Count);
    }

    [Fact]
    public void Two_domains_of_one_name_are_refused_even_if_a_count_makes_them()
    {
        Expect("schedulers: round-robin\ndomains:\n- { name: a1 }\n- { name: a, count: 2 }", 4, 11,
            "two domains are called a1");
        Expect("schedulers: round-robin\ndomains:\n- { name: a }\n- { name: a }", 4, 11, "two domains are called a;");
    }

    [Fact]
    public void A_bomb_of_domains_is_refused_before_it_is_built() =>
        Expect("schedulers: round-robin\ndomains:\n- { name: a, count: 32768, vcpus: 32768 }", 3, 3,
            "up to here there are 1073741824 vCPUs");

    [Fact]
    public void Depth_is_limited() => Expect(new string('[', 100) + new string(']', 100), 1, 34, "more than 32 levels");

    [Theory]
    [InlineData(new byte[] { 0x7f, 0x45, 0x4c, 0x46, 0 }, "this is a binary file")]
    [InlineData(new byte[] { 0x61, 0xff, 0xfe }, "this is not UTF-8 text")]
    [InlineData(new byte[0], "the file is empty")]
    public void A_file_that_is_not_text_is_refused(byte[] bytes, string what)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            var problem = Assert.Single(ScenarioReader.ReadFile(path).Problems);
            Assert.Contains(what, problem.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_of_100_MB_is_refused_unread()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path)) file.SetLength(100_000_000);
            Assert.Contains("the file has 100 MB", Assert.Single(ScenarioReader.ReadFile(path).Problems).ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_and_a_directory_are_told_apart()
    {
        Assert.EndsWith(": there is no such file; check the path",
            ScenarioReader.ReadFile("no/such.yaml").Problems.Single().ToString());
        Assert.Contains("this is a directory",
            ScenarioReader.ReadFile(Path.GetTempPath()).Problems.Single().ToString());
    }

    [Fact]
    public void A_domain_without_work_is_a_warning() =>
        Assert.Equal("domain web has no workloads", ScenarioReader.Read(Least, "test.yaml").Warnings.Single().What);

    private static Scenario Read(string text)
    {
        var reading = ScenarioReader.Read(text, "test.yaml");
        Assert.Empty(reading.Problems);
        return reading.Value!;
    }

    private static IReadOnlyList<Problem> Problems(string text)
    {
        var reading = ScenarioReader.Read(text, "test.yaml");
        Assert.Null(reading.Value);
        return reading.Problems;
    }

    private static void Expect(string text, int line, int column, string what)
    {
        var problems = Problems(text);
        Assert.Contains(problems, p => p.ToString().Contains(what, StringComparison.Ordinal));
        var found = problems.First(p => p.ToString().Contains(what, StringComparison.Ordinal));
        Assert.Equal(("test.yaml", line, column), (found.Place.Source, found.Place.Line, found.Place.Column));
        Assert.DoesNotContain('\n', found.ToString());
    }
}
