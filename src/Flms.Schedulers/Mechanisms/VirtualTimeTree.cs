using System.Runtime.CompilerServices;
using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>Some ordered sets over the numbers 0 to n-1, each in at most one: what queues by virtual time are made
/// of.</summary>
/// <remarks>
/// <para>Ordered by a key; of equal keys the one that came first is ahead. Each member may carry two more numbers, of
/// which every subtree knows the least: so that "the earliest deadline among those whose virtual time is at most V" is
/// found on one way down (EEVDF), and the shortest slice of a queue is at hand.</para>
/// <para>A treap: a member's rank is a fixed hash of its number, so the shape depends only on who is in the set, and
/// its depth is about 2 ln n whatever the order of arrival. Links stand in one array; a link of 0 is none, so that a
/// member nobody ever used is a page nobody ever touched. Nothing is allocated after construction but by
/// <see cref="Grow"/>.</para>
/// </remarks>
public sealed class VirtualTimeTree
{
    private struct Node
    {
        public int Left;        // member + 1; 0 for none
        public int Right;
        public int Parent;      // member + 1; 0 for none, which is the root
        public int Tree;        // tree + 1; 0 when on none
        public long Key;
        public long Value;
        public long Least;      // of Value in this subtree
        public long Slice;
        public long LeastSlice; // of Slice in this subtree
        public long MostSlice;
    }

    private Node[] _nodes;
    private int[] _roots;  // member + 1
    private int[] _firsts; // member + 1

    /// <summary>Empty sets.</summary>
    /// <param name="members">Members are 0 to this less one.</param>
    /// <param name="trees">Sets are 0 to this less one.</param>
    public VirtualTimeTree(int members, int trees)
    {
        _nodes = new Node[members + 1];
        _roots = new int[trees];
        _firsts = new int[trees];
    }

    /// <summary>Makes room for more members and more sets; who is in which stays.</summary>
    /// <param name="members">Members are 0 to this less one; no fewer than before.</param>
    /// <param name="trees">Sets are 0 to this less one; no fewer than before.</param>
    public void Grow(int members, int trees)
    {
        Array.Resize(ref _nodes, members + 1);
        Array.Resize(ref _roots, trees);
        Array.Resize(ref _firsts, trees);
    }

    /// <summary>Is it in a set?</summary>
    public bool Contains(int member) => _nodes[member + 1].Tree != 0;

    /// <summary>Is the set empty?</summary>
    public bool IsEmpty(int tree) => _roots[tree] == 0;

    /// <summary>The one with the least key, in constant time; -1 if the set is empty.</summary>
    public int First(int tree) => _firsts[tree] - 1;

    /// <summary>The one with the greatest key; -1 if the set is empty.</summary>
    public int Last(int tree)
    {
        var at = _roots[tree];
        if (at == 0) return -1;
        while (_nodes[at].Right != 0) at = _nodes[at].Right;
        return at - 1;
    }

    /// <summary>The next in order; -1 if it is the last.</summary>
    public int After(int member) => Successor(member + 1) - 1;

    /// <summary>The key it was put in with.</summary>
    public long KeyOf(int member) => _nodes[member + 1].Key;

    /// <summary>The value it was put in with.</summary>
    public long ValueOf(int member) => _nodes[member + 1].Value;

    /// <summary>The least value in the set; <see cref="long.MaxValue"/> if it is empty.</summary>
    public long LeastValue(int tree) => _roots[tree] == 0 ? long.MaxValue : _nodes[_roots[tree]].Least;

    /// <summary>The least slice in the set; <see cref="long.MaxValue"/> if it is empty.</summary>
    public long LeastSlice(int tree) => _roots[tree] == 0 ? long.MaxValue : _nodes[_roots[tree]].LeastSlice;

    /// <summary>The greatest slice in the set; 0 if it is empty.</summary>
    public long GreatestSlice(int tree) => _roots[tree] == 0 ? 0 : _nodes[_roots[tree]].MostSlice;

    /// <summary>Puts one that is in no set into one, behind those of its key.</summary>
    /// <param name="tree">The set.</param>
    /// <param name="member">Who.</param>
    /// <param name="key">What the set is ordered by.</param>
    /// <param name="value">What <see cref="FirstAtMost"/> compares; by default the key.</param>
    /// <param name="slice">What <see cref="LeastSlice"/> is about.</param>
    public void Insert(int tree, int member, long key, long? value = null, long slice = 0)
    {
        var at = member + 1;
        ref var node = ref _nodes[at];
        Check.That(node.Tree == 0, "P2");
        var least = value ?? key;
        (node.Left, node.Right, node.Parent, node.Tree) = (0, 0, 0, tree + 1);
        (node.Key, node.Value, node.Least) = (key, least, least);
        (node.Slice, node.LeastSlice, node.MostSlice) = (slice, slice, slice);
        var (parent, first) = (0, true);
        for (var down = _roots[tree]; down != 0;)
        {
            ref var d = ref _nodes[down];
            // On the way down every subtree learns of the newcomer; rotations then only rearrange.
            if (least < d.Least) d.Least = least;
            if (slice < d.LeastSlice) d.LeastSlice = slice;
            if (slice > d.MostSlice) d.MostSlice = slice;
            parent = down;
            if (key < d.Key) down = d.Left;
            else (down, first) = (d.Right, false);
        }
        node.Parent = parent;
        if (parent == 0) _roots[tree] = at;
        else if (key < _nodes[parent].Key) _nodes[parent].Left = at;
        else _nodes[parent].Right = at;
        if (first) _firsts[tree] = at;
        while (node.Parent != 0 && Rank(at) > Rank(node.Parent)) RotateUp(at);
    }

