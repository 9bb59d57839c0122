using System.Text.RegularExpressions;

namespace Flms.Cli.Verbs.Agents;

/// <summary>A hypervisor's command line without what may be secret: only what is known to be harmless is kept.
/// </summary>
/// <remarks>By a list of what may stay, since nobody can list everything that may be a password: of QEMU's options
/// those that say how large and of what kind the machine is; of devices and objects their kind; all else is left out.
/// </remarks>
internal static partial class SafeCommandLine
{
    private const string LeftOut = "[left out]";

    private static readonly HashSet<string> Whole =
    [
        "-name", "-smp", "-m", "-M", "-machine", "-cpu", "-accel", "-uuid", "-numa", "-overcommit", "-realtime", "--id",
        "--cpus",
    ];

    private static readonly HashSet<string> KindOnly =
        ["-device", "-object", "-netdev", "-chardev", "-display", "-audiodev", "-vga"];

    /// <summary>The words that may be shown, a line each.</summary>
    /// <param name="words">The command line.</param>
    public static IEnumerable<string> Of(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (i == 0) yield return Path.GetFileName(word);
            else if (!OptionForm().IsMatch(word)) yield return LeftOut;
            else
            {
                var value = i + 1 < words.Count && !OptionForm().IsMatch(words[i + 1]) ? words[++i] : null;
                yield return value == null ? word : $"{word} {Shown(word, value)}";
            }
        }
    }

    private static string Shown(string option, string value)
    {
        if (Whole.Contains(option)) return value;
        var kind = value.Split(',')[0];
        return KindOnly.Contains(option) && KindForm().IsMatch(kind) ? $"{kind},{LeftOut}" : LeftOut;
    }

    [GeneratedRegex("^--?[A-Za-z][A-Za-z0-9-]{0,30}$")]
    private static partial Regex OptionForm();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$")]
    private static partial Regex KindForm();
}
