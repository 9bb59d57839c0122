using Flms.Schedulers.Mechanisms;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Mechanisms;

public sealed class VirtualTimeTreeTests
{
    private sealed record Member(int Number, long Key, long Value, long Slice, int Came);

    // Against a list that is searched from end to end.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_answers_as_a_sorted_list_does(ulong seed)
    {
        const int members = 60, trees = 3;
        var random = RandomStream.For(seed, 7);
        var tree = new VirtualTimeTree(members, trees);
        var lists = new List<Member>[trees];
        for (var t = 0; t < trees; t++) lists[t] = [];
        for (var step = 0; step < 2_000; step++)
        {
            var m = random.Next(0, members);
            var at = Array.FindIndex(lists, l => l.Exists(x => x.Number == m));
            Assert.Equal(at >= 0, tree.Contains(m));
            if (at >= 0)
            {
                tree.Remove(m);
                lists[at].RemoveAll(x => x.Number == m);
            }
            else
            {
                at = random.Next(0, trees);
                var member = new Member(m, random.Next(0, 30), random.Next(0, 100), random.Next(1, 50), step);
                tree.Insert(at, m, member.Key, member.Value, member.Slice);
                lists[at].Add(member);
                lists[at] = [.. lists[at].OrderBy(x => x.Key).ThenBy(x => x.Came)];
            }
            AssertSame(tree, at, lists[at], random.Next(-5, 105));
        }
    }

    private static void AssertSame(VirtualTimeTree tree, int t, List<Member> list, long limit)
    {
        Assert.Equal(list.Count == 0, tree.IsEmpty(t));
        Assert.Equal(list.Count == 0 ? -1 : list[^1].Number, tree.Last(t));
        Assert.Equal(list.Select(x => x.Value).Append(long.MaxValue).Min(), tree.LeastValue(t));
        Assert.Equal(list.Select(x => x.Slice).Append(long.MaxValue).Min(), tree.LeastSlice(t));
        Assert.Equal(list.Find(x => x.Value <= limit)?.Number ?? -1, tree.FirstAtMost(t, limit));
        var order = new List<int>();
        for (var m = tree.First(t); m >= 0; m = tree.After(m)) order.Add(m);
        Assert.Equal(list.Select(x => x.Number), order);
    }
}
