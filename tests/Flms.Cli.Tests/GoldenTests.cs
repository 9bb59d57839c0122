using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Flms.Cli.Tests;

/// <summary>Dispatch traces of the genuine schedulers, reproduced through the command line.</summary>
public sealed partial class GoldenTests : ScenarioFile
{
    [GeneratedRegex(@"^ *([\d.]+) ms cpu(\d+) (\w+) -> (\w+) slice=")]
    private static partial Regex Switch();

    [Theory]
    [InlineData("credit_trace_1pcpu_2hogs_1io")]
    [InlineData("credit_trace_cap25")]
    [InlineData("credit_trace_weights_256_512")]
    [InlineData("bvt_trace_adv10_adv20")]
    [InlineData("sedf_trace_dom0_20_15_extra")]
    [InlineData("sedf_trace_short_block")]
    public void Run_with_events_gives_the_switches_of_the_genuine_scheduler(string name)
    {
        var expected = new List<string>();
        foreach (var line in File.ReadLines(InRepository($"tests/golden/{name}.txt")))
            if (Switch().Match(line) is { Success: true } m)
                expected.Add(string.Join(' ',
                    m.Groups[1].Value, m.Groups[2].Value, Plain(m.Groups[3].Value), Plain(m.Groups[4].Value)));
        var outcome = Command.Run("run", InRepository($"scenarios/golden/{name}.yaml"), "--events", PathOf("e.jsonl"));
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        var seen = File.ReadLines(PathOf("e.jsonl")).Select(SwitchOf).OfType<string>().ToList();
        Assert.NotEmpty(expected);
        // The recorded trace stops at its last switch; the scenario may go on.
        Assert.Equal(expected, seen.Take(expected.Count));
    }

    private static string? SwitchOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        var e = json.RootElement;
        if (e.GetProperty("event").GetString() != "switch") return null;
        // The recorded times are milliseconds in floating point, printed with three decimals.
        var ms = e.GetProperty("t_ns").GetInt64() / 1e6;
        return string.Create(CultureInfo.InvariantCulture,
            $"{ms:F3} {e.GetProperty("pcpu")} {Plain(e.GetProperty("prev").GetString()!)} "
            + $"{Plain(e.GetProperty("next").GetString()!)}");
    }

    // There it is "idle0" and "d1", here "idle" and "d1/0".
    private static string Plain(string vcpu) =>
        vcpu.StartsWith("idle", StringComparison.Ordinal) ? "idle" : vcpu.Split('/')[0];

    private static string InRepository(string path) => Path.Combine(SourceTree.Root, path);
}
