namespace Flms.Cli;

/// <summary>Writes a command line as a shell would read it.</summary>
internal static class CommandLine
{
    private const string Plain = "-_./=,:@%+";

    /// <summary><c>flms</c> and its words, quoted where a shell needs it.</summary>
    public static string Of(IEnumerable<string> args) => string.Join(' ', args.Select(Quoted).Prepend("flms"));

    /// <summary>The command line that was parsed.</summary>
    public static string Of(System.CommandLine.ParseResult line) => Of(line.Tokens.Select(t => t.Value));

    private static string Quoted(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || Plain.Contains(c))) return word;
        return $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
