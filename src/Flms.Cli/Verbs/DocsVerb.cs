using System.CommandLine;
using System.Text.RegularExpressions;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs;

/// <summary>Writes what the code knows into the documentation.</summary>
internal sealed partial class DocsVerb : Verb
{
    private readonly Option<bool> _check = new("--check")
    {
        Description = "Change nothing; fail if a page of this checkout is out of date.",
    };

    private readonly Func<IEnumerable<Verb>> _verbs;

    public DocsVerb(Func<IEnumerable<Verb>> verbs)
        : base("docs", "Write options, keys and verbs, as the code has them, into the documentation")
    {
        _verbs = verbs;
        Take("Options", _check);
    }

    [GeneratedRegex(@"(?<=<!-- verbs -->\n).*?(?=<!-- /verbs -->)", RegexOptions.Singleline)]
    private static partial Regex VerbBlock();

    public override string Lesson =>
        "Blocks between marks (<!-- generated:options credit --> ... <!-- /generated -->) in README.md and docs/ are "
        + "made anew; what stands outside of them is left alone. For those who work on flms.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms docs", "after a change of options, scenario keys or verbs"),
        ("flms docs --check", "as CI does"),
    ];

    public override string ReadOn => "CONTRIBUTING.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var root = Checkout.Find("flms docs");
        var stale = new List<(string Page, string Text)>();
        foreach (var page in Pages(root))
        {
            var old = File.ReadAllText(Path.Combine(root, page));
            var text = InputProblems.ValueOf(DocsGenerator.Rewrite(old, page), terminal);
            text = VerbBlock().Replace(text, _ => VerbTable());
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

    private static IEnumerable<string> Pages(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
            .Append("README.md")
            .Order(StringComparer.Ordinal);

    private string VerbTable() => "| verb | what it does |\n|---|---|\n" + string.Concat(
        _verbs().SelectMany(v => v.Leaves).Select(
            v => $"| `flms {v.FullName}{string.Concat(v.Arguments.Select(Argument))}` | {v.Description} |\n"));

    private static string Argument(Argument argument) =>
        argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.HelpName}]" : $" {argument.HelpName}";
}
