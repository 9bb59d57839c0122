using System.CommandLine;
using Flms.Cli.Shells;
using Flms.Lab.Input;

namespace Flms.Cli.Verbs;

/// <summary>Prints what a shell needs to complete the command line.</summary>
internal sealed class CompletionVerb : Verb
{
    private readonly Argument<string> _shell = new("shell")
    {
        Description = "bash, zsh or fish.",
        HelpName = "SHELL",
    };

    private readonly Func<RootCommand> _root;

    public CompletionVerb(Func<RootCommand> root) : base("completion", "Print completion for bash, zsh or fish")
    {
        _root = root;
        Add(_shell);
    }

    public override string Lesson =>
        "With it the shell completes verbs, options, scheduler names, scenarios and recordings when you press Tab. The "
        + "Debian package installs it; from a checkout, load it as below. In zsh, compinit must have run before.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms completion bash > ~/.local/share/bash-completion/completions/flms", "for every bash from now on"),
        ("flms completion zsh > ~/.zfunc/_flms", "where ~/.zfunc is in your fpath"),
        ("flms completion fish > ~/.config/fish/completions/flms.fish", "for every fish from now on"),
    ];

    public override int Run(ParseResult line, Terminal terminal)
    {
        var name = line.GetValue(_shell);
        var script = ShellScript.All.FirstOrDefault(s => s.Name == name) ?? throw Failure.Usage(
            $"there is no completion for {Quote.Text(name!)}; write {Quote.Or(ShellScript.All.Select(s => s.Name))}");
        terminal.Out.Write(script.Write(ShellVerb.Of(_root())));
        return ExitCode.Fine;
    }
}
