using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Devices;

/// <summary>A domain's disk, with the page cache in front of it.</summary>
/// <remarks>
/// <para>A read takes what is in the cache, and asks for the rest window by window: at most twice the read-ahead is
/// under way for one reader, and a reader in sequence is read ahead of. A write only dirties pages, unless so much is
/// dirty or under way that the writer has to wait. Dirty pages are written back in the order in which they became
/// dirty, neighbours together: when there is more than the background part of them, when they are old, and when a
/// program asks for it.</para>
/// <para>Both end in the program's copying, which is its own work: it wants <see cref="CopyTime"/> when it may go
/// on.</para>
/// <para>Left out: file systems with their own blocks and journals, reading a page before a part of it is changed, and
/// the slow beginning of waiting that Linux's writers have. The next window of a read is asked for by the interrupt
/// that ends the last, not by the reader when it runs again.</para>
/// </remarks>
public sealed class GuestDisk : Device
{
    internal const int PageBytes = 4_096;

    private const int Readers = 16;
    private const int NsPerMs = 1_000_000;

    private readonly BlockSetup _setup;
    private readonly PageCache _cache;
    private readonly int _requestPages;
    private readonly int _aheadPages;
    private readonly int _windowPages;
    private readonly long _limit;
    private readonly long _background;
    private readonly long[] _readEnds = new long[Readers];  // where the last readers stopped, and may go on
    private int _nextReader;
    private int _underWay;
    private int _syncs;
    private bool _starved;                                  // no page could be had: some must be written back
    private long _writeOlderThan = -1;                      // ms
    private DiskOperation? _waiting;                        // in the order of their coming
    private DiskOperation? _lastWaiting;
    private DiskOperation? _freeOperations;
    private DiskRequest? _freeRequests;
    private VcpuId _vcpu;

    internal GuestDisk(BlockSetup setup, BlockPath path, long begins)
    {
        (_setup, Path, Begins) = (setup, path, begins);
        _cache = new(setup.Pages(setup.Cache * 1_024L));
        _requestPages = setup.Pages(setup.Request);
        _aheadPages = setup.Pages(setup.ReadAhead);
        _windowPages = 2 * Math.Max(_aheadPages, _requestPages);
        _limit = Math.Max(1, _cache.Capacity * (long)setup.Dirty / 100);
        _background = _cache.Capacity * (long)setup.Background / 100;
        Array.Fill(_readEnds, -1);
        for (var i = 0; i < setup.Depth; i++) _freeRequests = new(this) { Next = _freeRequests };
    }

    /// <summary>Pages of reads that were in the cache, or on their way, since the measuring began.</summary>
    public long Hits { get; private set; }

    /// <summary>Pages of reads that had to be asked for.</summary>
    public long Misses { get; private set; }

    /// <summary>How many writers had to wait.</summary>
    public long Throttled { get; private set; }

    /// <summary>How many bytes are dirty or on their way to the disk.</summary>
    public long UnwrittenBytes => (long)_cache.Unwritten * PageBytes;

    /// <summary>How large it is, in bytes.</summary>
    public long Size => _setup.Size * 1_024L * 1_024;

    /// <summary>What copying takes between the cache and a program, of as many bytes: the program's own work.</summary>
    public Duration CopyTime(long bytes) => new(bytes * _setup.Copy / InterfaceSetup.Kb);

    internal BlockPath Path { get; }

    internal long Begins { get; }

    /// <summary>Reads through the cache.</summary>
    /// <param name="user">Is told.</param>
    /// <param name="from">The vCPU that asks: it pays for submitting requests.</param>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="bytes">How much: above 0, within the disk.</param>
    /// <param name="tag">A remark for the user.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether all is in the cache and the program goes on at once; else it is told when it can.</returns>
    public bool Read(IDiskUser user, VcpuId from, long offset, long bytes, long tag, Instant now)
    {
        var o = Begin(DiskVerb.Read, user, tag, offset / PageBytes, EndPage(offset, bytes));
        o.Asked = o.At;
        o.AskUpTo = GoesOn(o.At, o.End) ? Math.Min(o.End + 2 * _aheadPages, Size / PageBytes) : o.End;
        Hits += o.End - o.At;
        _vcpu = from;
        return Finish(o, AdvanceRead(o, now), now);
    }

    /// <summary>Writes into the cache; as <see cref="Read"/>. The writer waits if too much is unwritten.</summary>
    public bool Write(IDiskUser user, VcpuId from, long offset, long bytes, long tag, Instant now)
    {
        var o = Begin(DiskVerb.Write, user, tag, offset / PageBytes, EndPage(offset, bytes));
        _vcpu = from;
        var done = AdvanceWrite(o, now);
        if (!done) Throttled++;
        WriteBack(now);
        return Finish(o, done, now);
    }

