using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>Writes what happens on a host as a Perfetto trace (ui.perfetto.dev): who runs on each pCPU, and the state
/// of each vCPU.
/// </summary>
/// <remarks>
/// <para>Tracks: the group <c>pCPUs</c> with one track a pCPU, whose slices are named by the vCPU, and the counter
/// <c>short-slice pCPUs</c> (<see cref="Note.Regroup"/>); a group a domain with one track a vCPU, whose slices are its
/// states (<c>running on p0</c>, <c>runnable</c>, <c>blocked</c>, <c>parked</c>), and a counter <c>credit</c> for each
/// that the policy tells the credit of. Instants stand on the vCPU's track: <c>wake</c>, <c>boost</c>, <c>steal</c>,
/// <c>migrate</c>, <c>preempt</c>, with <c>from</c>, <c>to</c> or <c>by</c> as annotations.</para>
/// <para>It streams: memory does not grow with the length of the run. The same run gives the same bytes. Nothing is
/// allocated per event. The stream belongs to the caller; call <see cref="Finish"/> at the end. The
/// numbers of fields are those of Perfetto's published trace format.</para>
/// </remarks>
public sealed class PerfettoWriter : IWatcher
{
    // Fields of TracePacket, TrackDescriptor, TrackEvent, InternedData: the ones that are used here.
    private const int TracePacket = 1;
    private const int PacketTimestamp = 8;
    private const int PacketSequence = 10;
    private const int PacketTrackEvent = 11;
    private const int PacketInterned = 12;
    private const int PacketFlags = 13;
    private const int PacketTrackDescriptor = 60;
    private const int TrackUuid = 1;
    private const int TrackName = 2;
    private const int TrackProcess = 3;
    private const int TrackParent = 5;
    private const int TrackCounter = 8;
    private const int TrackChildOrdering = 11;
    private const int TrackRank = 12;
    private const int ProcessPid = 1;
    private const int ProcessName = 6;
    private const int EventAnnotation = 4;
    private const int EventType = 9;
    private const int EventNameIid = 10;
    private const int EventTrack = 11;
    private const int EventCounterValue = 30;
    private const int InternedEventName = 2;
    private const int NameIid = 1;
    private const int NameText = 2;
    private const int AnnotationInt = 4;
    private const int AnnotationName = 10;

    private const int StateCleared = 1;
    private const int NeedsState = 2;
    private const int OrderExplicit = 3;
    private const int TypeBegin = 1;
    private const int TypeEnd = 2;
    private const int TypeInstant = 3;
    private const int TypeCounter = 4;

    private enum Name
    {
        Runnable = 1, Blocked, Parked, Wake, Boost, Steal, Migrate, Preempt, HolderPreempted, Last = HolderPreempted,
    }

    private enum State : byte { None, Blocked, Runnable, Parked, Running }

    private struct Vcpu
    {
        public State State;
        public bool Park;       // parked by the policy while it still ran
        public bool HasCredit;
        public int Domain;
    }

    private readonly Stream _stream;
    private readonly ProtoBuffer _packet = new();
    private readonly ProtoBuffer _inner = new();
    private readonly ProtoBuffer _part = new();
    private readonly ProtoBuffer _word = new();
    private readonly ProtoBuffer _out = new();
    private readonly string[] _vcpuNames;
    private readonly string[] _runningNames;
    private readonly Vcpu[] _vcpus;
    private readonly int _pcpus;
    private readonly bool[] _running;   // by pCPU: is a slice open on its track?
    private readonly bool[] _named;     // by name: has it been written?
    private bool _hasGroups;
    private Instant _last;

    /// <summary>Begins a trace: writes the tracks, every vCPU blocked.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="setup">The machine, whose domains give the names.</param>
    public PerfettoWriter(Stream stream, MachineSetup setup)
    {
        _stream = stream;
        _pcpus = setup.Topology.Count;
        _running = new bool[_pcpus];
        _runningNames = new string[_pcpus];
        for (var p = 0; p < _pcpus; p++) _runningNames[p] = $"running on p{p}";
        _vcpus = new Vcpu[setup.Vcpus];
        _vcpuNames = new string[setup.Vcpus];
        _named = new bool[(int)Name.Last + 1 + _pcpus + _vcpus.Length];
        Put(_packet.Clear().Number(PacketSequence, 1).Number(PacketFlags, StateCleared));
        Group(0, "pCPUs");
        for (var p = 0; p < _pcpus; p++) Track(PcpuTrack(p), 0, $"p{p}", p + 1, counter: false);
        var v = 0;
        for (var d = 0; d < setup.Domains.Count; d++)
        {
            Group(d + 1, setup.Domains[d].Name);
            for (var i = 0; i < setup.Domains[d].Vcpus; i++, v++)
            {
                _vcpus[v].Domain = d;
                _vcpuNames[v] = $"{setup.Domains[d].Name}/{i}";
                Track(VcpuTrack(v), d + 1, _vcpuNames[v], 2 * v, counter: false);
            }
        }
        for (v = 0; v < _vcpus.Length; v++) Turn(v, State.Blocked, default);
    }

