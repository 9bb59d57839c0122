using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>A chart of <c>wants</c> and <c>gets</c> as it is written in a test, read into the host that it
/// describes.</summary>
internal sealed partial class GanttText
{
    internal enum LineKind : byte { Remark, Wants, Gets, Notes, Claim }

    /// <summary>One line of the text.</summary>
    /// <param name="Kind">What it says.</param>
    /// <param name="Text">As written.</param>
    /// <param name="Vcpu">About whom, if it is a picture.</param>
    /// <param name="Column">Where the picture begins.</param>
    internal sealed record Line(LineKind Kind, string Text, int Vcpu, int Column);

    private sealed class DomainText(string name)
    {
        public string Name { get; } = name;

        public List<int> Vcpus { get; } = [];

        public List<CpuMask> Pins { get; } = [];

        public bool Pinned { get; set; }

        public List<WorkloadSetup> Scripts { get; } = [];

        public DomainSetup Setup { get; set; } = new() { Name = name };
    }

    private readonly List<Line> _lines = [];
    private readonly List<DomainText> _domains = [];
    private readonly List<string> _names = [];
    private readonly List<List<string>> _pictures = [];
    private Topology _topology = Topology.Of(1, 1);
    private CostModel _costs = CostModel.None;
    private Duration _column;
    private ulong _seed = 1;

    private GanttText() { }

    /// <summary>Every line as written.</summary>
    internal IReadOnlyList<Line> Lines => _lines;

    /// <summary>The vCPUs' names in the order of the text, which is the order of their numbers.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>The host that the text describes.</summary>
    internal MachineSetup Setup { get; private set; } = null!;

    /// <summary>The time axis of its pictures.</summary>
    internal TimeAxis Axis { get; private set; } = null!;

    [GeneratedRegex(@"^(?<name>[\w./-]+)(?<attributes>(\s+[a-z_]+=\S+)*)\s+(?<kind>wants|gets|notes)"
        + @"(\s+(?<picture>\S+))?$")]
    private static partial Regex PictureLine();

    [GeneratedRegex(@"\G(?:\[(?<gap>[^\]]+)\]|(?<cell>.))")]
    private static partial Regex Cell();

    [GeneratedRegex(@"^(?<s>\d+) sockets? x (?<c>\d+) cores?( x (?<t>\d+) threads?)?$")]
    private static partial Regex Sockets();

