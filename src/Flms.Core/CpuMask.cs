using System.Numerics;
using System.Runtime.CompilerServices;

namespace Flms.Core;

/// <summary>A set of pCPUs, for machines of any size.</summary>
/// <remarks>
/// <para>Mutable and owned by one holder; copy it with <see cref="CopyFrom"/>. Adding, removing and asking for
/// one pCPU take constant time. "First" and "next" look at one bit for 64 pCPUs and skip empty words, so a machine of
/// 4,096 pCPUs costs a search of at most two words.</para>
/// <para>"Cyclic after p" means p+1, p+2, ... up to the last, then from 0 up to p itself, which comes last.</para>
/// </remarks>
public sealed class CpuMask
{
    private readonly ulong[] _words;
    private readonly ulong[] _summary; // bit w of the summary: is word w not 0?

    /// <summary>An empty set over pCPUs 0 to <paramref name="size"/> less one.</summary>
    /// <param name="size">How many pCPUs there are; at least 1.</param>
    public CpuMask(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
        _words = new ulong[(size + 63) / 64];
        _summary = new ulong[(_words.Length + 63) / 64];
    }

    /// <summary>How many pCPUs the set may hold: members are 0 to this less one.</summary>
    public int Size { get; }

    /// <summary>How many pCPUs are in the set.</summary>
    public int Count { get; private set; }

    /// <summary>Is no pCPU in the set?</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Are all pCPUs in the set?</summary>
    public bool IsFull => Count == Size;

    /// <summary>Is <paramref name="p"/> in the set?</summary>
    public bool Contains(PcpuId p) => (_words[p.Index >> 6] >> (p.Index & 63) & 1) != 0;

    /// <summary>Puts <paramref name="p"/> into the set.</summary>
    /// <returns>Whether it was not in it before.</returns>
    public bool Add(PcpuId p)
    {
        var w = p.Index >> 6;
        var bit = 1UL << (p.Index & 63);
        if ((_words[w] & bit) != 0) return false;
        _words[w] |= bit;
        _summary[w >> 6] |= 1UL << (w & 63);
        Count++;
        return true;
    }

    /// <summary>Takes <paramref name="p"/> out of the set.</summary>
    /// <returns>Whether it was in it before.</returns>
    public bool Remove(PcpuId p)
    {
        var w = p.Index >> 6;
        var bit = 1UL << (p.Index & 63);
        if ((_words[w] & bit) == 0) return false;
        _words[w] &= ~bit;
        if (_words[w] == 0) _summary[w >> 6] &= ~(1UL << (w & 63));
        Count--;
        return true;
    }

    /// <summary>Takes the lowest pCPU out of the set.</summary>
    /// <returns>It; None if the set was empty.</returns>
    public PcpuId TakeFirst()
    {
        for (var s = 0; s < _summary.Length; s++)
        {
            if (_summary[s] == 0) continue;
            var w = (s << 6) + BitOperations.TrailingZeroCount(_summary[s]);
            var rest = _words[w];
            _words[w] = rest & (rest - 1);
            if (_words[w] == 0) _summary[s] &= _summary[s] - 1;
            Count--;
            return new((w << 6) + BitOperations.TrailingZeroCount(rest));
        }
        return PcpuId.None;
    }

    /// <summary>Puts <paramref name="p"/> in or takes it out.</summary>
    public void Set(PcpuId p, bool member)
    {
        if (member) Add(p);
        else Remove(p);
    }

    /// <summary>Takes every pCPU out.</summary>
    public void Clear()
    {
        if (Count == 0) return;
        Array.Clear(_words);
        Array.Clear(_summary);
        Count = 0;
    }

    /// <summary>Puts every pCPU in.</summary>
    /// <returns>This set.</returns>
    public CpuMask Fill()
    {
        for (var p = 0; p < Size; p++) Add(new(p));
        return this;
    }

    /// <summary>A new set that is the same as <paramref name="other"/>.</summary>
    public static CpuMask Copy(CpuMask other)
    {
        var copy = new CpuMask(other.Size);
        copy.CopyFrom(other);
        return copy;
    }

    /// <summary>Makes this the same set as <paramref name="other"/>, which must be of the same size.</summary>
    public void CopyFrom(CpuMask other)
    {
        other._words.CopyTo(_words, 0);
        other._summary.CopyTo(_summary, 0);
        Count = other.Count;
    }

    /// <summary>Keeps only the pCPUs that are also in <paramref name="other"/>.</summary>
    public void IntersectWith(CpuMask other)
    {
        for (var w = 0; w < _words.Length; w++) SetWord(w, _words[w] & other._words[w]);
    }

    /// <summary>Takes out every pCPU that is in <paramref name="other"/>.</summary>
    public void ExceptWith(CpuMask other)
    {
        for (var w = 0; w < _words.Length; w++) SetWord(w, _words[w] & ~other._words[w]);
    }

    /// <summary>Puts in every pCPU that is in <paramref name="other"/>.</summary>
    public void UnionWith(CpuMask other)
    {
        for (var w = 0; w < _words.Length; w++) SetWord(w, _words[w] | other._words[w]);
    }