    /// <summary>Takes one out of its set.</summary>
    public void Remove(int member)
    {
        var at = member + 1;
        ref var node = ref _nodes[at];
        Check.That(node.Tree != 0, "P2");
        var tree = node.Tree - 1;
        if (_firsts[tree] == at) _firsts[tree] = Successor(at);
        while (node.Left != 0 && node.Right != 0)
            RotateUp(Rank(node.Left) > Rank(node.Right) ? node.Left : node.Right);
        var child = node.Left | node.Right;
        var parent = node.Parent;
        if (child != 0) _nodes[child].Parent = parent;
        Replace(tree, parent, at, child);
        // Where a subtree's figures stay as they were, so do those above.
        for (var up = parent; up != 0 && Sum(up); up = _nodes[up].Parent) { }
        node.Tree = 0;
    }

    /// <summary>Of those whose value is at most <paramref name="limit"/>, the one with the least key; -1 if there is
    /// none.</summary>
    public int FirstAtMost(int tree, long limit)
    {
        var at = _roots[tree];
        if (at == 0 || _nodes[at].Least > limit) return -1;
        while (true)
        {
            ref readonly var n = ref _nodes[at];
            if (n.Left != 0 && _nodes[n.Left].Least <= limit) at = n.Left;
            else if (n.Value <= limit) return at - 1;
            else at = n.Right;
        }
    }

    private int Successor(int at)
    {
        var down = _nodes[at].Right;
        if (down != 0)
        {
            while (_nodes[down].Left != 0) down = _nodes[down].Left;
            return down;
        }
        var up = _nodes[at].Parent;
        while (up != 0 && _nodes[up].Right == at) (at, up) = (up, _nodes[up].Parent);
        return up;
    }

    // Its child takes a node's place, and the node becomes a child of it.
    private void RotateUp(int child)
    {
        ref var c = ref _nodes[child];
        var at = c.Parent;
        ref var n = ref _nodes[at];
        var grand = n.Parent;
        int moved;
        if (n.Left == child)
        {
            moved = c.Right;
            n.Left = moved;
            c.Right = at;
        }
        else
        {
            moved = c.Left;
            n.Right = moved;
            c.Left = at;
        }
        if (moved != 0) _nodes[moved].Parent = at;
        n.Parent = child;
        c.Parent = grand;
        Replace(c.Tree - 1, grand, at, child);
        (c.Least, c.LeastSlice, c.MostSlice) = (n.Least, n.LeastSlice, n.MostSlice);
        Sum(at);
    }

    private void Replace(int tree, int parent, int from, int to)
    {
        if (parent == 0) _roots[tree] = to;
        else if (_nodes[parent].Left == from) _nodes[parent].Left = to;
        else _nodes[parent].Right = to;
    }

    // Returns whether that changes anything.
    private bool Sum(int at)
    {
        ref var n = ref _nodes[at];
        var (least, slice, most) = (n.Value, n.Slice, n.Slice);
        if (n.Left != 0)
        {
            ref readonly var l = ref _nodes[n.Left];
            if (l.Least < least) least = l.Least;
            if (l.LeastSlice < slice) slice = l.LeastSlice;
            if (l.MostSlice > most) most = l.MostSlice;
        }
        if (n.Right != 0)
        {
            ref readonly var r = ref _nodes[n.Right];
            if (r.Least < least) least = r.Least;
            if (r.LeastSlice < slice) slice = r.LeastSlice;
            if (r.MostSlice > most) most = r.MostSlice;
        }
        if (n.Least == least && n.LeastSlice == slice && n.MostSlice == most) return false;
        (n.Least, n.LeastSlice, n.MostSlice) = (least, slice, most);
        return true;
    }

    // A bijection of 32 bits (odd multiplier, xor-shifts), so that no two members have the same rank.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Rank(int at)
    {
        var x = unchecked((uint)at * 0x9E37_79B1u);
        x ^= x >> 15;
        x = unchecked(x * 0x85EB_CA77u);
        return x ^ (x >> 13);
    }
}
