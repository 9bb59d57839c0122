using Field = Flms.Agent.Linux.TracepointFormat.Field;

namespace Flms.Agent.Linux;

/// <summary>Makes a <see cref="SchedRecord"/> of the bytes of an event.</summary>
internal sealed class RecordDecoder
{
    private readonly SchedRecordKind _kind;
    private readonly Field _current, _name, _tid, _priority;
    private readonly Field? _state, _nameB, _b, _priorityB;

    private RecordDecoder(
        SchedRecordKind kind, int id, Field current, Field name, Field tid, Field priority, Field?[] others)
    {
        (_kind, Id, _current, _name, _tid, _priority) = (kind, id, current, name, tid, priority);
        (_state, _nameB, _b, _priorityB) = (others[0], others[1], others[2], others[3]);
    }

    /// <summary>The number with which its events begin.</summary>
    public int Id { get; }

    /// <summary>For events of that name.</summary>
    /// <returns>Null if the format lacks a field that is needed.</returns>
    public static RecordDecoder? Of(string name, TracepointFormat format)
    {
        var (kind, a, others) = name switch
        {
            "sched_switch" => (SchedRecordKind.Switch, "prev_", ["prev_state", "next_comm", "next_pid", "next_prio"]),
            "sched_wakeup" => (SchedRecordKind.Wake, "", ["target_cpu"]),
            "sched_wakeup_new" => (SchedRecordKind.WakeNew, "", ["target_cpu"]),
            "sched_migrate_task" => (SchedRecordKind.Migrate, "", ["dest_cpu", "orig_cpu"]),
            _ => (SchedRecordKind.Exit, "", (string[])[]),
        };
        var found = others.Select(o => format[o]).ToArray();
        if (found.Contains(null)) return null;
        if (format["common_pid"] is not { } current || format[a + "comm"] is not { } comm
            || format[a + "pid"] is not { } tid || format[a + "prio"] is not { } priority) return null;
        Field?[] placed = found.Length == 4 ? found
            : [null, null, found.ElementAtOrDefault(0), found.ElementAtOrDefault(1)];
        return new(kind, format.Id, current, comm, tid, priority, placed);
    }

    /// <summary>Fills all but time and pCPU.</summary>
    /// <param name="raw">The event's bytes.</param>
    /// <param name="record">The record, cleared.</param>
    public void Decode(ReadOnlySpan<byte> raw, ref SchedRecord record)
    {
        record.Kind = _kind;
        record.Current = Whole(raw, _current);
        record.A = Whole(raw, _tid);
        record.APriority = Whole(raw, _priority);
        Name(raw, _name, ref record.AName);
        if (_state is { } state) record.State = TracepointFormat.Number(raw, state);
        if (_nameB is { } name) Name(raw, name, ref record.BName);
        if (_b is { } b) record.B = Whole(raw, b);
        if (_priorityB is { } priority) record.BPriority = Whole(raw, priority);
    }

    private static int Whole(ReadOnlySpan<byte> raw, Field field) =>
        (int)Math.Clamp(TracepointFormat.Number(raw, field), int.MinValue, int.MaxValue);

    private static void Name(ReadOnlySpan<byte> raw, Field field, ref ThreadName name)
    {
        var text = TracepointFormat.Text(raw, field);
        text[..Math.Min(text.Length, ThreadName.Length - 1)].CopyTo(name);
    }
}
