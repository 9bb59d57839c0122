using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>The events of the scheduler from perf_event_open(2): one buffer a pCPU, mapped into this process.</summary>
/// <remarks>
/// <para>Nothing of it outlives the process: no folder in tracefs, no option of the kernel, no file. All events of a
/// pCPU go into one buffer, so that they are in order.</para>
/// <para>Needs root, or CAP_PERFMON and the right to read tracefs (CAP_DAC_READ_SEARCH) where it is mounted.</para>
/// </remarks>
public sealed unsafe partial class PerfSchedEvents : ISchedEvents
{
    private static readonly string[] Names =
        ["sched_switch", "sched_wakeup", "sched_wakeup_new", "sched_migrate_task", "sched_process_exit"];

    // Linux tells those in a container other thread numbers than those in the events.
    private const string HostPids = "pid:[4026531836]";

    private const uint Tracepoint = 2;
    private const ulong SampleTime = 1 << 2, SampleRaw = 1 << 10;
    private const ulong Disabled = 1, Watermark = 1 << 14, UseClock = 1 << 25;
    private const int MonotonicClock = 1;
    private const ulong ReadLost = 1 << 4;
    private const nint CloseOnExec = 8;
    private const nint Enable = 0x2400, Disable = 0x2401, SetOutput = 0x2405, WholeGroup = 1;
    private const int LostRecord = 2, ThrottleRecord = 5, SampleRecord = 9, LostSamplesRecord = 13;

