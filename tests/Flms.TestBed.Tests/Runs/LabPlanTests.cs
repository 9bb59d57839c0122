using Flms.Core;
using Flms.TestBed.Runs;

namespace Flms.TestBed.Tests.Runs;

/// <summary>What is planned, and what the agent is told.</summary>
public sealed class LabPlanTests
{
    [Fact]
    public void A_plan_knows_how_long_it_takes()
    {
        var plan = new LabPlan { Settings = [LabSetting.Agent], Cases = [new(4, 0), new(4, 50)] };
        Assert.Equal(5.Seconds, plan.Span);
        // Three rounds of two cases, of 6 s stock and 12 s agent; each load alone once.
        Assert.Equal(118.Seconds, plan.Length);
    }

    [Fact]
    public void Names_of_settings_are_distinct_and_none_is_stock()
    {
        Assert.Equal(LabSetting.All.Count, LabSetting.All.Select(s => s.Name).Distinct().Count());
        Assert.DoesNotContain(LabSetting.All, s => s.Name == LabSetting.Stock);
    }
}
