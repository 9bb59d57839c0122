using Google.Protobuf;

namespace Flms.Traces.Tests;

/// <summary>A Perfetto trace read back by Google's protobuf reader, as a viewer would read it: strictly.</summary>
internal sealed class PerfettoTrace
{
    /// <summary>A slice, an instant (To equals From) or a counter's value.</summary>
    public sealed record Item(string Track, string Name, long From, long To, long Value, string Notes);

    private sealed class Event
    {
        public long Type, Track, NameIid, Value;
        public string Notes = "";
    }

    private readonly Dictionary<long, string> _tracks = [];
    private readonly Dictionary<long, long> _parents = [];
    private readonly HashSet<long> _counters = [];
    private readonly Dictionary<long, string> _names = [];
    private readonly Dictionary<long, Stack<(string Name, long At)>> _open = [];
    private bool _cleared;

    public List<Item> Slices { get; } = [];

    public List<Item> Instants { get; } = [];

    public List<Item> Counts { get; } = [];

    public IEnumerable<string> Tracks => _tracks.Values;

    public static PerfettoTrace Read(byte[] bytes)
    {
        var trace = new PerfettoTrace();
        var input = new CodedInputStream(bytes);
        while (!input.IsAtEnd)
        {
            Assert.Equal(WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited), input.ReadTag());
            trace.Packet(input.ReadBytes().CreateCodedInput());
        }
        Assert.All(trace._open.Values, Assert.Empty);
        return trace;
    }

    private void Packet(CodedInputStream input)
    {
        long at = -1, flags = 0;
        ByteString? happened = null, track = null;
        var names = new List<ByteString>();
        while (input.ReadTag() is not 0 and var tag)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 8: at = (long)input.ReadUInt64(); break;
                case 10: Assert.Equal(1u, input.ReadUInt32()); break;
                case 11: happened = input.ReadBytes(); break;
                case 12: names.Add(input.ReadBytes()); break;
                case 13: flags = input.ReadUInt32(); break;
                case 60: track = input.ReadBytes(); break;
                default: Assert.Fail($"unknown field {tag >> 3} in a packet"); break;
            }
        if ((flags & 1) != 0) _cleared = true;
        if ((flags & 2) != 0) Assert.True(_cleared, "needs what no packet has set up");
        foreach (var n in names) Intern(n.CreateCodedInput());
        if (track != null) Track(track.CreateCodedInput());
        if (happened != null) Happened(at, happened.CreateCodedInput());
    }

    private void Intern(CodedInputStream input)
    {
        Assert.Equal(WireFormat.MakeTag(2, WireFormat.WireType.LengthDelimited), input.ReadTag());
        var entry = input.ReadBytes().CreateCodedInput();
        Assert.Equal(WireFormat.MakeTag(1, WireFormat.WireType.Varint), entry.ReadTag());
        var iid = (long)entry.ReadUInt64();
        Assert.Equal(WireFormat.MakeTag(2, WireFormat.WireType.LengthDelimited), entry.ReadTag());
        _names.Add(iid, entry.ReadString());
    }

    private void Track(CodedInputStream input)
    {
        long uuid = 0, parent = 0;
        var name = "";
        var counter = false;
        while (input.ReadTag() is not 0 and var tag)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: uuid = (long)input.ReadUInt64(); break;
                case 2: name = input.ReadString(); break;
                case 3: name = ProcessName(input.ReadBytes().CreateCodedInput()); break;
                case 5: parent = (long)input.ReadUInt64(); break;
                case 8: counter = input.ReadBytes().IsEmpty; break;
                case 11 or 12: input.ReadInt32(); break;
                default: Assert.Fail($"unknown field {tag >> 3} in a track"); break;
            }
        Assert.NotEqual(0, uuid);
        if (parent != 0) name = $"{_tracks[parent]} > {name}";
        _tracks.Add(uuid, name);
        if (counter) _counters.Add(uuid);
        _parents[uuid] = parent;
    }

    private static string ProcessName(CodedInputStream input)
    {
        var name = "";
        while (input.ReadTag() is not 0 and var tag)
            if (WireFormat.GetTagFieldNumber(tag) == 1) Assert.True(input.ReadInt32() > 0);
            else name = input.ReadString();
        return name;
    }

    private void Happened(long at, CodedInputStream input)
    {
        var e = new Event();
        while (input.ReadTag() is not 0 and var tag)
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 4: e.Notes += Annotation(input.ReadBytes().CreateCodedInput()); break;
                case 9: e.Type = input.ReadEnum(); break;
                case 10: e.NameIid = (long)input.ReadUInt64(); break;
                case 11: e.Track = (long)input.ReadUInt64(); break;
                case 30: e.Value = input.ReadInt64(); break;
                default: Assert.Fail($"unknown field {tag >> 3} in an event"); break;
            }
        Assert.True(at >= 0);
        var track = _tracks[e.Track];
        Assert.Equal(e.Type == 4, _counters.Contains(e.Track));
        if (!_open.TryGetValue(e.Track, out var open)) _open.Add(e.Track, open = new());
        switch (e.Type)
        {
            case 1:
                Assert.Empty(open);
                open.Push((_names[e.NameIid], at));
                break;
            case 2:
                var (name, from) = open.Pop();
                Slices.Add(new(track, name, from, at, 0, ""));
                break;
            case 3:
                Instants.Add(new(track, _names[e.NameIid], at, at, 0, e.Notes));
                break;
            default:
                Counts.Add(new(track, "", at, at, e.Value, ""));
                break;
        }
    }

    private static string Annotation(CodedInputStream input)
    {
        long value = 0;
        var name = "";
        while (input.ReadTag() is not 0 and var tag)
            if (WireFormat.GetTagFieldNumber(tag) == 4) value = input.ReadInt64();
            else name = input.ReadString();
        return $"{name}={value} ";
    }
}
