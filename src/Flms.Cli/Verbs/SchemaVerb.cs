using System.CommandLine;
using Flms.Lab.Scenarios;

namespace Flms.Cli.Verbs;

/// <summary>Prints the JSON Schema of scenarios.</summary>
internal sealed class SchemaVerb : Verb
{
    private const string Kept = "scenarios/scenario.schema.json";

    private readonly Option<bool> _check = new("--check")
    {
        Description = $"Print nothing; fail if {Kept} of this checkout is out of date.",
    };

    public SchemaVerb() : base("schema", "Print the JSON Schema of scenario files, for editors") =>
        Take("Options", _check);

    public override string Lesson =>
        "Editors that know it complete keys and mark mistakes while a scenario is written. A scenario names it in its "
        + "first line: # yaml-language-server: $schema=scenario.schema.json";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms schema > scenarios/scenario.schema.json", "after a change of the code"),
        ("flms schema --check", "as CI does"),
    ];

    public override string ReadOn => "docs/scenario.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        if (!line.GetValue(_check))
        {
            terminal.Out.Write(ScenarioSchema.Write());
            return ExitCode.Fine;
        }
        var path = Path.Combine(Checkout.Find("flms schema --check"), Kept);
        if (!File.Exists(path) || File.ReadAllText(path) != ScenarioSchema.Write())
            throw Failure.Input($"{Kept}: out of date; run ./flms schema > {Kept}");
        return ExitCode.Fine;
    }
}
