using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Flms.Agent.Tests.Monitoring;

/// <summary>Grafana's dashboard and Prometheus's alerts ask for what the agent publishes.</summary>
public sealed partial class DashboardTests : TestFolder
{
    [GeneratedRegex(@"\bflms_agent_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    private static string Packaging => Path.Combine(SourceTree.Root, "packaging");

    private static JsonElement Dashboard =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Packaging, "grafana/flms-agent.json"))).RootElement;

    private static IEnumerable<(string Panel, string Query)> Queries =>
        from panel in Dashboard.GetProperty("panels").EnumerateArray()
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!);

    [Fact]
    public void Panels_stand_beside_each_other_and_each_has_words_and_a_query()
    {
        var panels = Dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        var taken = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            var title = panel.GetProperty("title").GetString()!;
            Assert.NotEqual("", panel.GetProperty("description").GetString());
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            var grid = panel.GetProperty("gridPos");
            var (x, y) = (grid.GetProperty("x").GetInt32(), grid.GetProperty("y").GetInt32());
            for (var i = x; i < x + grid.GetProperty("w").GetInt32(); i++)
                for (var j = y; j < y + grid.GetProperty("h").GetInt32(); j++)
                    Assert.True(i is >= 0 and < 24 && taken.Add((i, j)), $"{title} lies over another, or outside");
        }
    }

    // One agent, one Prometheus: starting them is what costs.
    [SkippableFact]
    public async Task Every_panel_and_alert_asks_a_real_Prometheus_for_what_a_real_agent_publishes()
    {
        var id = Environment.ProcessId;
        using var web = new PretendVm($"metrics-{id}-web", 1);
        using var batch = new PretendVm($"metrics-{id}-batch", 2);
        var config = Write("agent.yaml", $$"""
            period: 100ms
            vms:
              - { match: metrics-{{id}}-web, class: latency }
              - { match: metrics-{{id}}-batch, class: compute }
            """);
        var file = PathOf("metrics.prom");
        var flms = Path.Combine(AppContext.BaseDirectory, "flms.dll");
        using var agent = Process.Start(new ProcessStartInfo("dotnet",
            [flms, "agent", "run", "--config", config, "--metrics", file, "--socket", "none"])
        { RedirectStandardError = true })!;
        try
        {
            var text = await MetricsAsync(agent, file, [web.Name, batch.Name]);
            Assert.Empty(Unknown(text));
            using var prometheus = new Prometheus(() => File.ReadAllText(file));
            foreach (var (panel, query) in Queries)
                await AnswersAsync(prometheus, panel, query.Replace("$__rate_interval", "1m", StringComparison.Ordinal)
                    .Replace("$instance", ".*", StringComparison.Ordinal), rare: panel == "Failed system calls");
        }
        finally
        {
            agent.Kill();
            await agent.WaitForExitAsync();
        }
    }

    // What the dashboard, the alerts and their tests name that the agent has not.
    private static List<string> Unknown(string metrics)
    {
        var known = TypeLine().Matches(metrics).SelectMany(m => m.Groups[2].Value == "histogram"
            ? (string[])[$"{m.Groups[1].Value}_bucket", $"{m.Groups[1].Value}_sum", $"{m.Groups[1].Value}_count"]
            : [m.Groups[1].Value]).ToHashSet();
        return
        [
            .. from path in Directory.EnumerateFiles(Packaging, "flms-agent.*",
                   SearchOption.AllDirectories)
               where !path.EndsWith(".service", StringComparison.Ordinal)
               from match in Metric().Matches(File.ReadAllText(path))
               where !known.Contains(match.Value)
               select $"{Path.GetFileName(path)}: {match.Value}",
        ];
    }

    // The metrics once the VMs are in them and a plan has been made.
    private static async Task<string> MetricsAsync(Process agent, string file, string[] vms)
    {
        for (var patience = 0; patience < 600; patience++)
        {
            Assert.False(agent.HasExited, agent.HasExited ? await agent.StandardError.ReadToEndAsync() : "");
            var text = File.Exists(file) ? await File.ReadAllTextAsync(file) : "";
            if (vms.All(vm => text.Contains($"domain=\"{vm}\"", StringComparison.Ordinal))
                && text.Contains("flms_agent_pool_cpus{", StringComparison.Ordinal)) return text;
            await Task.Delay(100);
        }
        throw new TimeoutException($"the agent does not publish {string.Join(", ", vms)}");
    }

    // Rates need two samples; what is rare need not be there, but the query must be understood.
    private static async Task AnswersAsync(Prometheus prometheus, string panel, string query, bool rare)
    {
        for (var patience = 0; patience < 600; patience++)
        {
            var series = await prometheus.QueryAsync(query);
            if (series > 0 || rare && series == 0) return;
            await Task.Delay(100);
        }
        Assert.Fail($"{panel}: {query} gives nothing");
    }
}