    /// <summary>Waits until nothing is dirty or on its way; true if that is so now.</summary>
    public bool Sync(IDiskUser user, VcpuId from, long tag, Instant now)
    {
        if (_cache.Unwritten == 0) return true;
        var o = Begin(DiskVerb.Sync, user, tag, 0, 0);
        _vcpu = from;
        _syncs++;
        WriteBack(now);
        return Finish(o, false, now);
    }

    /// <summary>Reads past the cache; never at once.</summary>
    public void ReadDirect(IDiskUser user, VcpuId from, long offset, long bytes, long tag, Instant now) =>
        BeginDirect(user, from, offset, bytes, tag, false, now);

    /// <summary>Writes past the cache; never at once.</summary>
    public void WriteDirect(IDiskUser user, VcpuId from, long offset, long bytes, long tag, Instant now) =>
        BeginDirect(user, from, offset, bytes, tag, true, now);

    /// <summary>Looks for pages that have been dirty too long.</summary>
    protected internal override void AlarmFired(Instant now)
    {
        if (_cache.Unwritten == 0) return;
        AlarmAt(now + _setup.WriteBackEvery);
        _writeOlderThan = Ms(now) - _setup.Expire.Ns / NsPerMs;
        _vcpu = Path.InterruptVcpu;
        WriteBack(now);
    }

    internal void ResetStatistics() => (Hits, Misses, Throttled) = (0, 0, 0);

    /// <summary>A request is done. What waits goes on, and then who need not wait any more is told.</summary>
    internal void Done(DiskRequest request, Instant now)
    {
        _underWay--;
        _starved = false;
        if (request.Operation is { } direct) direct.UnderWay--;
        else DonePages(request, now);
        (request.Operation, request.Next, _freeRequests) = (null, _freeRequests, request);
        _vcpu = Path.InterruptVcpu;
        DiskOperation? before = null;
        for (var o = _waiting; o != null;)
        {
            var next = o.Next;
            if (!Advance(o, now))
            {
                before = o;
            }
            else
            {
                if (before == null) _waiting = next;
                else before.Next = next;
                if (_lastWaiting == o) _lastWaiting = before;
                Release(o, now);
                // The user may have begun something at the end of the line meanwhile.
                if (before != null) next = before.Next;
                else next = _waiting;
            }
            o = next;
        }
        _vcpu = Path.InterruptVcpu;
        WriteBack(now);
    }

    private bool Advance(DiskOperation o, Instant now) => o.Verb switch
    {
        DiskVerb.Read => AdvanceRead(o, now),
        DiskVerb.Write => AdvanceWrite(o, now),
        DiskVerb.Sync => _cache.Unwritten == 0,
        _ => AdvanceDirect(o, now),
    };

    private bool AdvanceRead(DiskOperation o, Instant now)
    {
        var place = 0;
        for (; o.At < o.End && (place = _cache.Find(o.At)) >= 0 && _cache[place] != PageState.Reading; o.At++)
            if (_cache[place] == PageState.Clean) _cache.Set(place, PageState.Clean, 0);
        // A page that had been asked for may have been given up again before its turn came.
        o.Asked = place < 0 ? o.At : Math.Max(o.Asked, o.At);
        var upTo = Math.Min(o.AskUpTo, o.At + _windowPages);
        while (o.Asked < upTo && _cache.Find(o.Asked) >= 0) o.Asked++;
        // Asked for by whole windows, so that requests do not become small.
        if (place < 0 || upTo - o.Asked >= _aheadPages || upTo == o.End) Ask(o, upTo, now);
        return o.At >= o.End;
    }

    private void Ask(DiskOperation o, long upTo, Instant now)
    {
        while (o.Asked < upTo && _underWay < _setup.Depth)
        {
            if (_cache.Find(o.Asked) >= 0)
            {
                o.Asked++;
                continue;
            }
            var first = o.Asked;
            while (o.Asked < upTo && o.Asked - first < _requestPages && _cache.Find(o.Asked) < 0)
            {
                if (_cache.Add(o.Asked, PageState.Reading, 0) < 0)
                {
                    _starved = true;
                    break;
                }
                if (o.Asked < o.End) (Hits, Misses) = (Hits - 1, Misses + 1);
                o.Asked++;
            }
            if (o.Asked == first) break;
            Submit(first * PageBytes, (int)(o.Asked - first) * PageBytes, false, null, now);
        }
        if (_starved) WriteBack(now);
    }

