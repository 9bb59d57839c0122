using Flms.Core;

namespace Flms.Agent.Tests.Worlds;

/// <summary>The rules of what is never touched, on hosts where anything happens (spec host-agent 4.2 and 4.8).
/// </summary>
public sealed class FakeWorldTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Whatever_happens_nothing_is_touched_that_must_not_be_and_all_is_put_back(int faults)
    {
        int placements = 0, interventions = 0, moves = 0;
        for (var seed = 0UL; seed < 25; seed++)
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
            moves += world.Moves;
        }
        Assert.True(placements > 500 && interventions > 100 && moves > 30,
            $"{placements} placements, {interventions} interventions, {moves} moves of cpusets and CPUs");
    }
}
