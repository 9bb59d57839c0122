using System.Buffers.Text;
using System.Text;
using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>Writes what happens on a host as one JSON object a line (docs/events.md tells every form).</summary>
/// <remarks>
/// Lines are formatted by hand into one buffer: nothing is allocated per event. The same run gives the same bytes. It
/// writes to a stream that the caller owns; call <see cref="Flush"/> at the end.
/// </remarks>
public sealed class EventLogWriter : IWatcher
{
    private const int LongestLine = 256;

    private readonly Stream _stream;
    private readonly bool _everything;
    private readonly Topology _topology;
    private readonly byte[][] _names; // "VM/INDEX" with quotes, by vCPU
    private readonly byte[] _buffer;
    private readonly int _longest;
    private int _used;

    /// <summary>A log of one machine's events.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="setup">The machine, whose domains give the names.</param>
    /// <param name="everything">Also write <c>continue</c>, <c>done</c>, <c>balance</c>, <c>group</c>, <c>credit</c>,
    /// <c>place</c> and <c>operate</c>. Default: no.</param>
    public EventLogWriter(Stream stream, MachineSetup setup, bool everything = false)
    {
        (_stream, _everything, _topology) = (stream, everything, setup.Topology);
        _names = new byte[Math.Max(1, setup.Vcpus)][];
        _names[0] = [];
        var v = 0;
        foreach (var d in setup.Domains)
            for (var i = 0; i < d.Vcpus; i++, v++)
            {
                _names[v] = Quoted($"{d.Name}/{i}");
                _longest = Math.Max(_longest, _names[v].Length);
            }
        _buffer = new byte[Math.Max(1 << 16, 4 * (2 * _longest + LongestLine))];
    }

    /// <summary>How many lines were written.</summary>
    public long Lines { get; private set; }

    /// <inheritdoc />
    public void On(in HostEvent e)
    {
        switch (e.Kind)
        {
            case HostEventKind.Switch:
                Begin(e, "switch"u8);
                Vcpu(",\"prev\":"u8, e.Other);
                Vcpu(",\"next\":"u8, e.Vcpu);
                Number(",\"slice_ns\":"u8, SliceOf(e));
                break;
            case HostEventKind.Wake:
                OfVcpu(e, "wake"u8);
                break;
            case HostEventKind.Block:
                OfVcpu(e, "block"u8);
                break;
            case HostEventKind.Migrate:
                OfVcpu(e, "migrate"u8);
                Move((int)e.Value, e.Pcpu.Index);
                break;
            case HostEventKind.HolderPreempted:
                OfVcpu(e, "holder_preempted"u8);
                break;
            case HostEventKind.Note:
                if (!Note(e)) return;
                break;
            default:
                if (!_everything) return;
                Rest(e);
                break;
        }
        End();
    }

    /// <summary>Hands to the stream what the buffer still holds.</summary>
    public void Flush()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void Rest(in HostEvent e)
    {
        switch (e.Kind)
        {
            case HostEventKind.Continue:
                OfVcpu(e, "continue"u8);
                Number(",\"slice_ns\":"u8, SliceOf(e));
                break;
            case HostEventKind.Done:
                OfVcpu(e, "done"u8);
                break;
            default:
                Begin(e, "operate"u8);
                Number(",\"operation\":"u8, e.Value);
                break;
        }
    }

    private bool Note(in HostEvent e)
    {
        switch (e.Note)
        {
            case Core.Note.Park: OfVcpu(e, "park"u8); return true;
            case Core.Note.Unpark: OfVcpu(e, "unpark"u8); return true;
            case Core.Note.Boost: OfVcpu(e, "boost"u8); return true;
            case Core.Note.Preempt:
                OfVcpu(e, "preempt"u8);
                if (e.Value >= 0) Vcpu(",\"by\":"u8, new((int)e.Value));
                return true;
            case Core.Note.Steal:
                OfVcpu(e, "steal"u8);
                Move((int)e.Value, e.Pcpu.Index);
                return true;
            case Core.Note.Regroup:
                Begin(e, "regroup"u8);
                Number(",\"short_slice_pcpus\":"u8, e.Value);
                return true;
        }
        return _everything && RareNote(e);
    }

    private bool RareNote(in HostEvent e)
    {
        switch (e.Note)
        {
            case Core.Note.Balance:
                Begin(e, "balance"u8);
                Number(",\"found\":"u8, e.Value);
                return true;
            case Core.Note.Group:
                Begin(e, "group"u8);
                Number(",\"short_slice\":"u8, e.Value);
                return true;
            case Core.Note.Credit:
                OfVcpu(e, "credit"u8);
                Number(",\"value\":"u8, e.Value);
                return true;
            case Core.Note.Place:
                OfVcpu(e, "place"u8);
                Number(",\"to\":"u8, e.Value);
                return true;
        }
        return false;
    }

    private static long SliceOf(in HostEvent e) => e.Vcpu.IsNone || e.Value == Duration.Forever.Ns ? -1 : e.Value;

    private void Move(int from, int to)
    {
        Number(",\"from\":"u8, from);
        Number(",\"to\":"u8, to);
        if (from < 0 || to < 0) return;
        Text(",\"distance\":"u8);
        Text(_topology.Between(new(from), new(to)) switch
        {
            Distance.Same => "\"same\""u8,
            Distance.SameCore => "\"same_core\""u8,
            Distance.SameSocket => "\"same_socket\""u8,
            Distance.SameNode => "\"same_node\""u8,
            _ => "\"remote\""u8,
        });
    }

    private void OfVcpu(in HostEvent e, ReadOnlySpan<byte> name)
    {
        Begin(e, name);
        Vcpu(",\"vcpu\":"u8, e.Vcpu);
    }

    private void Begin(in HostEvent e, ReadOnlySpan<byte> name)
    {
        if (_buffer.Length - _used < 2 * _longest + LongestLine) Flush();
        Number("{\"t_ns\":"u8, e.At.Ns);
        Number(",\"pcpu\":"u8, e.Pcpu.Index);
        Text(",\"event\":\""u8);
        Text(name);
        Text("\""u8);
    }

    private void End()
    {
        Text("}\n"u8);
        Lines++;
    }

    private void Vcpu(ReadOnlySpan<byte> key, VcpuId v)
    {
        Text(key);
        Text(v.IsNone ? "\"idle\""u8 : _names[v.Index]);
    }

    private void Number(ReadOnlySpan<byte> key, long value)
    {
        Text(key);
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out var written);
        _used += written;
    }

    private void Text(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_used));
        _used += text.Length;
    }

    private static byte[] Quoted(string text) =>
        Encoding.UTF8.GetBytes('"' + System.Text.Json.JsonEncodedText.Encode(text).ToString() + '"');
}