    /// <inheritdoc />
    public void On(in HostEvent e)
    {
        _last = e.At;
        var v = e.Vcpu.Index;
        switch (e.Kind)
        {
            case HostEventKind.Switch:
                Switch(e);
                break;
            case HostEventKind.Wake:
                Turn(v, State.Runnable, e);
                Mark(v, Name.Wake, e.At);
                break;
            case HostEventKind.Block:
                _vcpus[v].Park = false;
                Turn(v, State.Blocked, e);
                break;
            case HostEventKind.Migrate:
                Mark(v, Name.Migrate, e.At, "from", e.Value, "to", e.Pcpu.Index);
                break;
            case HostEventKind.HolderPreempted:
                Mark(v, Name.HolderPreempted, e.At);
                break;
            case HostEventKind.Note:
                Remark(e);
                break;
        }
    }

    /// <summary>Ends what is still open, and hands everything to the stream.</summary>
    /// <param name="at">When the run ended; not before its last event.</param>
    public void Finish(Instant at)
    {
        if (at < _last) at = _last;
        for (var v = 0; v < _vcpus.Length; v++)
            if (_vcpus[v].State != State.None) End(VcpuTrack(v), at);
        for (var p = 0; p < _pcpus; p++)
            if (_running[p]) End(PcpuTrack(p), at);
        Hand();
    }

    private void Switch(in HostEvent e)
    {
        var p = e.Pcpu.Index;
        if (_running[p]) End(PcpuTrack(p), e.At);
        _running[p] = !e.Vcpu.IsNone;
        if (!e.Other.IsNone && _vcpus[e.Other.Index].State == State.Running)
            Turn(e.Other.Index, _vcpus[e.Other.Index].Park ? State.Parked : State.Runnable, e);
        if (e.Vcpu.IsNone) return;
        Begin(PcpuTrack(p), VcpuName(e.Vcpu.Index), _vcpuNames[e.Vcpu.Index], e.At);
        Turn(e.Vcpu.Index, State.Running, e);
    }

    private void Remark(in HostEvent e)
    {
        var v = e.Vcpu.Index;
        switch (e.Note)
        {
            case Note.Park when _vcpus[v].State == State.Running:
                _vcpus[v].Park = true;
                break;
            case Note.Park:
                Turn(v, State.Parked, e);
                break;
            case Note.Unpark:
                _vcpus[v].Park = false;
                if (_vcpus[v].State == State.Parked) Turn(v, State.Runnable, e);
                break;
            case Note.Boost:
                Mark(v, Name.Boost, e.At);
                break;
            case Note.Steal:
                Mark(v, Name.Steal, e.At, "from", e.Value, "to", e.Pcpu.Index);
                break;
            case Note.Preempt:
                Mark(v, Name.Preempt, e.At, "by", e.Value);
                break;
            case Note.Regroup:
                if (!_hasGroups) Track(GroupsTrack, 0, "short-slice pCPUs", 0, counter: true);
                _hasGroups = true;
                Count(GroupsTrack, e.Value, e.At);
                break;
            case Note.Credit:
                ref var vcpu = ref _vcpus[v];
                if (!vcpu.HasCredit)
                    Track(CreditTrack(v), vcpu.Domain + 1, $"{_vcpuNames[v]} credit", 2 * v + 1, counter: true);
                vcpu.HasCredit = true;
                Count(CreditTrack(v), e.Value, e.At);
                break;
        }
    }

