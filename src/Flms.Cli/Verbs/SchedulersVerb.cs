using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using Flms.Lab.Settings;
using Flms.Schedulers;

namespace Flms.Cli.Verbs;

/// <summary>Lists the schedulers, or explains one with every option it has.</summary>
internal sealed class SchedulersVerb : Verb
{
    private const string Shape =
        """{"schedulers":[{"name", "summary", "source", "presets":[], "options":[{"name", "type", "unit", "default", """
        + """ "min", "max", "source", "summary", "choices":[]}]}]}""";

    private readonly Argument<string> _name = new("name")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "A scheduler's name: it is then explained with all its options.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _json = CommonOptions.Json(Shape);

    public SchedulersVerb() : base("schedulers", "List the schedulers, or explain one with every option it has")
    {
        _name.CompletionSources.Add(_ => SchedulerCatalog.All.Select(s => new CompletionItem(s.Name)));
        Add(_name);
        Take("Options", _json);
    }

    public override string Lesson =>
        "Every option is shown with its unit, its default, the range allowed, and where the default comes from. Set "
        + "one in a scenario's schedulers block, or with --set schedulers.NAME.OPTION=VALUE.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms schedulers", "what there is"),
        ($"flms schedulers {SchedulerCatalog.All[^1].Name}", "one with all its options"),
        ("flms schedulers --json", "all of it, for a program"),
    ];

    public override string ReadOn => "docs/schedulers/ has a page on each";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var name = line.GetValue(_name);
        IReadOnlyList<SchedulerEntry> chosen = name is null ? SchedulerCatalog.All : [SchedulerNames.Find(name)];
        if (line.GetValue(_json)) JsonOutput.Write(terminal, json => Write(json, chosen));
        else if (name is null) List(terminal);
        else Explain(terminal, chosen[0]);
        return ExitCode.Fine;
    }

    private static void List(Terminal terminal)
    {
        terminal.Rows([.. SchedulerCatalog.All.Select(s => (s.Name, s.Summary))]);
        terminal.Out.WriteLine();
        terminal.Paragraph("flms schedulers NAME shows a scheduler's options; docs/schedulers/ has a page on each.");
    }

    private static void Explain(Terminal terminal, SchedulerEntry scheduler)
    {
        terminal.Paragraph($"{scheduler.Name}: {scheduler.Summary}");
        terminal.Paragraph($"Source: {scheduler.Source}.");
        if (scheduler.Presets.Count > 0)
            terminal.Paragraph($"Presets: {string.Join(", ", scheduler.Presets.Select(p => p.Name))}"
                + " (the first is the default).");
        foreach (var setting in OptionCatalog.Of(scheduler.Defaults))
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine($"  {setting.Name} = {setting.Default}{Space(setting.Unit)}{Allowed(setting)}");
            terminal.Text($"{setting.Summary} Source: {setting.Source.TrimEnd('.')}.", 6);
        }
    }

    private static string Space(string unit) => unit == "" ? "" : $" {unit}";

    private static string Allowed(Setting setting) =>
        setting.Kind == SettingKind.Choice ? $"   (one of {setting.Range})"
        : setting.Range == "" ? $"   ({setting.KindName})"
        : $"   ({setting.KindName}, {setting.Range})";

    private static void Write(Utf8JsonWriter json, IReadOnlyList<SchedulerEntry> schedulers)
    {
        json.WriteStartObject();
        json.WriteStartArray("schedulers");
        foreach (var scheduler in schedulers)
        {
            json.WriteStartObject();
            json.WriteString("name", scheduler.Name);
            json.WriteString("summary", scheduler.Summary);
            json.WriteString("source", scheduler.Source);
            json.WriteStartArray("presets");
            foreach (var preset in scheduler.Presets) json.WriteStringValue(preset.Name);
            json.WriteEndArray();
            json.WriteStartArray("options");
            foreach (var setting in OptionCatalog.Of(scheduler.Defaults)) Write(json, setting);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Setting setting)
    {
        json.WriteStartObject();
        json.WriteString("name", setting.Name);
        json.WriteString("type", TypeOf(setting));
        json.WriteString("unit", setting.Unit);
        json.WriteString("default", setting.Default);
        json.WriteString("min", setting.Min);
        json.WriteString("max", setting.Max);
        json.WriteString("source", setting.Source);
        json.WriteString("summary", setting.Summary);
        json.WriteStartArray("choices");
        foreach (var choice in setting.Choices) json.WriteStringValue(choice);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string TypeOf(Setting setting) => setting.Kind switch
    {
        SettingKind.Whole => "integer",
        SettingKind.YesNo => "boolean",
        SettingKind.Fraction => "number",
        _ => OptionCatalog.Write(setting.Kind),
    };
}
