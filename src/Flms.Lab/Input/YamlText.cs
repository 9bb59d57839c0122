using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Flms.Lab.Input;

/// <summary>Reads YAML into nodes that know their line and column.</summary>
/// <remarks>
/// Only the event stream of YamlDotNet is used, never its object mapping: every message can so name a place, and
/// nothing of the document can choose a type. Refused: anchors and aliases (a file of 1 KB could unfold to
/// gigabytes), tags, several documents, keys that are not plain text, more than 32 levels or 200,000 values.
/// </remarks>
internal static class YamlText
{
    /// <summary>The longest file that is read, in bytes.</summary>
    public const int MaxBytes = 10_000_000;

    private const int MaxDepth = 32;
    private const int MaxNodes = 200_000;

    /// <summary>Reads the bytes of a file.</summary>
    /// <returns>The top node; null if a problem was added.</returns>
    public static Node? ReadBytes(byte[] bytes, string source, Problems problems)
    {
        var place = new Place(source);
        if (bytes.AsSpan().Contains((byte)0))
        {
            problems.Add(place, "this is a binary file", "a scenario is YAML text in UTF-8");
            return null;
        }
        try
        {
            var text = new UTF8Encoding(false, true).GetString(bytes);
            return Read(text.TrimStart('\uFEFF'), source, problems);
        }
        catch (DecoderFallbackException)
        {
            problems.Add(place, "this is not UTF-8 text", "save the file as UTF-8");
            return null;
        }
    }

    /// <summary>Reads a document.</summary>
    /// <returns>The top node; null if a problem was added.</returns>
    public static Node? Read(string text, string source, Problems problems) =>
        new Reader(problems, (mark) => new(source, (int)mark.Line, (int)mark.Column)).Document(text, new(source, 1, 1));

    /// <summary>Reads a value from the command line: a scalar, or a list or map in brackets.</summary>
    /// <returns>The node; null if a problem was added. Every part of it has <paramref name="place"/>.</returns>
    public static Node? ReadValue(string text, Place place, Problems problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return new Scalar(place, "", false);
        return new Reader(problems, _ => place).Document(text, place);
    }

    private sealed class Reader(Problems problems, Func<Mark, Place> placeOf)
    {
        private readonly Queue<ParsingEvent> _events = new();
        private int _nodes;

        public Node? Document(string text, Place top)
        {
            if (!Scan(text)) return null;
            _events.Dequeue(); // the stream's begin
            if (_events.Peek() is StreamEnd)
            {
                problems.Add(top, "the file is empty", "describe a machine and its domains; see docs/scenario.md");
                return null;
            }
            _events.Dequeue(); // the document's begin
            if (Next(0) is not { } node) return null;
            _events.Dequeue(); // the document's end
            return _events.Peek() is DocumentStart second
                ? Refuse(second, "a second document begins here", "put each scenario into its own file") : node;
        }

        // Everything that the library can throw is thrown here: on damaged text not only its own exception.
        private bool Scan(string text)
        {
            var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
            try
            {
                while (parser.MoveNext())
                {
                    _events.Enqueue(parser.Current!);
                    if (_events.Count > 4 * MaxNodes) return TooMany(parser.Current!);
                }
                return true;
            }
            catch (YamlException e)
            {
                Broken(text, e.Start, Quote.OneLine(e.Message).Trim().TrimEnd('.'));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Broken(text, parser.Current?.End ?? Mark.Empty, "it cannot be understood from here on");
            }
            return false;
        }

        private void Broken(string text, Mark at, string what)
        {
            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                var tab = lines[i].IndexOf('\t');
                if (tab < 0 || lines[i].AsSpan(0, tab).Trim(' ').Length > 0) continue;
                problems.Add(placeOf(new(0, i + 1, tab + 1)), "a tab indents this line",
                    "indent with spaces, not with tabs");
                return;
            }
            // The end of the text is told as a line beyond the last.
            if (at.Line > lines.Length || at.Line == lines.Length && at.Line > 1 && lines[^1] == "")
            {
                var last = lines[^1] == "" && lines.Length > 1 ? lines.Length - 1 : lines.Length;
                at = new(0, last, lines[last - 1].Length + 1);
            }
            problems.Add(placeOf(at), $"this is not YAML: {what}",
                "check the indentation, brackets and quotes here and in the lines before");
        }

        private bool TooMany(ParsingEvent at)
        {
            Refuse(at, $"more than {MaxNodes} values", "write `count: N` instead of N domains");
            return false;
        }

        private Node? Refuse(ParsingEvent at, string what, string advice)
        {
            problems.Add(placeOf(at.Start), what, advice);
            return null;
        }

        private Node? Next(int depth)
        {
            var e = _events.Dequeue();
            if (depth > MaxDepth) return Refuse(e, $"more than {MaxDepth} levels", "nest less deeply");
            if (++_nodes > MaxNodes)
            {
                TooMany(e);
                return null;
            }
            if (e is AnchorAlias) return Refuse(e, "aliases are not supported", "write the value out");
            if (e is NodeEvent { Anchor.IsEmpty: false })
                return Refuse(e, "anchors are not supported", "remove the & and its name");
            if (e is NodeEvent { Tag.IsEmpty: false })
                return Refuse(e, "tags are not supported", "remove the ! and its name");
            return e switch
            {
                YamlDotNet.Core.Events.Scalar s => new Scalar(placeOf(s.Start), s.Value, s.Style != ScalarStyle.Plain),
                SequenceStart => SequenceFrom(e, depth),
                MappingStart => MappingFrom(e, depth),
                _ => Refuse(e, "a value is missing here", "write one"),
            };
        }

        private void Twice(Scalar key) =>
            problems.Add(key.Place, $"the key {Quote.Text(key.Value)} is here a second time", "keep one of the two");

        private Sequence? SequenceFrom(ParsingEvent start, int depth)
        {
            var list = new Sequence(placeOf(start.Start));
            while (_events.Peek() is not SequenceEnd)
            {
                if (Next(depth + 1) is not { } item) return null;
                list.Items.Add(item);
            }
            _events.Dequeue();
            return list;
        }

        private Mapping? MappingFrom(ParsingEvent start, int depth)
        {
            var map = new Mapping(placeOf(start.Start));
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (_events.Peek() is not MappingEnd)
            {
                if (Next(depth + 1) is not { } key) return null;
                if (key is not Scalar name)
                {
                    problems.Add(key.Place, $"{key.Form} stands where a key should be", "keys are plain words");
                    return null;
                }
                if (Next(depth + 1) is not { } value) return null;
                if (keys.Add(name.Value)) map.Entries.Add((name, value));
                else Twice(name);
            }
            _events.Dequeue();
            return map;
        }
    }
}
