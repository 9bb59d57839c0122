using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Workloads;

/// <summary>iozone: a thread writes a file record by record, then reads it the same way, and begins anew.</summary>
/// <remarks>
/// Records go through the guest's page cache: a write ends when the cache has taken the record, and waits only while
/// too much in it is dirty; a read waits for what is not in the cache. Rates are KB over the time spent in passes of
/// that kind, the last and unfinished one too. <i>Not modelled.</i> The file system: its journal, its allocation, its
/// locks; iozone's other tests (the paper shows these two, figure 5).
/// </remarks>
public sealed record IozoneSetup : WorkloadSetup
{
    /// <summary>Size of the file. Default 2,048 MB.</summary>
    [Option("Size of the file.", "paper, 4.1.1: 2 GB", Unit = "MB", Min = "1", Max = "1000000")]
    public int File { get; init; } = 2048;

    /// <summary>Size of a record. Default 1,024 KB.</summary>
    [Option("Size of a record.", "paper, 4.1.1: 1, 2, 4 and 8 MB", Unit = "KB", Min = "4", Max = "65536")]
    public int Record { get; init; } = 1024;

    /// <summary>CPU time of one system call without the copying. Default 2 us.</summary>
    [Option("CPU time of one system call, without the copying.", "ours", Min = "1ns")]
    public Duration Work { get; init; } = 2.Us;

    /// <summary>Does a pass of writing end when all is on the disk? Default: no.</summary>
    [Option("Does a pass of writing end only when all of it is on the disk (iozone -e)?", "iozone's default: no")]
    public bool Sync { get; init; }

    /// <summary>Where on the disk the file begins. Default 0.</summary>
    [Option("Where on the domain's disk the file begins.", "ours", Unit = "MB", Min = "0", Max = "1000000")]
    public int Offset { get; init; }

    /// <inheritdoc />
    public override int? Threads => 1;

    /// <inheritdoc />
    public override bool NeedsDisk => true;

    /// <inheritdoc />
    public override string? Problem() =>
        Record <= File * 1024L ? null : $"record is {Record} KB, more than the file, which has {File} MB";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Iozone(this);
}

internal sealed class Iozone(IozoneSetup setup) : Workload, IDiskUser
{
    private enum Doing : byte { Calling, Waiting, Copying, Syncing }

    // What passes of one kind have done since the measuring began.
    private struct Passes
    {
        public long Records;
        public long Ns;
    }

    private readonly long _record = setup.Record * 1024L;
    private readonly long _records = setup.File * DdSetup.Mb / (setup.Record * 1024L);
    private Passes _writes;
    private Passes _reads;
    private Doing _doing;
    private bool _reading;
    private long _next;
    private Instant _since;     // up to here its passes' time is counted

    public override IReadOnlyList<Rate> Rates =>
    [
        new("iozone.write_kb_per_s", _writes.Records * (double)setup.Record, new(_writes.Ns)),
        new("iozone.read_kb_per_s", _reads.Records * (double)setup.Record, new(_reads.Ns)),
    ];

    public void DiskDone(long tag, Instant now) => Wake(this);

    protected internal override void Start(Instant now)
    {
        DdSetup.CheckRoom("iozone", setup.Offset, setup.File, Disk!);
        _since = now;
        Call();
    }

    protected internal override void Woken(Instant now)
    {
        if (_doing == Doing.Syncing) EndPass(now);
        else CopyRecord();
    }

    protected internal override void WorkDone(Instant now)
    {
        if (_doing == Doing.Calling)
        {
            var at = setup.Offset * DdSetup.Mb + _next * _record;
            _doing = Doing.Waiting;
            if (_reading ? Disk!.Read(this, Vcpu, at, _record, 0, now) : Disk!.Write(this, Vcpu, at, _record, 0, now))
                CopyRecord();
            return;
        }
        if (_doing == Doing.Syncing)
        {
            if (Disk!.Sync(this, Vcpu, 0, now)) EndPass(now);
            return;
        }
        Count(now, 1);
        if (++_next < _records) Call();
        else if (setup.Sync && !_reading) Sync();
        else EndPass(now);
    }

    protected internal override void ResetSamples() => (_writes, _reads) = (default, default);

    private void Call()
    {
        _doing = Doing.Calling;
        Want(setup.Work);
    }

    private void CopyRecord()
    {
        _doing = Doing.Copying;
        Want(Duration.Max(Disk!.CopyTime(_record), 1.Ns));
    }

    private void Sync()
    {
        _doing = Doing.Syncing;
        Want(setup.Work);
    }

    private void EndPass(Instant now)
    {
        Count(now, 0);
        _reading = !_reading;
        _next = 0;
        Call();
    }

    private void Count(Instant now, int records)
    {
        ref var passes = ref _reading ? ref _reads : ref _writes;
        passes.Records += records;
        passes.Ns += (now - _since).Ns;
        _since = now;
    }
}
