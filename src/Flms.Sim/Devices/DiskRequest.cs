namespace Flms.Sim.Devices;

/// <summary>One request to the disk. Made once, used again and again.</summary>
internal sealed class DiskRequest(GuestDisk of)
{
    /// <summary>Whose it is.</summary>
    public GuestDisk Of { get; } = of;

    /// <summary>Where on the domain's disk, in bytes.</summary>
    public long Offset;

    /// <summary>How much, in bytes.</summary>
    public int Bytes;

    /// <summary>Is it a write?</summary>
    public bool Writes;

    /// <summary>The operation past the cache that it is part of; null for pages of the cache.</summary>
    public DiskOperation? Operation;

    /// <summary>The next in the line that it stands in.</summary>
    public DiskRequest? Next;
}

/// <summary>Requests in line, first in, first out, or sorted by their place on the host's disk.</summary>
internal struct RequestLine
{
    private DiskRequest? _first;
    private DiskRequest? _last;

    public int Count { get; private set; }

    public readonly DiskRequest? First => _first;

    public void Add(DiskRequest request)
    {
        request.Next = null;
        if (_last == null) _first = request;
        else _last.Next = request;
        _last = request;
        Count++;
    }

    /// <summary>Puts it before the first that lies further on; the line must be sorted.</summary>
    public void AddSorted(DiskRequest request)
    {
        var place = Place(request);
        if (_last == null || Place(_last) <= place)
        {
            Add(request);
            return;
        }
        Count++;
        if (Place(_first!) > place)
        {
            (request.Next, _first) = (_first, request);
            return;
        }
        var before = _first!;
        while (Place(before.Next!) <= place) before = before.Next!;
        (request.Next, before.Next) = (before.Next, request);
    }

    public DiskRequest Take()
    {
        var request = _first!;
        _first = request.Next;
        if (_first == null) _last = null;
        request.Next = null;
        Count--;
        return request;
    }

    private static long Place(DiskRequest request) => request.Of.Begins + request.Offset;
}
