using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Workloads;

/// <summary>Where on the disk a program's requests lie.</summary>
public enum AccessPattern : byte
{
    /// <summary>One after the other.</summary>
    Sequential,

    /// <summary>Anywhere.</summary>
    Random,
}

/// <summary>dd: a thread that reads or writes one block after the other, and thinks a little between.</summary>
/// <remarks>A closed loop: the next request begins when the last is done and its thread has run. On a vCPU that runs
/// for a part of the time it gets that part of its rate, if the device is much faster than slices are long
/// (spec/compared-systems.md 7, item 14).</remarks>
public sealed record DdSetup : WorkloadSetup
{
    internal const long Mb = 1024 * 1024;

    /// <summary>Size of a block. Default 64 KB.</summary>
    [Option("Size of a block.", "spec/compared-systems.md 5: 64 KB (iSche), 4 KB (vMigrater)", Unit = "KB", Min = "1",
        Max = "65536")]
    public int Block { get; init; } = 64;

    /// <summary>CPU time between two blocks. Default 15 us.</summary>
    [Option("CPU time of the thread between two blocks, without the copying.",
        "spec/compared-systems.md 5: 10 to 20 us", Min = "1ns")]
    public Duration Think { get; init; } = 15.Us;

    /// <summary>Does it write? Default: it reads.</summary>
    [Option("Does it write? Otherwise it reads.", "spec/compared-systems.md 5: reads")]
    public bool Write { get; init; }

    /// <summary>Does it go past the page cache? Default: yes.</summary>
    [Option("Does it go past the guest's page cache (O_DIRECT)?", "ours: what is measured is the path to the device")]
    public bool Direct { get; init; } = true;

    /// <summary>Where its blocks lie. Default: one after the other.</summary>
    [Option("Where its blocks lie.", "spec/compared-systems.md 6, R8: both were measured")]
    public AccessPattern Access { get; init; } = AccessPattern.Sequential;

    /// <summary>Size of the file. Default 1,024 MB.</summary>
    [Option("Size of the file; after its end it begins anew.", "ours", Unit = "MB", Min = "1", Max = "1000000")]
    public int File { get; init; } = 1024;

    /// <summary>Where on the disk the file begins. Default 0.</summary>
    [Option("Where on the domain's disk the file begins.", "ours", Unit = "MB", Min = "0", Max = "1000000")]
    public int Offset { get; init; }

    /// <inheritdoc />
    public override int? Threads => 1;

    /// <inheritdoc />
    public override bool NeedsDisk => true;

    /// <inheritdoc />
    public override string? Problem() =>
        Block <= File * 1024L ? null : $"block is {Block} KB, more than the file, which has {File} MB";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Dd(this, random);

    internal static void CheckRoom(string workload, int offset, int file, GuestDisk disk)
    {
        if ((offset + file) * Mb > disk.Size)
            throw new ArgumentException(
                $"{workload}: a file of {file} MB from {offset} MB on ends beyond the disk of {disk.Size / Mb} MB");
    }
}

internal sealed class Dd(DdSetup setup, RandomStream random) : Workload, IDiskUser
{
    private readonly long _block = setup.Block * 1024L;
    private readonly long _blocks = setup.File * DdSetup.Mb / (setup.Block * 1024L);
    private readonly Histogram _times = new();
    private bool _requested;
    private long _next;
    private Instant _began;

    public override string Measure => "dd.request";

    public override Histogram Samples => _times;

    public override IReadOnlyList<Rate> Rates => [new("dd.throughput_kb_per_s", _times.Count * (double)setup.Block)];

    public void DiskDone(long tag, Instant now) => Wake(this);

    protected internal override void Start(Instant now)
    {
        DdSetup.CheckRoom("dd", setup.Offset, setup.File, Disk!);
        Want(setup.Think);
    }

    // The device is done; the block is copied, unless it went past the cache.
    protected internal override void Woken(Instant now) => Finish();

    protected internal override void WorkDone(Instant now)
    {
        if (_requested)
        {
            _requested = false;
            _times.Record(now - _began);
            Want(setup.Think);
            return;
        }
        _requested = true;
        _began = now;
        if (Request(now)) Finish();
    }

    private bool Request(Instant now)
    {
        var at = setup.Offset * DdSetup.Mb + _block * Choose();
        if (setup.Direct)
        {
            if (setup.Write) Disk!.WriteDirect(this, Vcpu, at, _block, 0, now);
            else Disk!.ReadDirect(this, Vcpu, at, _block, 0, now);
            return false;
        }
        return setup.Write ? Disk!.Write(this, Vcpu, at, _block, 0, now) : Disk!.Read(this, Vcpu, at, _block, 0, now);
    }

    private long Choose()
    {
        if (setup.Access == AccessPattern.Random) return (long)(random.Next() * _blocks);
        var block = _next;
        _next = (_next + 1) % _blocks;
        return block;
    }

    private void Finish() => Want(setup.Direct ? 1.Ns : Duration.Max(Disk!.CopyTime(_block), 1.Ns));
}
