using Flms.Core;
using Flms.Testing;

namespace Flms.Core.Tests;

public sealed class CpuMaskTests
{
    // One word, a word's edge, several words, and more words than one word of the summary can tell.
    public static TheoryData<int> Sizes => [1, 7, 63, 64, 65, 1_024, 4_095, 4_097, 9_000];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void It_answers_as_a_sorted_set_does(int size)
    {
        var mask = new CpuMask(size);
        var set = new SortedSet<int>();
        var state = (uint)size;
        for (var step = 0; step < 400; step++)
        {
            var p = Draw(ref state, size);
            if (Draw(ref state, 3) > 0) Assert.Equal(set.Add(p), mask.Add(new(p)));
            else Assert.Equal(set.Remove(p), mask.Remove(new(p)));

            var q = Draw(ref state, size);
            Assert.Equal(set.Count, mask.Count);
            Assert.Equal(set.Contains(q), mask.Contains(new(q)));
            Assert.Equal(FirstAtOrAfter(set, 0), mask.First());
            Assert.Equal(FirstAtOrAfter(set, q + 1), mask.After(new(q)));
            var above = FirstAtOrAfter(set, q + 1);
            Assert.Equal(above.IsNone ? FirstAtOrAfter(set, 0) : above, mask.Cycle(new(q)));
        }
        foreach (var p in set)
        {
            Assert.Equal(new(p), mask.TakeFirst());
            Assert.False(mask.Contains(new(p)));
        }
        Assert.True(mask.IsEmpty);
        Assert.Equal(PcpuId.None, mask.TakeFirst());
        Assert.Equal(PcpuId.None, mask.First());
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Two_sets_meet_where_both_have_the_pcpu(int size)
    {
        var state = (uint)size + 17;
        for (var round = 0; round < 40; round++)
        {
            var (a, b) = (Some(size, ref state), Some(size, ref state));
            var both = new SortedSet<int>(Members(a).Intersect(Members(b)));
            var p = Draw(ref state, size);

            Assert.Equal(both.Count > 0, a.Intersects(b));
            Assert.Equal(both.Count, a.CountBoth(b));
            Assert.Equal(FirstAtOrAfter(both, 0), a.FirstBoth(b));
            var above = FirstAtOrAfter(both, p + 1);
            Assert.Equal(above.IsNone ? FirstAtOrAfter(both, 0) : above, a.CycleBoth(new(p), b));
            Assert.Equal(both, Members(Copy(a, m => m.IntersectWith(b))));
            Assert.Equal(Members(a).Except(Members(b)), Members(Copy(a, m => m.ExceptWith(b))));
            Assert.Equal(Members(a).Union(Members(b)).Order(), Members(Copy(a, m => m.UnionWith(b))));
        }
    }

    [Fact]
    public void Full_empty_and_equal_sets_say_so()
    {
        var mask = new CpuMask(130);
        Assert.True(mask.IsEmpty);
        Assert.True(mask.First().IsNone);
        Assert.True(mask.Fill().IsFull);
        Assert.True(mask.SameAs(Copy(mask, _ => { })));
        mask.Set(new(129), false);
        Assert.False(mask.IsFull);
        Assert.False(mask.SameAs(new CpuMask(130).Fill()));
        mask.Clear();
        Assert.True(mask.IsEmpty);
        Assert.Equal(0, mask.Count);
    }

    [Theory]
    [InlineData(new int[0], "none")]
    [InlineData(new[] { 5 }, "5")]
    [InlineData(new[] { 0, 1, 2, 3, 8 }, "0-3,8")]
    [InlineData(new[] { 62, 63, 64, 65, 69 }, "62-65,69")]
    public void It_prints_as_Linux_writes_a_list_of_cpus(int[] members, string expected)
    {
        var mask = new CpuMask(70);
        foreach (var p in members) mask.Add(new(p));
        Assert.Equal(expected, mask.ToString());
    }

    [Fact]
    public void It_allocates_nothing_after_construction()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var (a, b) = (new CpuMask(1_024).Fill(), new CpuMask(1_024));
            Use(a, b);
            return () =>
            {
                for (var i = 0; i < 100; i++) Use(a, b);
            };
        }));

        static void Use(CpuMask a, CpuMask b)
        {
            b.CopyFrom(a);
            b.Remove(b.First());
            b.IntersectWith(a);
            b.Add(a.CycleBoth(new(3), b));
            b.ExceptWith(a);
        }
    }

    private static CpuMask Copy(CpuMask mask, Action<CpuMask> change)
    {
        var copy = new CpuMask(mask.Size);
        copy.CopyFrom(mask);
        change(copy);
        return copy;
    }

    private static CpuMask Some(int size, ref uint state)
    {
        var mask = new CpuMask(size);
        for (var i = Draw(ref state, Math.Min(size, 50) + 1); i > 0; i--) mask.Add(new(Draw(ref state, size)));
        return mask;
    }

    private static List<int> Members(CpuMask mask)
    {
        var members = new List<int>();
        for (var p = mask.First(); !p.IsNone; p = mask.After(p)) members.Add(p.Index);
        return members;
    }

    private static PcpuId FirstAtOrAfter(SortedSet<int> set, int from)
    {
        foreach (var p in set)
            if (p >= from) return new(p);
        return PcpuId.None;
    }

    private static int Draw(ref uint state, int limit)
    {
        state = unchecked(state * 1_664_525 + 1_013_904_223);
        return (int)((ulong)state * (ulong)limit >> 32);
    }
}