    private bool AdvanceWrite(DiskOperation o, Instant now)
    {
        for (; o.At < o.End; o.At++)
        {
            var place = _cache.Find(o.At);
            var state = place < 0 ? PageState.Clean : _cache[place];
            if (state is PageState.Dirty or PageState.Rewriting) continue;
            if (state == PageState.Reading) return false;
            if (state == PageState.Writing)
            {
                _cache.Set(place, PageState.Rewriting, 0);
                continue;
            }
            if (_cache.Unwritten >= _limit) return false;
            if (_cache.Unwritten == 0) AlarmAt(now + _setup.WriteBackEvery);
            if (place >= 0)
            {
                _cache.Set(place, PageState.Dirty, Ms(now));
            }
            else if (_cache.Add(o.At, PageState.Dirty, Ms(now)) < 0)
            {
                _starved = true;
                return false;
            }
        }
        return true;
    }

    private bool AdvanceDirect(DiskOperation o, Instant now)
    {
        while (o.At < o.End && _underWay < _setup.Depth)
        {
            var bytes = (int)Math.Min(o.End - o.At, (long)_requestPages * PageBytes);
            Submit(o.At, bytes, o.Writes, o, now);
            o.UnderWay++;
            o.At += bytes;
        }
        return o.At >= o.End && o.UnderWay == 0;
    }

    private void WriteBack(Instant now)
    {
        while (_underWay < _setup.Depth && _cache.Oldest(PageState.Dirty) is >= 0 and var oldest)
        {
            if (_syncs == 0 && !_starved && _cache.Count(PageState.Dirty) <= _background
                && _cache.DirtySince(oldest) > _writeOlderThan) return;
            var first = _cache.PageAt(oldest);
            var page = first;
            for (var place = oldest; place >= 0 && _cache[place] == PageState.Dirty && page - first < _requestPages;
                place = _cache.Find(++page)) _cache.Set(place, PageState.Writing, 0);
            Submit(first * PageBytes, (int)(page - first) * PageBytes, true, null, now);
        }
    }

    private void DonePages(DiskRequest request, Instant now)
    {
        var first = request.Offset / PageBytes;
        for (var page = first; page < first + request.Bytes / PageBytes; page++)
        {
            var place = _cache.Find(page);
            if (_cache[place] != PageState.Rewriting) _cache.Set(place, PageState.Clean, 0);
            else _cache.Set(place, PageState.Dirty, Ms(now));
        }
    }

    private void Submit(long offset, int bytes, bool writes, DiskOperation? operation, Instant now)
    {
        var request = _freeRequests!; // there are as many as may be under way
        _freeRequests = request.Next;
        (request.Offset, request.Bytes, request.Writes, request.Operation) = (offset, bytes, writes, operation);
        _underWay++;
        Path.Submit(_vcpu, request, now);
    }

    private void BeginDirect(IDiskUser user, VcpuId from, long offset, long bytes, long tag, bool writes, Instant now)
    {
        EndPage(offset, bytes);
        var o = Begin(DiskVerb.Direct, user, tag, offset, offset + bytes);
        o.Writes = writes;
        _vcpu = from;
        Finish(o, AdvanceDirect(o, now), now);
    }

    private DiskOperation Begin(DiskVerb verb, IDiskUser user, long tag, long at, long end)
    {
        var o = _freeOperations;
        if (o == null) o = new();
        else _freeOperations = o.Next;
        (o.Verb, o.User, o.Tag, o.At, o.End, o.UnderWay, o.Next) = (verb, user, tag, at, end, 0, null);
        return o;
    }

    // Either it is done, and goes back at once, or it waits in line.
    private bool Finish(DiskOperation o, bool done, Instant now)
    {
        if (done)
        {
            (o.User, o.Next, _freeOperations) = (null, _freeOperations, o);
            return true;
        }
        if (_lastWaiting == null) _waiting = o;
        else _lastWaiting.Next = o;
        _lastWaiting = o;
        return false;
    }

    private void Release(DiskOperation o, Instant now)
    {
        if (o.Verb == DiskVerb.Sync) _syncs--;
        var (user, tag) = (o.User!, o.Tag);
        Finish(o, true, now);
        user.DiskDone(tag, now);
        _vcpu = Path.InterruptVcpu;
    }

    // Has somebody read up to here? Then this is who goes on, and stops at the new end.
    private bool GoesOn(long at, long end)
    {
        for (var i = 0; i < Readers; i++)
        {
            if (_readEnds[i] != at) continue;
            _readEnds[i] = end;
            return true;
        }
        _readEnds[_nextReader] = end;
        _nextReader = (_nextReader + 1) % Readers;
        return false;
    }

    private long EndPage(long offset, long bytes)
    {
        Check.That(offset >= 0 && bytes > 0 && offset + bytes <= Size);
        return (offset + bytes + PageBytes - 1) / PageBytes;
    }

    private static int Ms(Instant now) => (int)(now.Ns / NsPerMs);
}