    /// <summary>Reads a chart.</summary>
    /// <exception cref="FormatException">It cannot be read; the message quotes the line.</exception>
    internal static GanttText Read(string text)
    {
        var chart = new GanttText();
        var headed = false;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (!headed && line.Trim() != "")
            {
                chart.ReadHeader(line.Trim());
                headed = true;
                chart._lines.Add(new(LineKind.Remark, line, -1, 0));
            }
            else
            {
                chart.ReadLine(line);
            }
        }
        if (chart._names.Count == 0) throw new FormatException("the chart has no line `NAME wants ...`");
        chart.Axis = chart.ReadAxis();
        chart.Setup = chart.BuildSetup();
        return chart;
    }

    /// <summary>The vCPUs that a name stands for: one vCPU, or all of a domain.</summary>
    internal IReadOnlyList<int> Named(string name)
    {
        var one = _names.IndexOf(name);
        if (one >= 0) return [NumberOf(one)];
        foreach (var d in _domains)
            if (d.Name == name)
            {
                var all = new List<int>();
                foreach (var v in d.Vcpus) all.Add(NumberOf(v));
                return all;
            }
        throw new FormatException($"nobody in the chart is called {name}");
    }

    /// <summary>Does anybody in the chart have this name?</summary>
    internal bool Knows(string name)
    {
        foreach (var d in _domains)
            if (d.Name == name) return true;
        return _names.Contains(name);
    }

    /// <summary>The machine's number of the vCPU on the given place in the text: domain by domain.</summary>
    internal int NumberOf(int place)
    {
        var number = 0;
        foreach (var d in _domains)
            foreach (var v in d.Vcpus)
            {
                if (v == place) return number;
                number++;
            }
        return -1;
    }

    private void ReadHeader(string header)
    {
        var nodes = 0;
        var shape = (Sockets: 0, Cores: 1, Threads: 1);
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (Sockets().Match(part) is { Success: true } m)
                shape = (Number(m.Groups["s"].Value), Number(m.Groups["c"].Value),
                    m.Groups["t"].Success ? Number(m.Groups["t"].Value) : 1);
            else if (words is [var n, "pcpu" or "pcpus"]) shape = (1, Number(n), 1);
            else if (words is [var k, "node" or "nodes"]) nodes = Number(k);
            else if (words is ["column", var d] && Duration.TryParse(d, out _column)) continue;
            else if (words is ["seed", var seed]) _seed = (ulong)Number(seed);
            else if (words is ["costs", var costs]) _costs = Costs(costs);
            else throw new FormatException($"cannot read `{part}` in the chart's header `{header}`; "
                + "write it like `2 sockets x 2 cores, column 10ms, costs none`");
        }
        if (shape.Sockets == 0) throw new FormatException($"the header `{header}` does not say how many pcpus");
        if (_column <= Duration.Zero) throw new FormatException($"the header `{header}` does not say `column 10ms`");
        _topology = Topology.Of(shape.Sockets, shape.Cores, shape.Threads, nodes);
    }

    private static CostModel Costs(string name) => name switch
    {
        "none" => CostModel.None,
        "typical" => CostModel.Typical,
        "harness" => CostModel.Harness,
        _ => throw new FormatException($"costs are none, typical or harness, not {name}"),
    };

    private static int Number(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var n)
        ? n : throw new FormatException($"{text} is not a number");

    private void ReadLine(string line)
    {
        var m = PictureLine().Match(line.Trim());
        if (!m.Success)
        {
            var claim = GanttClaims.IsClaim(line.Trim());
            _lines.Add(new(claim ? LineKind.Claim : LineKind.Remark, line, -1, 0));
            return;
        }
        var name = m.Groups["name"].Value;
        var kind = m.Groups["kind"].Value;
        var picture = m.Groups["picture"];
        var column = picture.Success ? line.LastIndexOf(picture.Value, StringComparison.Ordinal) : -1;
        if (kind == "wants") AddVcpu(name, m);
        var vcpu = _names.IndexOf(name);
        if (vcpu < 0) throw new FormatException($"`{line.Trim()}`: {name} has no line `wants` above this one");
        _lines.Add(new(kind switch { "wants" => LineKind.Wants, "gets" => LineKind.Gets, _ => LineKind.Notes },
            line, vcpu, column));
    }

    private void AddVcpu(string name, Match m)
    {
        if (_names.Contains(name)) throw new FormatException($"{name} has two lines `wants`");
        if (!m.Groups["picture"].Success) throw new FormatException($"{name} has an empty line `wants`");
        var cells = new List<string>();
        foreach (Match cell in Cell().Matches(m.Groups["picture"].Value)) cells.Add(cell.Value);
        _pictures.Add(cells);
        var domain = DomainOf(name);
        domain.Vcpus.Add(_names.Count);
        domain.Pins.Add(_topology.All);
        _names.Add(name);
        foreach (var attribute in m.Groups["attributes"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            ReadAttribute(domain, attribute);
    }

    // `web/1` is a vCPU of the domain web; `web` is a domain of its own.
    private DomainText DomainOf(string name)
    {
        var slash = name.LastIndexOf('/');
        var domain = slash < 0 ? name : name[..slash];
        foreach (var d in _domains)
            if (d.Name == domain) return d;
        _domains.Add(new(domain));
        return _domains[^1];
    }

    private void ReadAttribute(DomainText d, string attribute)
    {
        var equals = attribute.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = (attribute[..equals], attribute[(equals + 1)..]);
        switch (key)
        {
            case "weight": d.Setup = d.Setup with { Weight = Number(value) }; break;
            case "cap": d.Setup = d.Setup with { Cap = Number(value) }; break;
            case "node": d.Setup = d.Setup with { MemoryNode = Number(value) }; break;
            case "soft": d.Setup = d.Setup with { SoftAffinity = Mask(value) }; break;
            case "kind" when Enum.TryParse<DomainKind>(value, ignoreCase: true, out var kind):
                d.Setup = d.Setup with { Kind = kind };
                break;
            case "pin":
                d.Pins[^1] = Mask(value);
                d.Pinned = true;
                break;
            default:
                throw new FormatException($"cannot read `{attribute}` of {d.Name}; there are weight=, cap=, pin=, "
                    + "soft=, node= and kind=latency|compute|mixed|service");
        }
    }

    private CpuMask Mask(string text)
    {
        var mask = new CpuMask(_topology.Count);
        foreach (var range in text.Split(','))
        {
            var ends = range.Split('-');
            var (first, last) = (Number(ends[0]), Number(ends[^1]));
            if (ends.Length > 2 || first > last || last >= _topology.Count)
                throw new FormatException($"{text} is not a set of pCPUs like 0-1,3 below {_topology.Count}");
            for (var p = first; p <= last; p++) mask.Add(new(p));
        }
        return mask;
    }

    // The longest picture says how long the run is; gaps must stand at the same place in all that reach so far.
    private TimeAxis ReadAxis()
    {
        var longest = 0;
        for (var i = 1; i < _pictures.Count; i++)
            if (_pictures[i].Count > _pictures[longest].Count) longest = i;
        var axis = new TimeAxis(Instant.Zero, _column);
        for (var c = 0; c < _pictures[longest].Count; c++)
        {
            var cell = _pictures[longest][c];
            for (var i = 0; i < _pictures.Count; i++)
            {
                if (c >= _pictures[i].Count) continue;
                var other = _pictures[i][c];
                if (other != cell && (cell.Length > 1 || other.Length > 1))
                    throw new FormatException($"{_names[longest]} has `{cell}` where {_names[i]} has `{other}`: "
                        + "a gap stands at the same place in every line");
            }
            if (cell.Length == 1) axis.AddColumn();
            else if (Duration.TryParse(cell[1..^1], out var gap) && gap > Duration.Zero) axis.AddGap(gap);
            else throw new FormatException($"`{cell}` is not a gap like [3s]");
        }
        return axis;
    }

    private MachineSetup BuildSetup()
    {
        var domains = new List<DomainSetup>();
        foreach (var d in _domains)
        {
            var scripts = new List<WorkloadSetup>();
            for (var i = 0; i < d.Vcpus.Count; i++)
                scripts.Add(new ScriptSetup(ScriptOf(d.Vcpus[i])) { Vcpu = i });
            domains.Add(d.Setup with
            {
                Vcpus = d.Vcpus.Count,
                Workloads = scripts,
                VcpuAffinity = d.Pinned ? d.Pins : null,
            });
        }
        return new() { Topology = _topology, Costs = _costs, Domains = domains, Seed = _seed };
    }

    private List<(Instant, Duration)> ScriptOf(int vcpu)
    {
        var steps = new List<(Instant, Duration)>();
        var endless = false;
        for (var c = 0; c < _pictures[vcpu].Count; c++)
        {
            var cell = _pictures[vcpu][c];
            if (cell == "." || cell.Length > 1) continue;
            if (endless) throw new FormatException($"{_names[vcpu]} wants `{cell}` after `*`, which is endless");
            endless = cell == "*";
            if (!endless && (cell[0] < '1' || cell[0] > '9'))
                throw new FormatException(
                    $"{_names[vcpu]} wants `{cell}`; write `*`, `1` to `9`, `.` or a gap like [3s]");
            steps.Add((Axis.StartOf(c), endless ? Duration.Forever : _column * (cell[0] - '0')));
        }
        return steps;
    }
}
