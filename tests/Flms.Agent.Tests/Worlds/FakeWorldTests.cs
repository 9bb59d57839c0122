using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Tests.Worlds;

/// <summary>The rules of what is never touched, on hosts where anything happens (spec host-agent 4.2 and 4.8).</summary>
public sealed class FakeWorldTests : IDisposable
{
    private const int ShortenAt = 64 << 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("flms").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    public void Whatever_happens_nothing_is_touched_that_must_not_be_and_all_is_put_back(int faults)
    {
        int placements = 0, interventions = 0;
        for (var seed = 0UL; seed < 60; seed++)
        {
            using var world = new FakeWorld(seed, faults, new FakeJournal());
            for (var i = 0; i < 4; i++) world.StartVm();
            for (var i = 0; i < 60; i++) world.Step(1.Seconds, calm: 500);
            world.Faulty = false;
            // What failed is tried again, later and later.
            for (var i = 0; i < 10; i++) world.Step(1.Seconds, calm: 1000);
            world.Loop.Release();
            Assert.Equal(0, world.Loop.Ours);
            world.AssertNothingIsLeft();
            placements += world.Placements;
            interventions += world.Interventions;
        }
        Assert.True(placements > 1000 && interventions > 200, $"{placements} placements, {interventions} interventions");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_day_of_churn_and_faults_leaves_memory_flat_the_journal_short_and_nothing_behind()
    {
        const int period = 5, day = 24 * 3600 / period;
        var path = Path.Combine(_folder, "journal");
        Assert.Equal(0, JournalFile.Open(path, "boot", FakeKernel.BaseSlice, 8, out var file));
        using var journal = file!;
        using var world = new FakeWorld(1, 0, journal);
        long early = 0, longest = 0, writes = 0;
        for (var step = 1; step <= day; step++)
        {
            world.Step(5.Seconds, calm: 700);
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
        for (var i = 0; i < 100; i++) world.Step(5.Seconds, calm: 1000);
        Assert.True(world.Loop.Release().Fine);
        Assert.Equal(0, world.Loop.Ours);
        world.AssertNothingIsLeft();
        Assert.True(world.Placements > 10_000, $"{world.Placements} placements");
    }
}
