namespace Flms.Sim.Devices;

/// <summary>What a page of the cache is.</summary>
internal enum PageState : byte
{
    /// <summary>As on the disk: may be given up.</summary>
    Clean,

    /// <summary>Changed since it was read or written back.</summary>
    Dirty,

    /// <summary>On its way from the disk.</summary>
    Reading,

    /// <summary>On its way to the disk.</summary>
    Writing,

    /// <summary>On its way to the disk, and changed meanwhile.</summary>
    Rewriting,
}

/// <summary>The pages that a guest holds in memory: found by their number, given up in the order of their last use,
/// written back in the order in which they became dirty. Allocates nothing after construction.</summary>
internal sealed class PageCache
{
    private const int None = -1;
    private const int States = (int)PageState.Rewriting + 1;

    private readonly long[] _pages;
    private readonly PageState[] _states;
    private readonly int[] _dirtySince;     // ms
    private readonly int[] _hashNext;
    private readonly int[] _next;
    private readonly int[] _before;
    private readonly int[] _buckets;
    private readonly int[] _first = new int[States];
    private readonly int[] _last = new int[States];
    private readonly int[] _counts = new int[States];
    private int _used;

    /// <param name="capacity">How many pages; at least 1.</param>
    public PageCache(int capacity)
    {
        _pages = new long[capacity];
        _states = new PageState[capacity];
        _dirtySince = new int[capacity];
        _hashNext = new int[capacity];
        _next = new int[capacity];
        _before = new int[capacity];
        _buckets = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity)];
        Array.Fill(_buckets, None);
        Array.Fill(_first, None);
        Array.Fill(_last, None);
    }

    /// <summary>How many pages it can hold.</summary>
    public int Capacity => _pages.Length;

    /// <summary>How many pages are dirty or on their way to the disk.</summary>
    public int Unwritten =>
        Count(PageState.Dirty) + Count(PageState.Writing) + Count(PageState.Rewriting);

    /// <summary>How many pages are in that state.</summary>
    public int Count(PageState state) => _counts[(int)state];

    /// <summary>What is in a place.</summary>
    public PageState this[int place] => _states[place];

    /// <summary>The page in a place.</summary>
    public long PageAt(int place) => _pages[place];

    /// <summary>Since when the page in a place is dirty, in ms.</summary>
    public int DirtySince(int place) => _dirtySince[place];

    /// <summary>The place of the page that has been in a state for longest, or was used longest ago; -1 for
    /// none.</summary>
    public int Oldest(PageState state) => _first[(int)state];

    /// <summary>Where a page is; -1 if it is not here.</summary>
    public int Find(long page)
    {
        var place = _buckets[Bucket(page)];
        while (place != None && _pages[place] != page) place = _hashNext[place];
        return place;
    }

    /// <summary>Takes in a page, for which the clean page that was used longest ago goes; -1 if there is no
    /// room.</summary>
    public int Add(long page, PageState state, int nowMs)
    {
        var place = _used;
        if (_used < _pages.Length)
        {
            _used++;
        }
        else
        {
            place = Oldest(PageState.Clean);
            if (place == None) return None;
            Unlink(place);
            Forget(place);
        }
        _pages[place] = page;
        _dirtySince[place] = nowMs;
        var bucket = Bucket(page);
        (_hashNext[place], _buckets[bucket]) = (_buckets[bucket], place);
        Link(place, state);
        return place;
    }

    /// <summary>Puts a page into a state, as the latest of those in it: used just now if it is clean.</summary>
    public void Set(int place, PageState state, int nowMs)
    {
        Unlink(place);
        Link(place, state);
        if (state == PageState.Dirty) _dirtySince[place] = nowMs;
    }

    private void Link(int place, PageState state)
    {
        var s = (int)state;
        _states[place] = state;
        (_next[place], _before[place]) = (None, _last[s]);
        if (_last[s] == None) _first[s] = place;
        else _next[_last[s]] = place;
        _last[s] = place;
        _counts[s]++;
    }

    private void Unlink(int place)
    {
        var s = (int)_states[place];
        if (_before[place] == None) _first[s] = _next[place];
        else _next[_before[place]] = _next[place];
        if (_next[place] == None) _last[s] = _before[place];
        else _before[_next[place]] = _before[place];
        _counts[s]--;
    }

    private void Forget(int place)
    {
        var bucket = Bucket(_pages[place]);
        if (_buckets[bucket] == place)
        {
            _buckets[bucket] = _hashNext[place];
            return;
        }
        var before = _buckets[bucket];
        while (_hashNext[before] != place) before = _hashNext[before];
        _hashNext[before] = _hashNext[place];
    }

    // Neighbouring pages lie in neighbouring buckets: a reader in sequence stays in few cache lines.
    private int Bucket(long page) => (int)(page & (_buckets.Length - 1));
}
