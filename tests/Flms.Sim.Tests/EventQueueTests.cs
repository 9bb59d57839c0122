using Flms.Core;

namespace Flms.Sim.Tests;

/// <summary>The event queue against a plain list that is searched.</summary>
public sealed class EventQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(17)]
    [InlineData(300)]
    public void Its_next_event_is_always_that_of_a_plain_list(int entities)
    {
        var random = RandomStream.For(7, entities);
        var queue = new EventQueue(entities);
        var due = new long[entities];
        Array.Fill(due, long.MaxValue);
        var now = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            var e = random.Next(0, entities);
            switch (random.Next(0, 4))
            {
                case 0:
                    queue.Clear(e);
                    due[e] = long.MaxValue;
                    break;
                case 1:
                    // Few different times, so that many are equal.
                    queue.Set(e, due[e] = now + random.Next(0, 8));
                    break;
                case 2:
                    queue.Set(e, due[e] = now + random.Next(0, int.MaxValue));
                    break;
                default:
                    if (queue.Next == EventQueue.NoEvent) break;
                    now = EventQueue.TimeOf(queue.Next);
                    due[EventQueue.EntityOf(queue.Next)] = long.MaxValue;
                    queue.Clear(EventQueue.EntityOf(queue.Next));
                    break;
            }
            // Array.IndexOf finds the lowest: ties go to the lower entity.
            var first = Array.IndexOf(due, due.Min());
            if (due[first] == long.MaxValue)
            {
                Assert.Equal(EventQueue.NoEvent, queue.Next);
                continue;
            }
            Assert.Equal((due[first], first), (EventQueue.TimeOf(queue.Next), EventQueue.EntityOf(queue.Next)));
            Assert.Equal(due[first], queue.DueAt(first));
        }
    }

    [Fact]
    public void Equal_times_come_by_the_lowest_entity_however_they_were_set()
    {
        var queue = new EventQueue(40);
        for (var e = 39; e >= 0; e--) queue.Set(e, e % 2);
        var order = new List<int>();
        while (queue.Next != EventQueue.NoEvent)
        {
            order.Add(EventQueue.EntityOf(queue.Next));
            queue.Clear(EventQueue.EntityOf(queue.Next));
        }
        Assert.Equal(Enumerable.Range(0, 40).OrderBy(e => e % 2).ThenBy(e => e), order);
    }

    [Fact]
    public void The_last_moment_it_can_hold_is_its_horizon()
    {
        var queue = new EventQueue(2);
        queue.Set(1, EventQueue.Horizon.Ns);
        Assert.Equal(EventQueue.Horizon.Ns, EventQueue.TimeOf(queue.Next));
        queue.Set(1, EventQueue.Horizon.Ns + 1);
        Assert.Equal(EventQueue.NoEvent, queue.Next);
        queue.Set(0, long.MaxValue);
        Assert.Equal(EventQueue.NoEvent, queue.Next);
        Assert.True(queue.DueAt(0) > EventQueue.Horizon.Ns - 1);
    }

    [Fact]
    public void It_holds_as_many_entities_as_it_says()
    {
        var queue = new EventQueue(EventQueue.MaxEntities);
        queue.Set(EventQueue.MaxEntities - 1, 5);
        Assert.Equal(EventQueue.MaxEntities - 1, EventQueue.EntityOf(queue.Next));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventQueue(EventQueue.MaxEntities + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EventQueue(0));
    }
}
