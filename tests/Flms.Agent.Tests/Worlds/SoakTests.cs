using Flms.Agent.Levers;
using Flms.Core;

namespace Flms.Agent.Tests.Worlds;

/// <summary>Tests that weigh the memory of the whole process: nothing else runs beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>A day in a moment.</summary>
[Collection("alone")]
public sealed class SoakTests : IDisposable
{
    private const int ShortenAt = 64 << 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("flms").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_day_of_churn_and_faults_leaves_memory_flat_the_journal_short_and_nothing_behind()
    {
        const int period = 10, day = 24 * 3600 / period;
        var path = Path.Combine(_folder, "journal");
        Assert.Equal(0, JournalFile.Open(path, "boot", FakeKernel.BaseSlice, 8, out var file));
        using var journal = file!;
        using var world = new FakeWorld(1, 5, journal);
        long early = 0, longest = 0, writes = 0;
        for (var step = 1; step <= day; step++)
        {
            world.Step(10.Seconds, calm: 700);
            Assert.True(world.Loop.Ours <= world.Host.Threads.Count());
            Assert.Equal(2 * world.Loop.Observer.Sampler.Count, world.Host.OpenFiles);
            longest = Math.Max(longest, journal.Written);
            if (journal.Written > ShortenAt)
            {
                Assert.Equal(0, journal.Shorten("boot", FakeKernel.BaseSlice, world.Lever.Ours));
                writes++;
            }
            if (step == day / 8) early = GC.GetTotalMemory(forceFullCollection: true);
        }
        var late = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(late < early + 300_000, $"{early} bytes after 3 hours, {late} after a day");
        Assert.True(writes > 1 && longest < 2 * ShortenAt, $"shortened {writes} times, {longest} bytes at most");
        world.Faulty = false;
        for (var i = 0; i < 100; i++) world.Step(10.Seconds, calm: 1000);
        Assert.True(world.Loop.Release().Fine);
        Assert.Equal(0, world.Loop.Ours);
        world.AssertNothingIsLeft();
        Assert.True(world.Placements > 4_000, $"{world.Placements} placements");
    }
}