    /// <summary>Is any pCPU in both sets?</summary>
    public bool Intersects(CpuMask other)
    {
        for (var s = 0; s < _summary.Length; s++)
            for (var both = _summary[s] & other._summary[s]; both != 0; both &= both - 1)
            {
                var w = (s << 6) + BitOperations.TrailingZeroCount(both);
                if ((_words[w] & other._words[w]) != 0) return true;
            }
        return false;
    }

    /// <summary>How many pCPUs are in both sets.</summary>
    public int CountBoth(CpuMask other)
    {
        var n = 0;
        for (var s = 0; s < _summary.Length; s++)
            for (var both = _summary[s] & other._summary[s]; both != 0; both &= both - 1)
            {
                var w = (s << 6) + BitOperations.TrailingZeroCount(both);
                n += BitOperations.PopCount(_words[w] & other._words[w]);
            }
        return n;
    }

    /// <summary>The lowest pCPU in the set; None if it is empty.</summary>
    public PcpuId First() => AtOrAfter(0);

    /// <summary>The next pCPU above <paramref name="p"/>, without going round; None if there is none.</summary>
    /// <remarks>For loops: <c>for (var p = m.First(); !p.IsNone; p = m.After(p))</c>.</remarks>
    public PcpuId After(PcpuId p) => AtOrAfter(p.Index + 1);

    /// <summary>The next pCPU cyclically after <paramref name="p"/> (itself last); None if the set is empty.</summary>
    public PcpuId Cycle(PcpuId p)
    {
        var above = AtOrAfter(p.Index + 1);
        return above.IsNone ? AtOrAfter(0) : above;
    }

    /// <summary>The lowest pCPU that is in both sets; None if there is none.</summary>
    public PcpuId FirstBoth(CpuMask other) => AtOrAfterBoth(0, other);

    /// <summary>The next pCPU cyclically after <paramref name="p"/> (itself last) that is in both sets; None if none
    /// is.</summary>
    public PcpuId CycleBoth(PcpuId p, CpuMask other)
    {
        var above = AtOrAfterBoth(p.Index + 1, other);
        return above.IsNone ? AtOrAfterBoth(0, other) : above;
    }

    /// <summary>Do both hold the same pCPUs?</summary>
    public bool SameAs(CpuMask other) => Size == other.Size && _words.AsSpan().SequenceEqual(other._words);

    /// <summary>The pCPUs as a list of ranges, as Linux writes it: <c>0-3,8</c>; <c>none</c> for the empty
    /// set.</summary>
    public override string ToString()
    {
        if (IsEmpty) return "none";
        var text = new System.Text.StringBuilder();
        for (var p = First(); !p.IsNone; p = After(p))
        {
            var last = p.Index;
            while (last + 1 < Size && Contains(new(last + 1))) last++;
            if (text.Length > 0) text.Append(',');
            text.Append(p.Index);
            if (last > p.Index) text.Append('-').Append(last);
            p = new(last);
        }
        return text.ToString();
    }

    private PcpuId AtOrAfter(int index)
    {
        if (index >= Size) return PcpuId.None;
        var w = index >> 6;
        var rest = _words[w] & (ulong.MaxValue << (index & 63));
        if (rest != 0) return new((w << 6) + BitOperations.TrailingZeroCount(rest));
        w++;
        for (var s = w >> 6; s < _summary.Length; s++)
        {
            var words = _summary[s] & (s == w >> 6 ? ulong.MaxValue << (w & 63) : ulong.MaxValue);
            if (words == 0) continue;
            var found = (s << 6) + BitOperations.TrailingZeroCount(words);
            return new((found << 6) + BitOperations.TrailingZeroCount(_words[found]));
        }
        return PcpuId.None;
    }

    private PcpuId AtOrAfterBoth(int index, CpuMask other)
    {
        if (index >= Size) return PcpuId.None;
        var w = index >> 6;
        var rest = _words[w] & other._words[w] & (ulong.MaxValue << (index & 63));
        if (rest != 0) return new((w << 6) + BitOperations.TrailingZeroCount(rest));
        w++;
        for (var s = w >> 6; s < _summary.Length; s++)
        {
            var words = _summary[s] & other._summary[s];
            if (s == w >> 6) words &= ulong.MaxValue << (w & 63);
            for (; words != 0; words &= words - 1)
            {
                var found = (s << 6) + BitOperations.TrailingZeroCount(words);
                var both = _words[found] & other._words[found];
                if (both != 0) return new((found << 6) + BitOperations.TrailingZeroCount(both));
            }
        }
        return PcpuId.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetWord(int w, ulong value)
    {
        Count += BitOperations.PopCount(value) - BitOperations.PopCount(_words[w]);
        _words[w] = value;
        var bit = 1UL << (w & 63);
        if (value == 0) _summary[w >> 6] &= ~bit;
        else _summary[w >> 6] |= bit;
    }
}
