using System.CommandLine;
using System.Text.RegularExpressions;
using Flms.Cli.Manuals;
using Flms.Cli.Shells;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs;

/// <summary>Writes what the code knows into the documentation.</summary>
internal sealed partial class DocsVerb : Verb
{
    private readonly Option<bool> _check = new("--check")
    {
        Description = "Change nothing; fail if a page of this checkout is out of date.",
    };

    private readonly Option<string> _package = ScenarioOptions.Text("--package", "FOLDER",
        "Write there what a distribution's package has beside the program: manual pages, completion, the agent's "
        + "configuration. The folder stands for the root of the file system.");

    private readonly Func<RootCommand> _root;

    public DocsVerb(Func<RootCommand> root)
        : base("docs", "Write options, keys and verbs, as the code has them, into the documentation")
    {
        _root = root;
        Take("Options", _check, _package);
    }

    [GeneratedRegex(@"(?<=<!-- verbs -->\n).*?(?=<!-- /verbs -->)", RegexOptions.Singleline)]
    private static partial Regex VerbBlock();

    public override string Lesson =>
        "Blocks between marks (<!-- generated:options credit --> ... <!-- /generated -->) in README.md and docs/ are "
        + "made anew; what stands outside of them is left alone. So are comparisons (<!-- compare noisy-neighbour: "
        + "credit,flms --> ... <!-- /compare -->): each is run again, which takes seconds. For those who work on flms.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms docs", "after a change of options, scenario keys or verbs"),
        ("flms docs --check", "as CI does"),
        ("flms docs --package out/root", "as eng/package.sh does"),
    ];

    public override string ReadOn => "CONTRIBUTING.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var root = Checkout.Find("flms docs");
        if (line.GetValue(_package) is { } folder)
        {
            WritePackage(root, folder);
            return ExitCode.Fine;
        }
        var pages = Pages(root).Select(page => (Name: page, Text: File.ReadAllText(Path.Combine(root, page)))).ToList();
        var compared = new ComparedTables();
        foreach (var (page, text) in pages) compared.Want(page, text);
        compared.Measure(root, terminal);
        var stale = new List<(string Page, string Text)>();
        foreach (var (page, old) in pages)
        {
            var text = InputProblems.ValueOf(DocsGenerator.Rewrite(old, page), terminal);
            text = compared.Rewrite(VerbBlock().Replace(text, _ => VerbTable()));
            if (text != old) stale.Add((page, text));
        }
        if (line.GetValue(_check) && stale.Count > 0)
            throw Failure.Input(string.Join('\n', stale.Select(s => $"{s.Page}: out of date; run ./flms docs")));
        foreach (var (page, text) in stale)
        {
            Checkout.Write(Path.Combine(root, page), text);
            terminal.Out.WriteLine(page);
        }
        return ExitCode.Fine;
    }

    private void WritePackage(string root, string folder)
    {
        var model = ShellVerb.Of(_root());
        var manual = new Manual(_root(), page => File.ReadAllText(Path.Combine(root, "docs", page)));
        List<(string Path, string Text)> files =
        [
            .. ShellScript.All.Select(s => (s.Installed, s.Write(model))),
            .. manual.Pages.Select(p => ($"usr/share/man/man{p.File[^1]}/{p.File}", p.Text)),
            ("etc/flms/agent.yaml", AgentKeys.File()),
        ];
        foreach (var (path, text) in files)
        {
            var target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Checkout.Write(target, text);
        }
    }

    private static IEnumerable<string> Pages(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
            .Append("README.md")
            .Order(StringComparer.Ordinal);

    private string VerbTable() => "| verb | what it does |\n|---|---|\n" + string.Concat(
        _root().Subcommands.OfType<Verb>().SelectMany(v => v.Leaves).Select(
            v => $"| `flms {v.FullName}{string.Concat(v.Arguments.Select(Argument))}` | {v.Description} |\n"));

    private static string Argument(Argument argument) =>
        argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.HelpName}]" : $" {argument.HelpName}";
}
