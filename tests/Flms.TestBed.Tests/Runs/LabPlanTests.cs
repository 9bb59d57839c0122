using Flms.Agent.Discovery;
using Flms.Cli.Verbs.Agents;
using Flms.Core;
using Flms.TestBed.Runs;

namespace Flms.TestBed.Tests.Runs;

/// <summary>What is planned, and what the agent is told.</summary>
public sealed class LabPlanTests : TestFolder
{
    [Fact]
    public void A_plan_knows_how_long_it_takes()
    {
        var plan = new LabPlan { Settings = [LabSetting.Agent], Cases = [new(4, 0), new(4, 50)] };
        Assert.Equal(4.Seconds, plan.Span);
        // Three rounds of two cases, of 5 s stock and 23 s agent, which tries a split first; each load alone once.
        Assert.Equal(176.Seconds, plan.Length);
    }

    [Fact]
    public void All_settings_together_take_less_than_a_quarter_of_an_hour() =>
        Assert.True(new LabPlan { Settings = LabSetting.All, Cases = [new(4, 0), new(4, 50)] }.Length < 900.Seconds);

    [Fact]
    public void The_agent_is_told_to_measure_the_labs_VMs_and_to_leave_all_others_alone()
    {
        foreach (var setting in LabSetting.All)
        {
            var settings = AgentConfig.Read([Write("agent.yaml", setting.ConfigurationFor("flms-lab-1-2-"))]).Value!;
            Assert.Equal("measured", settings.WordOf(VmCalled("flms-lab-1-2-noisy1"))!.ToString());
            Assert.True(settings.WordOf(VmCalled("somebodys"))!.Ignore);
        }
    }

    [Fact]
    public void Names_of_settings_are_distinct_and_none_is_stock()
    {
        Assert.Equal(LabSetting.All.Count, LabSetting.All.Select(s => s.Name).Distinct().Count());
        Assert.DoesNotContain(LabSetting.All, s => s.Name == LabSetting.Stock);
    }

    private static Vm VmCalled(string name) => new(new(1, 1), Hypervisor.Qemu, name, "", "");
}
