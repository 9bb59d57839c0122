using System.Text;

namespace Flms.Lab.Input;

/// <summary>Makes what users wrote fit to be shown in one line of a message.</summary>
public static class Quote
{
    private const int Longest = 60;

    /// <summary>The text in quotes, cut to 60 characters, with nothing in it that could harm a terminal.</summary>
    public static string Text(string text) =>
        $"\"{OneLine(text.Length > Longest ? text[..Longest] + "…" : text)}\"";

    /// <summary>The text with a space in place of every control character.</summary>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text) line.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return line.ToString();
    }

    /// <summary>The names as a sentence has them: <c>a, b or c</c>.</summary>
    public static string Or(IEnumerable<string> names)
    {
        var list = names.ToList();
        if (list.Count == 0) return "nothing";
        return list.Count == 1 ? list[0] : $"{string.Join(", ", list.Take(list.Count - 1))} or {list[^1]}";
    }
}
