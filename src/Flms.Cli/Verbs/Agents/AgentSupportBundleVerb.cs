using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Flms.Agent.Control;
using Flms.Agent.Levers;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Puts everything into one file that somebody needs who is to find out what is wrong.</summary>
internal sealed class AgentSupportBundleVerb : Verb
{
    private const string About = """
        What flms agent support-bundle has put together.

        version.txt    which flms, and what was called
        host.txt       kernel and pCPUs; doctor.txt: what flms agent doctor says
        config/        the configuration's files; config.txt: what is wrong with it, if anything is
        status.json, history.json, plan.json, vms.json, verify.json, metrics.prom    of the running agent, if one runs
        journal.txt    what the agent has changed and not put back
        vms/           each VM: how its threads are scheduled; of its command line only what is known to be harmless

        Left out are disks, addresses, passwords, and whatever else command lines have; names of VMs are in it.

        """;

    private readonly Option<string> _out = new("--out")
    {
        Description = "The file to write (default: flms-support-DATE-TIME.tar.gz here).",
        HelpName = "FILE",
    };

    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _socket = AgentOptions.Socket();
    private readonly Option<string> _journal = HostSession.JournalOption();
    private readonly Option<bool> _json = CommonOptions.Json("""{"file", "contents":["..."]}""");

    public AgentSupportBundleVerb()
        : base("support-bundle", "Put what is needed to find a fault into one file, without secrets")
    {
        Take("Options", _out, _config, _socket, _journal, _json);
    }

    public override string Lesson =>
        "Doctor, the running agent's status, history, plan, figures and metrics, the configuration, the journal, how "
            + "the VMs' threads are scheduled, versions: texts in one .tar.gz, written whole or not at all. Of command "
            + "lines only what is known to be harmless is kept. Works without a running agent, too. Read it before "
            + "you send it: names of VMs are in it.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent support-bundle", ""), ("flms agent support-bundle --out fault.tar.gz", "")];

    public override string ReadOn => "docs/agent-control.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var path = line.GetValue(_out) ?? string.Create(CultureInfo.InvariantCulture,
            $"flms-support-{DateTimeOffset.Now:yyyyMMdd-HHmmss}.tar.gz");
        using var file = OutputFile.Open(path);
        var bundle = new SupportBundle();
        bundle.Add("README.txt", About);
        bundle.Add("version.txt", $"{Build.Description}\n{CommandLine.Of(line)}\n");
        bundle.AddHost();
        bundle.AddVms();
        AddConfig(bundle, AgentOptions.Files(line, _config));
        AddAgent(bundle, AgentLink.Of(line, _socket, _config));
        if (TextOf(line.GetValue(_journal) ?? JournalFile.DefaultPath) is { } journal)
            bundle.Add("journal.txt", journal);
        file.Write(bundle.Write);
        file.Keep();
        if (line.GetValue(_json)) Write(terminal, path, bundle.Names);
        else terminal.Out.WriteLine($"Written: {path}: {string.Join(", ", bundle.Names)}");
        return ExitCode.Fine;
    }

    private static void AddConfig(SupportBundle bundle, IReadOnlyList<string> files)
    {
        for (var i = 0; i < files.Count; i++)
            bundle.Add($"config/{i + 1}-{Path.GetFileName(files[i])}", TextOf(files[i]) ?? "cannot be read\n");
        var reading = AgentConfig.Read(files);
        bundle.Add("config.txt", files.Count == 0 ? "defaults\n" : string.Join('\n', files) + "\n"
            + (reading.Problems.Count == 0 ? "right\n" : string.Join('\n', reading.Problems) + "\n"));
    }

    // An agent that does not answer is a finding, not a reason to give up.
    private static void AddAgent(SupportBundle bundle, AgentLink link)
    {
        try
        {
            Ask(ControlVerbs.Status, "status.json", ReportJson.Indented.StatusReport);
            Ask(ControlVerbs.History, "history.json", ReportJson.Indented.HistoryReport);
            Ask(ControlVerbs.Vms, "vms.json", ReportJson.Indented.VmsReport);
            Ask(ControlVerbs.Verify, "verify.json", ReportJson.Indented.VerifyReport);
            if (link.AskIfThere(ControlVerbs.Metrics, ReportJson.Line.TextReport) is { } metrics)
                bundle.Add("metrics.prom", metrics.Text);
            Ask(ControlVerbs.Plan, "plan.json", ReportJson.Indented.PlanReport);
        }
        catch (Failure failure)
        {
            bundle.Add("agent.txt", failure.Message + "\n");
        }

        void Ask<T>(string verb, string name, JsonTypeInfo<T> form) where T : class
        {
            var report = link.AskIfThere(verb, form);
            if (report == null) bundle.Add("agent.txt", $"nobody listens on {link.Path}\n");
            else bundle.Add(name, System.Text.Json.JsonSerializer.Serialize(report, form) + "\n");
        }
    }

    private static string? TextOf(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.Message}\n";
        }
    }

    private static void Write(Terminal terminal, string path, IReadOnlyCollection<string> names) =>
        JsonOutput.Write(terminal, json =>
        {
            json.WriteStartObject();
            json.WriteString("file", path);
            json.WriteStartArray("contents");
            foreach (var name in names) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteEndObject();
        });
}
