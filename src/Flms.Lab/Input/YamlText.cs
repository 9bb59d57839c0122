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
        private int _nodes;

        public Node? Document(string text, Place top)
        {
            try
            {
                var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
                parser.Consume<StreamStart>();
                if (parser.Accept<StreamEnd>(out _))
                {
                    problems.Add(top, "the file is empty", "describe a machine and its domains; see docs/scenario.md");
                    return null;
                }
                parser.Consume<DocumentStart>();
                var node = Next(parser, 0);
                parser.Consume<DocumentEnd>();
                if (node != null && parser.Accept<DocumentStart>(out var second))
                    return Refuse(second, "a second document begins here", "put each scenario into its own file");
                return node;
            }
            catch (YamlException e)
            {
                var what = Quote.OneLine(e.Message).Trim().TrimEnd('.');
                problems.Add(placeOf(e.Start), $"this is not YAML: {what}", Advice(text, e));
                return null;
            }
        }

        private static string Advice(string text, YamlException e)
        {
            var lines = text.Split('\n');
            var line = e.Start.Line >= 1 && e.Start.Line <= lines.Length ? lines[e.Start.Line - 1] : "";
            return line.TrimStart(' ').StartsWith('\t') || e.Message.Contains("tab", StringComparison.OrdinalIgnoreCase)
                ? "indent with spaces, not with tabs"
                : "check the indentation, brackets and quotes here and in the line before";
        }

        private Node? Refuse(ParsingEvent at, string what, string advice)
        {
            problems.Add(placeOf(at.Start), what, advice);
            return null;
        }

        private Node? Next(IParser parser, int depth)
        {
            var e = parser.Consume<ParsingEvent>();
            if (depth > MaxDepth) return Refuse(e, $"more than {MaxDepth} levels", "nest less deeply");
            if (++_nodes > MaxNodes)
                return Refuse(e, $"more than {MaxNodes} values", "write `count: N` instead of N domains");
            if (e is AnchorAlias) return Refuse(e, "aliases are not supported", "write the value out");
            if (e is NodeEvent { Anchor.IsEmpty: false })
                return Refuse(e, "anchors are not supported", "remove the & and its name");
            if (e is NodeEvent { Tag.IsEmpty: false } tagged)
                return Refuse(e, $"tags are not supported", $"remove {Quote.OneLine(tagged.Tag.ToString())}");
            return e switch
            {
                YamlDotNet.Core.Events.Scalar s => new Scalar(placeOf(s.Start), s.Value, s.Style != ScalarStyle.Plain),
                SequenceStart => SequenceFrom(parser, e, depth),
                MappingStart => MappingFrom(parser, e, depth),
                _ => Refuse(e, "a value is missing here", "write one"),
            };
        }

        private Sequence? SequenceFrom(IParser parser, ParsingEvent start, int depth)
        {
            var list = new Sequence(placeOf(start.Start));
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (Next(parser, depth + 1) is not { } item) return null;
                list.Items.Add(item);
            }
            return list;
        }

        private Mapping? MappingFrom(IParser parser, ParsingEvent start, int depth)
        {
            var map = new Mapping(placeOf(start.Start));
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out var _))
            {
                if (Next(parser, depth + 1) is not { } key) return null;
                if (key is not Scalar name)
                {
                    problems.Add(key.Place, $"{key.Form} stands where a key should be", "keys are plain words");
                    return null;
                }
                if (Next(parser, depth + 1) is not { } value) return null;
                if (!keys.Add(name.Value))
                    problems.Add(name.Place, $"the key {Quote.Text(name.Value)} is here a second time",
                        "keep one of the two");
                else map.Entries.Add((name, value));
            }
            return map;
        }
    }
}
