using System.CommandLine;
using Flms.Agent.Host;
using Flms.Agent.Linux;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Looks whether the agent can work on this host.</summary>
internal sealed class AgentDoctorVerb : Verb
{
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"findings":[{"name", "severity", "says", "advice"}]}""");

    public AgentDoctorVerb() : base("doctor", "Say what this host's kernel and settings let the agent do")
    {
        Take("Options", _json);
    }

    public override string Lesson =>
        "Reads the kernel's version, its preemption model, what slices do on it, privileges, isolated pCPUs, and "
            + "whether somebody else places VMs. Changes nothing. Exit code 7 if something makes the agent "
            + "impossible here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent doctor", ""), ("flms agent doctor --json", "for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var findings = new Doctor(new LinuxFiles()).Examine();
        if (line.GetValue(_json)) Write(terminal, findings);
        else
            terminal.Rows([.. findings.Select(f => (Mark(f.Severity) + f.Name,
                f.Advice == "" ? f.Says : $"{f.Says}. To do: {f.Advice}"))]);
        return findings.Any(f => f.Severity == Severity.Problem) ? ExitCode.Host : ExitCode.Fine;
    }

    private static string Mark(Severity severity) => severity switch
    {
        Severity.Fine => "   ",
        Severity.Limit => " - ",
        _ => " ! ",
    };

    private static void Write(Terminal terminal, IReadOnlyList<Finding> findings) => JsonOutput.Write(terminal, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("name", finding.Name);
            json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("says", finding.Says);
            json.WriteString("advice", finding.Advice);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });
}
