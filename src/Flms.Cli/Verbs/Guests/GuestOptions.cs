using System.CommandLine;
using Flms.Agent.Guests;
using Flms.Core;

namespace Flms.Cli.Verbs.Guests;

/// <summary>The options that say who belongs on the reserved vCPUs.</summary>
internal sealed class GuestOptions
{
    private static readonly GuestRules Usual = new();

    private readonly Option<string> _vcpus = ScenarioOptions.Text("--vcpus", "LIST",
        "The reserved vCPUs, as in 0 or 0,2-3 (default: what the host says by fw_cfg opt/flms/sp-vcpus, else 0).");

    private readonly Option<string> _period = ScenarioOptions.Text("--period", "TIME",
        $"How often to look (default: {Usual.Period}).");

    private readonly Option<string> _low = ScenarioOptions.Text("--low", "PERCENT",
        $"Who uses less of a vCPU goes to the reserved ones (default: {Usual.Low}).");

    private readonly Option<string> _high = ScenarioOptions.Text("--high", "PERCENT",
        $"Who uses more comes back (default: {Usual.High}).");

    private readonly Option<string> _user = ScenarioOptions.Text("--min-uid", "N",
        $"Processes of users from this number on may go to the reserved ones, 0 for all (default: {Usual.FirstUser}).");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_vcpus, _period, _low, _high, _user];

    /// <summary>The reserved vCPUs as the line says; null if it does not.</summary>
    public string? Vcpus(ParseResult line) => line.GetValue(_vcpus);

    /// <summary>The rules as the line says.</summary>
    public GuestRules Rules(ParseResult line)
    {
        var rules = new GuestRules
        {
            Period = ScenarioOptions.Time(line, _period) ?? Usual.Period,
            Low = Number(_low, Usual.Low, 100),
            High = Number(_high, Usual.High, 100),
            FirstUser = Number(_user, Usual.FirstUser, int.MaxValue),
        };
        if (rules.Period < 100.Ms || rules.Period > 3600.Seconds)
            throw Failure.Usage($"--period {rules.Period}: write a time from 100ms to 1h");
        if (rules.Low > rules.High) throw Failure.Usage($"--low {rules.Low} is above --high {rules.High}");
        return rules;

        int Number(Option<string> option, int usual, int most) =>
            line.GetValue(option) is { } text ? ScenarioOptions.Number(option.Name, text, 0, most) : usual;
    }
}
