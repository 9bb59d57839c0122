using Flms.Core;
using Flms.Sim;

namespace Flms.Traces.Tests;

/// <summary>The recordings that are part of the repository.</summary>
public sealed class KeptRecordingTests
{
    [Theory]
    [InlineData("noisy4-own50", "LCCCC")]
    [InlineData("mixed-duty", "LCCCL")]
    public void Each_is_read_with_its_map_and_its_totals_are_those_of_the_cut(string name, string kinds)
    {
        var r = Shared.Read(Shared.Kept(name));
        Assert.Equal(RecordingFormat.Tracefs, r.Format);
        Assert.Equal(2, r.Pcpus);
        Assert.InRange(r.Length.Ns, 2_490_000_000, 2_500_000_000);
        Assert.Equal(["vm0", "vm1", "vm2", "vm3", "vm4"], r.Vms.Select(vm => vm.Name));
        Assert.Equal(kinds, string.Concat(r.Vms.Select(vm => ReplayPlan.GuessKind(r, vm).ToString()[0])));
        foreach (var t in r.Vms.SelectMany(vm => vm.Threads))
            Assert.Equal(new(t.Run.Ns, t.Wait.Ns, t.Timeslices), t.Kernel);
    }

    [Theory]
    [InlineData("noisy4-own50")]
    [InlineData("mixed-duty")]
    public void The_recorded_policy_reproduces_the_recorded_run_times(string name)
    {
        var r = Shared.Read(Shared.Kept(name));
        foreach (var include in Enum.GetValues<ReplayThreads>())
        {
            Assert.Null(ReplayPlan.TryMake(r, new() { Include = include, Costs = CostModel.None }, out var plan));
            var machine = new Machine(plan!.Machine, plan.RecordedPolicy);
            machine.Run(plan.Until);
            for (var d = 0; d < r.Vms.Count; d++)
            {
                var recorded = include == ReplayThreads.Vcpus ? r.Vms[d].Threads[0].Run : r.Vms[d].Run;
                Assert.Equal(recorded.Ns, machine.Statistics.DomainRun[d], tolerance: 100_000);
            }
        }
    }

    [Theory]
    [InlineData("noisy4-own50")]
    [InlineData("mixed-duty")]
    public void Without_its_map_the_same_processors_are_found(string name)
    {
        var r = Shared.Read(Shared.Kept(name));
        Assert.Null(RecordingReader.Read(Shared.Kept(name), out var trace));
        Assert.Null(Recording.From(trace!, ThreadMap.Guess(trace!), "x", out var guessed));
        Assert.Equal(r.Vms.Select(vm => vm.Threads[0].Tid).Order(), guessed!.Vms.Select(vm => vm.Threads[0].Tid));
    }
}
