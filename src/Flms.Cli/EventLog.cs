using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Flms.Core;
using Flms.Sim;

namespace Flms.Cli;

/// <summary>Writes every event of a run as one JSON object a line.</summary>
/// <remarks>
/// Keys: <c>t_ns</c> (since the machine began, warm-up included), <c>pcpu</c> (null for no place), <c>event</c>; then
/// <c>prev</c>, <c>next</c> and <c>slice_ns</c> (null for no limit) for a switch; <c>vcpu</c> for what concerns one
/// vCPU; <c>from</c> for a migration or a steal; <c>value</c> for the policy's other remarks. vCPUs are written
/// <c>VM/INDEX</c>, and <c>idle</c>. The bytes are put together by hand: a run has millions of events.
/// </remarks>
internal sealed class EventLog : IWatcher
{
    private const int BufferBytes = 1 << 16;
    private const int LongestLineWithoutNames = 256;

    private static readonly byte[] Idle = "\"idle\""u8.ToArray();

    private readonly Stream _to;
    private readonly byte[][] _names;
    private readonly byte[] _buffer;
    private int _used;

    /// <summary>An event log of a machine that has not begun.</summary>
    public EventLog(Machine machine, Stream to)
    {
        (_to, _names) = (to, NamesOf(machine.Setup));
        _buffer = new byte[BufferBytes + LongestLineWithoutNames + 2 * _names.Max(n => n.Length)];
    }

    /// <inheritdoc />
    public void On(in HostEvent e)
    {
        Put("{\"t_ns\":"u8);
        Put(e.At.Ns);
        Put(",\"pcpu\":"u8);
        if (e.Pcpu.IsNone) Put("null"u8);
        else Put(e.Pcpu.Index);
        Put(",\"event\":\""u8);
        Put(WordOf(e));
        Put("\""u8);
        if (e.Kind == HostEventKind.Switch)
        {
            Put(",\"prev\":"u8);
            Put(Name(e.Other));
            Put(",\"next\":"u8);
            Put(Name(e.Vcpu));
        }
        else if (!e.Vcpu.IsNone)
        {
            Put(",\"vcpu\":"u8);
            Put(Name(e.Vcpu));
        }
        PutValue(e);
        Put("}\n"u8);
        if (_used >= BufferBytes) Flush();
    }

    /// <summary>Hands on what is still held back.</summary>
    public void Flush()
    {
        _to.Write(_buffer, 0, _used);
        _used = 0;
    }

    private void PutValue(in HostEvent e)
    {
        switch (e.Kind)
        {
            case HostEventKind.Switch or HostEventKind.Continue:
                Put(",\"slice_ns\":"u8);
                if (e.Value == Duration.Forever.Ns) Put("null"u8);
                else Put(e.Value);
                break;
            case HostEventKind.Migrate:
                PutPcpu(",\"from\":"u8, e.Value);
                break;
            case HostEventKind.Note when e.Note == Note.Steal:
                PutPcpu(",\"from\":"u8, e.Value);
                break;
            case HostEventKind.Note when e.Note is not (Note.Park or Note.Unpark or Note.Boost):
                Put(",\"value\":"u8);
                Put(e.Value);
                break;
            case HostEventKind.Operate:
                Put(",\"value\":"u8);
                Put(e.Value);
                break;
        }
    }

    private void PutPcpu(ReadOnlySpan<byte> key, long pcpu)
    {
        Put(key);
        if (pcpu < 0) Put("null"u8);
        else Put(pcpu);
    }

    private static ReadOnlySpan<byte> WordOf(in HostEvent e) => e.Kind switch
    {
        HostEventKind.Switch => "switch"u8,
        HostEventKind.Continue => "continue"u8,
        HostEventKind.Wake => "wake"u8,
        HostEventKind.Block => "block"u8,
        HostEventKind.Migrate => "migrate"u8,
        HostEventKind.Done => "done"u8,
        HostEventKind.Operate => "operate"u8,
        _ => e.Note switch
        {
            Note.Park => "park"u8,
            Note.Unpark => "unpark"u8,
            Note.Boost => "boost"u8,
            Note.Steal => "steal"u8,
            Note.Balance => "balance"u8,
            Note.Regroup => "regroup"u8,
            Note.Group => "group"u8,
            Note.Credit => "credit"u8,
            Note.Place => "place"u8,
            Note.Preempt => "preempt"u8,
            _ => throw new InvalidOperationException($"the event log has no word for {e.Note}"),
        },
    };

    private ReadOnlySpan<byte> Name(VcpuId v) => v.IsNone ? Idle : _names[v.Index];

    private void Put(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_used));
        _used += text.Length;
    }

    private void Put(long number)
    {
        Utf8Formatter.TryFormat(number, _buffer.AsSpan(_used), out var written);
        _used += written;
    }

    private static byte[][] NamesOf(MachineSetup setup) =>
    [
        .. from domain in setup.Domains
           from number in Enumerable.Range(0, domain.Vcpus)
           select Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode($"{domain.Name}/{number}")}\""),
    ];
}
