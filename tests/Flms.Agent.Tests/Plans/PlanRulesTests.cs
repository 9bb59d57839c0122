using Flms.Agent.Plans;
using Flms.Lab.Advice;

namespace Flms.Agent.Tests.Plans;

public sealed class PlanRulesTests
{
    [Fact]
    public void The_advice_on_a_recording_counts_on_the_slices_that_the_agent_gives_by_default()
    {
        var rules = new PlanRules();
        Assert.Equal((rules.SleeperSlice, rules.SpSlice, rules.LpSlice, rules.LentSlice),
            (AgentCandidates.Sleeper, AgentCandidates.Busy, AgentCandidates.Long, AgentCandidates.Lent));
    }
}
