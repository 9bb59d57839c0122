using Flms.Schedulers.Mechanisms;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Mechanisms;

public sealed class IndexHeapTests
{
    private readonly struct Odd : IMemberFilter
    {
        public bool Allows(int member) => member % 2 == 1;
    }

    [Fact]
    public void The_least_key_comes_first_and_of_equals_the_lowest_number()
    {
        var heap = new IndexHeap<int>(8);
        foreach (var (member, key) in new[] { (5, 3), (2, 1), (7, 1), (0, 9), (4, 3) }) heap.Set(member, key);
        var order = new List<int>();
        while (heap.Count > 0)
        {
            order.Add(heap.First());
            heap.Remove(heap.First());
        }
        Assert.Equal([2, 7, 4, 5, 0], order);
        Assert.Equal(-1, heap.First());
        Assert.False(heap.Remove(3));
    }

    [Fact]
    public void It_agrees_with_a_sorted_list_whatever_is_done_to_it()
    {
        const int members = 40;
        var random = RandomStream.For(7, 1);
        var heap = new IndexHeap<int>(members);
        var plain = new SortedDictionary<int, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var member = random.Next(0, members);
            if (random.Next(0, 3) == 0)
            {
                Assert.Equal(plain.Remove(member), heap.Remove(member));
            }
            else
            {
                var key = random.Next(0, 20);
                plain[member] = key;
                heap.Set(member, key);
            }
            Assert.Equal(plain.Count, heap.Count);
            Assert.Equal(plain.ContainsKey(member), heap.Contains(member));
            Assert.Equal(Least(plain, _ => true), heap.First());
            Assert.Equal(Least(plain, m => m % 2 == 1), heap.First(new Odd()));
        }
    }

    private static int Least(SortedDictionary<int, int> plain, Func<int, bool> allowed)
    {
        var least = -1;
        foreach (var (member, key) in plain)
            if (allowed(member) && (least < 0 || key < plain[least])) least = member;
        return least;
    }
}
