using System.Runtime.CompilerServices;
using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>Some ordered lists over the numbers 0 to n-1, each on at most one; all in constant time.</summary>
/// <remarks>
/// Doubly linked by index: the links of all members stand in one array, and each list's own link (its head) behind
/// them, so a list is a ring and no operation has a special case for the empty one. Nothing is allocated after
/// construction.
/// </remarks>
public sealed class Rings
{
    private struct Link
    {
        public int Next;
        public int Previous;
    }

    private const int Off = -1;
    private readonly Link[] _links;
    private readonly int _members;

    /// <summary>Empty lists.</summary>
    /// <param name="members">Members are 0 to this less one.</param>
    /// <param name="rings">Lists are 0 to this less one.</param>
    public Rings(int members, int rings)
    {
        _members = members;
        _links = new Link[members + rings];
        for (var m = 0; m < members; m++) _links[m] = new() { Next = Off, Previous = Off };
        for (var r = members; r < _links.Length; r++) _links[r] = new() { Next = r, Previous = r };
    }

    /// <summary>Is it on a list?</summary>
    public bool Contains(int member) => _links[member].Next != Off;

    /// <summary>Is nothing on the list?</summary>
    public bool IsEmpty(int ring) => _links[_members + ring].Next == _members + ring;

    /// <summary>The first on the list; -1 if it is empty.</summary>
    public int Head(int ring) => MemberOrNone(_links[_members + ring].Next);

    /// <summary>The last on the list; -1 if it is empty.</summary>
    public int Tail(int ring) => MemberOrNone(_links[_members + ring].Previous);

    /// <summary>The one behind it on its list; -1 if it is the last.</summary>
    public int After(int member) => MemberOrNone(_links[member].Next);

    /// <summary>The one ahead of it on its list; -1 if it is the first.</summary>
    public int Before(int member) => MemberOrNone(_links[member].Previous);

    /// <summary>Puts one that is on no list at the tail.</summary>
    public void Append(int ring, int member) => Insert(member, _members + ring);

    /// <summary>Puts one that is on no list at the head.</summary>
    public void Prepend(int ring, int member) => Insert(member, _links[_members + ring].Next);

    /// <summary>Puts one that is on no list ahead of one that is on one.</summary>
    public void InsertBefore(int place, int member) => Insert(member, place);

    /// <summary>Takes one off its list.</summary>
    public void Remove(int member)
    {
        ref var link = ref _links[member];
        Check.That(link.Next != Off, "P2");
        _links[link.Previous].Next = link.Next;
        _links[link.Next].Previous = link.Previous;
        link.Next = Off;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int MemberOrNone(int index) => index < _members ? index : -1;

    private void Insert(int member, int before)
    {
        ref var link = ref _links[member];
        Check.That(link.Next == Off, "P2");
        var after = _links[before].Previous;
        link.Next = before;
        link.Previous = after;
        _links[after].Next = member;
        _links[before].Previous = member;
    }
}
