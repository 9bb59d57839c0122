namespace Flms.Cli.Shells;

/// <summary>A shell that can complete flms's command line.</summary>
/// <param name="Name">What the shell is called.</param>
/// <param name="Installed">Where a distribution installs the script, from the root.</param>
/// <param name="Write">Writes it.</param>
internal sealed record ShellScript(string Name, string Installed, Func<ShellVerb, string> Write)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ShellScript> All { get; } =
    [
        new("bash", "usr/share/bash-completion/completions/flms", BashScript.Of),
        new("zsh", "usr/share/zsh/vendor-completions/_flms", ZshScript.Of),
        new("fish", "usr/share/fish/vendor_completions.d/flms.fish", FishScript.Of),
    ];
}
