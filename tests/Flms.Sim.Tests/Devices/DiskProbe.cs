using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Tests.Devices;

internal enum Ask
{
    Read,
    Write,
    Sync,
    ReadDirect,
    WriteDirect,
}

/// <summary>A program that asks its disk for one thing after the other, and takes no time of its own but a
/// nanosecond.</summary>
internal sealed record DiskProbeSetup : WorkloadSetup
{
    public required Func<int, (Ask Verb, long Offset, long Bytes)?> Asks { get; init; }

    /// <summary>Does it copy what it reads and writes?</summary>
    public bool Copies { get; init; }

    public bool Remembers { get; init; } = true;

    public override bool NeedsDisk => true;

    public override int? Vcpu { get; init; } = 0;

    public override Workload Create(RandomStream random) => new DiskProbe(this);
}

internal sealed class DiskProbe(DiskProbeSetup setup) : Workload, IDiskUser
{
    private int _asked;
    private bool _waits;
    private long _bytes;

    /// <summary>When each was done, and whether at once.</summary>
    public List<(Instant At, bool AtOnce)> Done { get; } = [];

    public int Count { get; private set; }

    public GuestDisk TheDisk => Disk!;

    protected override void Start(Instant now) => Want(1.Ns);

    // It has the CPU: the last one is copied, or it may ask for the next.
    protected override void WorkDone(Instant now)
    {
        if (_waits) Note(now, false);
        _waits = false;
        while (setup.Asks(_asked) is var (verb, offset, bytes))
        {
            _asked++;
            _bytes = bytes;
            var atOnce = verb switch
            {
                Ask.Read => Disk!.Read(this, Vcpu, offset, bytes, _asked, now),
                Ask.Write => Disk!.Write(this, Vcpu, offset, bytes, _asked, now),
                Ask.Sync => Disk!.Sync(this, Vcpu, _asked, now),
                _ => false,
            };
            if (verb == Ask.ReadDirect) Disk!.ReadDirect(this, Vcpu, offset, bytes, _asked, now);
            if (verb == Ask.WriteDirect) Disk!.WriteDirect(this, Vcpu, offset, bytes, _asked, now);
            if (!atOnce) return;
            Note(now, true);
            if (!setup.Copies) continue;
            Want(Disk!.CopyTime(bytes));
            return;
        }
    }

    public void DiskDone(long tag, Instant now)
    {
        if (tag != _asked) Assert.Fail($"told of {tag} instead of {_asked}");
        _waits = true;
        AlarmAt(now);
    }

    protected override void AlarmFired(Instant now) => Want(setup.Copies ? Disk!.CopyTime(_bytes) : 1.Ns);

    private void Note(Instant now, bool atOnce)
    {
        Count++;
        if (setup.Remembers) Done.Add((now, atOnce));
    }
}