    private static readonly nint PerfEventOpen = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        _ => 241, // the number that arm64, riscv64 and loongarch64 share
    };

    private readonly RecordDecoder[] _decoders;
    private readonly List<int> _files = [];
    private readonly List<Pcpu> _pcpus = [];
    private readonly PollFile[] _polls;
    private readonly bool _tellsLost;

    private PerfSchedEvents(RecordDecoder[] decoders, List<int> files, List<Pcpu> pcpus, bool tellsLost)
    {
        (_decoders, _files, _pcpus, _tellsLost) = (decoders, files, pcpus, tellsLost);
        _polls = [.. pcpus.Select(p => new PollFile { File = p.Leader, Events = 1 })];
    }

    private sealed record Pcpu(int Cpu, int Leader, PerfRing Ring)
    {
        public long Last { get; set; }
        public long Lost { get; set; }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }

    // perf_event_attr as of its version 4; what is not named is 0.
    [StructLayout(LayoutKind.Explicit, Size = Bytes)]
    private struct Attributes
    {
        public const int Bytes = 104;

        [FieldOffset(0)] public uint Type;
        [FieldOffset(4)] public uint Size;
        [FieldOffset(8)] public ulong Config;
        [FieldOffset(16)] public ulong SamplePeriod;
        [FieldOffset(24)] public ulong SampleType;
        [FieldOffset(32)] public ulong ReadFormat;
        [FieldOffset(40)] public ulong Flags;
        [FieldOffset(48)] public uint WakeupWatermark;
        [FieldOffset(92)] public int Clock;
    }

    /// <inheritdoc />
    public long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <inheritdoc />
    public long Lost
    {
        get
        {
            var told = _pcpus.Sum(p => p.Lost);
            if (!_tellsLost) return told;
            long counted = 0;
            var numbers = stackalloc long[2];
            foreach (var file in _files)
                if (read(file, numbers, 16) == 16) counted += numbers[1];
            return Math.Max(told, counted);
        }
    }

    /// <summary>Makes ready to record.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="cpus">The pCPUs that are online, by Linux's numbers.</param>
    /// <param name="bytes">Buffer of each: a power of two of pages.</param>
    /// <param name="events">The events, not yet started.</param>
    /// <returns>Why not, in one line; null if nothing is wrong.</returns>
    public static string? Open(ISystemFiles files, IReadOnlyList<int> cpus, int bytes, out PerfSchedEvents? events)
    {
        events = null;
        if (files.LinkTarget("/proc/self/ns/pid") is { } space && space != HostPids)
            return "this is a container with thread numbers of its own; record on the host itself";
        var error = Tracefs.Open(files, out var tracefs);
        if (error < 0) return Refusal("tracefs cannot be opened", error);
        using (tracefs)
        {
            var decoders = new List<RecordDecoder>();
            foreach (var name in Names)
                if (tracefs!.Sched(name) is { } format && RecordDecoder.Of(name, format) is { } decoder)
                    decoders.Add(decoder);
                else
                    return Refusal($"the kernel does not describe the event {name}", -Errno.Access);
            var made = new List<int>();
            var pcpus = new List<Pcpu>();
            // Kernels before 6.0 do not count what was lost at the very end.
            var tellsLost = true;
            error = OpenAll();
            if (error == -Errno.Invalid)
            {
                Close(made, pcpus);
                tellsLost = false;
                error = OpenAll();
            }
            if (error == 0)
            {
                events = new([.. decoders], made, pcpus, tellsLost);
                return null;
            }
            Close(made, pcpus);
            return error == -Errno.NoMemory ? "no memory for the buffers; take smaller ones with --buffer"
                : Refusal("perf_event_open is refused", error);

            int OpenAll()
            {
                foreach (var cpu in cpus)
                    if (OpenOn(cpu, decoders, bytes, tellsLost, made, pcpus) is var e and < 0) return e;
                return 0;
            }
        }
    }

    /// <inheritdoc />
    public void Start()
    {
        foreach (var pcpu in _pcpus) _ = ioctl(pcpu.Leader, Enable, WholeGroup);
    }

    /// <inheritdoc />
    public void Stop()
    {
        foreach (var pcpu in _pcpus) _ = ioctl(pcpu.Leader, Disable, WholeGroup);
    }

    /// <inheritdoc />
    public void Wait(int milliseconds)
    {
        fixed (PollFile* files = _polls) _ = poll(files, _polls.Length, milliseconds);
    }

    /// <inheritdoc />
    public void Take(SchedRecords into)
    {
        foreach (var pcpu in _pcpus) pcpu.Ring.Take((type, body) => Decode(pcpu, type, body, into));
    }

    /// <inheritdoc />
    public void Dispose() => Close(_files, _pcpus);

    private void Decode(Pcpu pcpu, int type, ReadOnlySpan<byte> body, SchedRecords into)
    {
        if (type is LostRecord or ThrottleRecord or LostSamplesRecord)
        {
            // {id, lost}; {lost}; what was throttled the kernel does not count: one at least.
            var lost = type == ThrottleRecord ? 1
                : BinaryPrimitives.ReadInt64LittleEndian(type == LostRecord ? body[8..] : body);
            pcpu.Lost += lost;
            ref var note = ref into.Add();
            (note.Kind, note.Cpu, note.Ns) = (SchedRecordKind.Lost, pcpu.Cpu, pcpu.Last);
            note.A = (int)Math.Min(lost, int.MaxValue);
            return;
        }
        if (type != SampleRecord) return;
        // {time, u32 length, bytes}
        var ns = BinaryPrimitives.ReadInt64LittleEndian(body);
        var raw = body.Slice(12, Math.Min(BinaryPrimitives.ReadInt32LittleEndian(body[8..]), body.Length - 12));
        int id = BinaryPrimitives.ReadUInt16LittleEndian(raw);
        foreach (var decoder in _decoders)
        {
            if (decoder.Id != id) continue;
            ref var record = ref into.Add();
            (record.Ns, record.Cpu) = (ns, pcpu.Cpu);
            decoder.Decode(raw, ref record);
            pcpu.Last = ns;
            return;
        }
    }

    private static int OpenOn(
        int cpu, List<RecordDecoder> decoders, int bytes, bool tellsLost, List<int> made, List<Pcpu> pcpus)
    {
        var leader = -1;
        foreach (var decoder in decoders)
        {
            var a = new Attributes
            {
                Type = Tracepoint,
                Size = Attributes.Bytes,
                Config = (ulong)decoder.Id,
                SamplePeriod = 1,
                SampleType = SampleTime | SampleRaw,
                ReadFormat = tellsLost ? ReadLost : 0,
                // All of the group start with their leader.
                Flags = Watermark | UseClock | (leader < 0 ? Disabled : 0),
                WakeupWatermark = (uint)bytes / 2,
                Clock = MonotonicClock,
            };
            var file = (int)syscall(PerfEventOpen, &a, -1, cpu, leader, CloseOnExec);
            if (file < 0) return -Marshal.GetLastPInvokeError();
            made.Add(file);
            if (leader >= 0)
            {
                if (ioctl(file, SetOutput, leader) < 0) return -Marshal.GetLastPInvokeError();
                continue;
            }
            leader = file;
            if (PerfRing.Map(file, bytes, out var ring) is var error and < 0) return error;
            pcpus.Add(new(cpu, leader, ring!));
        }
        return 0;
    }

    private static void Close(List<int> files, List<Pcpu> pcpus)
    {
        foreach (var pcpu in pcpus) pcpu.Ring.Dispose();
        foreach (var file in files) _ = close(file);
        pcpus.Clear();
        files.Clear();
    }

    private static string Refusal(string what, int error) => $"{what} ({Errno.NameOf(error)}); " + (-error switch
    {
        Errno.NotPermitted or Errno.Access => "run it as root",
        Errno.TooManyFiles => "allow this process more open files (ulimit -n)",
        _ => "this kernel cannot record",
    });

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(
        nint number, Attributes* attributes, nint pid, nint cpu, nint group, nint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int file, nint request, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFile* files, nint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int file, long* into, nint bytes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