    // A vCPU's state is a slice on its track: the old one ends where the new one begins.
    private void Turn(int v, State state, in HostEvent e)
    {
        ref var vcpu = ref _vcpus[v];
        if (vcpu.State == state && state != State.Running) return;
        if (vcpu.State != State.None) End(VcpuTrack(v), e.At);
        vcpu.State = state;
        var p = e.Pcpu.Index;
        switch (state)
        {
            case State.Running:
                vcpu.Park = false;
                Begin(VcpuTrack(v), (int)Name.Last + 1 + p, _runningNames[p], e.At);
                break;
            case State.Runnable:
                Begin(VcpuTrack(v), (int)Name.Runnable, "runnable", e.At);
                break;
            case State.Parked:
                Begin(VcpuTrack(v), (int)Name.Parked, "parked", e.At);
                break;
            default:
                Begin(VcpuTrack(v), (int)Name.Blocked, "blocked", e.At);
                break;
        }
    }

    private void Begin(long track, int name, string text, Instant at) =>
        Event(at, name, text, _inner.Clear().Number(EventType, TypeBegin).Number(EventNameIid, name)
            .Number(EventTrack, track));

    private void End(long track, Instant at) =>
        Event(at, 0, "", _inner.Clear().Number(EventType, TypeEnd).Number(EventTrack, track));

    private void Count(long track, long value, Instant at) =>
        Event(at, 0, "", _inner.Clear().Number(EventType, TypeCounter).Number(EventTrack, track)
            .Number(EventCounterValue, value));

    private void Mark(
        int v, Name name, Instant at, string key = "", long value = -1, string key2 = "", long value2 = -1)
    {
        _inner.Clear();
        if (value >= 0) Annotate(key, value);
        if (value2 >= 0) Annotate(key2, value2);
        _inner.Number(EventType, TypeInstant).Number(EventNameIid, (int)name).Number(EventTrack, VcpuTrack(v));
        Event(at, (int)name, Text(name), _inner);
    }

    private void Annotate(string key, long value) =>
        _inner.Message(EventAnnotation, _part.Clear().Number(AnnotationInt, value).Text(AnnotationName, key));

    private static string Text(Name name) => name switch
    {
        Name.Wake => "wake",
        Name.HolderPreempted => "lock holder preempted",
        Name.Boost => "boost",
        Name.Steal => "steal",
        Name.Migrate => "migrate",
        _ => "preempt",
    };

    // Each name is written once, with the first event that has it; later events only give its number.
    private void Event(Instant at, int name, string text, ProtoBuffer trackEvent)
    {
        _packet.Clear().Number(PacketTimestamp, at.Ns).Number(PacketSequence, 1);
        _packet.Message(PacketTrackEvent, trackEvent);
        if (name > 0 && !_named[name])
        {
            _named[name] = true;
            _word.Clear().Number(NameIid, name).Text(NameText, text);
            _packet.Message(PacketInterned, _part.Clear().Message(InternedEventName, _word));
        }
        Put(_packet.Number(PacketFlags, NeedsState));
    }

    // A process descriptor makes a group that the viewer can fold.
    private void Group(int group, string name)
    {
        _part.Clear().Number(ProcessPid, group + 1).Text(ProcessName, name);
        Describe(_inner.Clear().Number(TrackUuid, GroupTrack(group)).Message(TrackProcess, _part)
            .Number(TrackChildOrdering, OrderExplicit));
    }

    private void Track(long uuid, int group, string name, int rank, bool counter)
    {
        _inner.Clear().Number(TrackUuid, uuid).Text(TrackName, name).Number(TrackParent, GroupTrack(group));
        if (counter) _inner.Message(TrackCounter, _part.Clear());
        Describe(_inner.Number(TrackRank, rank));
    }

    private void Describe(ProtoBuffer descriptor) =>
        Put(_packet.Clear().Number(PacketSequence, 1).Message(PacketTrackDescriptor, descriptor));

    private void Put(ProtoBuffer packet)
    {
        _out.Message(TracePacket, packet);
        if (_out.Length > 1 << 16) Hand();
    }

    private void Hand()
    {
        _stream.Write(_out.Bytes);
        _out.Clear();
    }

    private int VcpuName(int v) => (int)Name.Last + 1 + _pcpus + v;

    // Track numbers: above 0, and no two alike.
    private const long GroupsTrack = 1;

    private static long GroupTrack(int group) => 1L << 32 | (uint)group;

    private static long PcpuTrack(int p) => 2L << 32 | (uint)p;

    private static long VcpuTrack(int v) => 3L << 32 | (uint)v;

    private static long CreditTrack(int v) => 4L << 32 | (uint)v;
}
