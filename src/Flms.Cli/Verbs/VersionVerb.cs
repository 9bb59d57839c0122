using System.CommandLine;
using System.CommandLine.Invocation;

namespace Flms.Cli.Verbs;

/// <summary>Says which flms this is.</summary>
internal sealed class VersionVerb : Verb
{
    private readonly Option<bool> _json = CommonOptions.Json("""{"version","commit","runtime","system"}""");

    public VersionVerb() : base("version", "Say which flms this is, and what it runs on") => Take("Options", _json);

    public override string Lesson =>
        "The same version, scenario and seed give the same results, byte for byte, on every machine.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms version --json", "for scripts and bug reports")];

    public override int Run(ParseResult line, Terminal terminal)
    {
        if (!line.GetValue(_json)) terminal.Out.WriteLine(Build.Description);
        else
            JsonOutput.Write(terminal, json =>
            {
                json.WriteStartObject();
                json.WriteString("version", Build.Version);
                json.WriteString("commit", Build.Commit);
                json.WriteString("runtime", Build.Runtime);
                json.WriteString("system", Build.System);
                json.WriteEndObject();
            });
        return ExitCode.Fine;
    }
}

/// <summary>What <c>flms --version</c> does.</summary>
internal sealed class ShowVersion(Terminal terminal) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        terminal.Out.WriteLine(Build.Description);
        return ExitCode.Fine;
    }
}
