using System.Text;
using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Watches a host and draws what each vCPU gets as one line of text.</summary>
/// <remarks>
/// One character a column: a digit (then a letter) for the pCPU it runs on, <c>-</c> waits, <c>.</c> sleeps, <c>=</c>
/// parked, <c>~</c> changed within the column. Notes: <c>B</c> boosted, <c>s</c> stolen, <c>m</c> migrated otherwise,
/// <c>p</c> preempted, <c>+</c> more than one of these.
/// </remarks>
public sealed class Chart : StateWatcher
{
    private const string Places = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Changed = "~";
    private readonly TimeAxis _axis;
    private readonly char[][] _gets;
    private readonly char[][] _notes;

    /// <summary>An empty chart.</summary>
    /// <param name="vcpus">vCPUs are 0 to this less one.</param>
    /// <param name="axis">The time that is drawn; what happens outside is left out.</param>
    public Chart(int vcpus, TimeAxis axis) : base(vcpus)
    {
        _axis = axis;
        _gets = new char[vcpus][];
        _notes = new char[vcpus][];
        for (var v = 0; v < vcpus; v++)
        {
            _gets[v] = new char[axis.Count];
            _notes[v] = new char[axis.Count];
        }
    }

    /// <summary>What a vCPU got: one character a column. Complete after <see cref="StateWatcher.End"/>.</summary>
    public string Gets(VcpuId v) => Line(_gets[v.Index]);

    /// <summary>The notes about a vCPU: one character a column.</summary>
    public string Notes(VcpuId v) => Line(_notes[v.Index]);

    /// <summary>Is there any note about a vCPU?</summary>
    public bool HasNotes(VcpuId v) => _notes[v.Index].AsSpan().ContainsAnyExcept('\0');

    /// <summary>The chart of all vCPUs with a ruler above: for people.</summary>
    /// <param name="names">The name of each vCPU (see <see cref="NamesOf"/>).</param>
    /// <param name="notes">Are lines of notes drawn, where there are notes?</param>
    /// <returns>Lines that end in a line feed.</returns>
    public string Draw(IReadOnlyList<string> names, bool notes = false)
    {
        var width = 0;
        foreach (var name in names) width = Math.Max(width, name.Length);
        var text = new StringBuilder();
        text.Append(' ', width + 1).Append(Ruler()).Append('\n');
        for (var v = 0; v < names.Count; v++)
        {
            text.Append(names[v].PadRight(width + 1)).Append(Gets(new(v))).Append('\n');
            if (notes && HasNotes(new(v)))
                text.Append(' ', width + 1).Append(Notes(new(v)).Replace('.', ' ').TrimEnd()).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Names for the vCPUs of a host: the domain's, with <c>/number</c> if it has more than one.</summary>
    public static IReadOnlyList<string> NamesOf(MachineSetup setup)
    {
        var names = new List<string>();
        foreach (var d in setup.Domains)
            for (var i = 0; i < d.Vcpus; i++) names.Add(d.Vcpus == 1 ? d.Name : $"{d.Name}/{i}");
        return names;
    }

    /// <inheritdoc />
    protected override void Spent(VcpuId v, VcpuActivity activity, PcpuId p, Instant from, Instant to)
    {
        var sign = activity switch
        {
            VcpuActivity.Running => p.Index < Places.Length ? Places[p.Index] : '#',
            VcpuActivity.Waiting => '-',
            VcpuActivity.Parked => '=',
            _ => '.',
        };
        var cells = _gets[v.Index];
        for (var i = Math.Max(0, _axis.CellAt(from)); i < cells.Length && _axis.StartOf(i) < to; i++)
            cells[i] = cells[i] == '\0' || cells[i] == sign ? sign : Changed[0];
    }

    /// <inheritdoc />
    protected override void Happened(in HostEvent e)
    {
        var sign = e.Kind switch
        {
            HostEventKind.Migrate => 'm',
            HostEventKind.HolderPreempted => 'L',
            HostEventKind.Note => e.Note switch
            {
                Note.Boost => 'B',
                Note.Steal => 's',
                Note.Preempt => 'p',
                _ => '\0',
            },
            _ => '\0',
        };
        if (sign == '\0' || e.Vcpu.IsNone) return;
        var i = _axis.CellAt(e.At);
        if (i < 0 || i >= _axis.Count) return;
        ref var cell = ref _notes[e.Vcpu.Index][i];
        // Who is stolen migrates; the word that says more stands for both.
        if (cell == '\0' || cell == sign || (cell, sign) is ('m', 's')) cell = sign;
        else if ((cell, sign) is not ('s', 'm')) cell = '+';
    }

    private string Line(char[] cells)
    {
        var text = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            if (_axis.GapAt(i) is { } gap) text.Append(gap);
            else text.Append(cells[i] == '\0' ? '.' : cells[i]);
        }
        return text.ToString();
    }

    // The time of every tenth column, where there is room.
    private string Ruler()
    {
        var text = new StringBuilder();
        var width = 0;
        for (var i = 0; i < _axis.Count; i++)
        {
            if (i % 10 == 0 && text.Length <= width)
                text.Append(' ', width - text.Length).Append(_axis.StartOf(i)).Append(' ');
            width += _axis.GapAt(i)?.Length ?? 1;
        }
        return text.ToString().TrimEnd();
    }
}
