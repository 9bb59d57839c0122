using System.Globalization;
using System.Text;
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
            var machine = new Machine(plan!.RecordedMachine, plan.RecordedPolicy);
            machine.Run(plan.Until);
            for (var d = 0; d < r.Vms.Count; d++)
            {
                var recorded = include == ReplayThreads.Vcpus ? r.Vms[d].Threads[0].Run : r.Vms[d].Run;
                Assert.Equal(recorded.Ns, machine.Statistics.DomainRun[d], tolerance: 100_000);
            }
        }
    }

    // Both end in one machine of waits: the recovery counts them from the events, the machine from its own.
    [Theory]
    [InlineData("noisy4-own50")]
    [InlineData("mixed-duty")]
    public void Under_the_recorded_policy_everybody_waits_as_long_as_when_it_was_recorded(string name)
    {
        foreach (var path in new HashSet<string> { Shared.Kept(name), Shared.Recording(name) })
        {
            var r = Shared.Read(path);
            var machine = Recorded(r);
            for (var d = 0; d < r.Vms.Count; d++)
            {
                var waits = machine.Statistics.Wait[d];
                Assert.InRange(waits.Sum / (double)Wait(r.Vms[d]), 0.99, 1.000_001);
                var recorded = new Histogram();
                recorded.Add(r.Vms[d].Wait);
                recorded.Add(r.Vms[d].OtherWait);
                Assert.InRange(waits.Quantile(0.99) / (double)recorded.Quantile(0.99), 0.95, 1.05);
            }
        }
    }

    [Theory]
    [InlineData("noisy4-own50", 3)]
    [InlineData("mixed-duty", 4)]
    public void However_much_is_missing_nobody_waits_longer_than_is_known_nor_runs_less(string name, int seed)
    {
        var random = new Random(seed);
        for (var times = 0; times < 20; times++)
        {
            var text = new StringBuilder();
            foreach (var line in File.ReadLines(Shared.Kept(name)))
                if (random.Next(50) != 0 || line.StartsWith('#')) text.Append(line).Append('\n');
                else if (random.Next(4) == 0)
                    text.Append(CultureInfo.InvariantCulture, $"CPU:{random.Next(2)} [LOST 1 EVENTS]\n");
            var map = new List<MappedThread>();
            var json = File.ReadAllBytes(Path.ChangeExtension(Shared.Kept(name), ".json"));
            Assert.Null(ThreadMap.Parse("m.json", json, map, out _));
            var r = Texts.Recording(text.ToString(), [.. map]);
            Assert.True(r.LostEvents > 0 && r.MissedSwitches > 0);
            var machine = Recorded(r);
            for (var d = 0; d < r.Vms.Count; d++)
            {
                Assert.Equal(r.Vms[d].Run.Ns, machine.Statistics.DomainRun[d], tolerance: 1_000);
                Assert.InRange(machine.Statistics.Wait[d].Sum, 0, Wait(r.Vms[d]));
            }
        }
    }

    private static long Wait(RecordedVm vm) => vm.Threads.Sum(t => t.Wait.Ns);

    private static Machine Recorded(Recording r)
    {
        Assert.Null(ReplayPlan.TryMake(r, new(), out var plan));
        var machine = new Machine(plan!.RecordedMachine, plan.RecordedPolicy);
        machine.Run(plan.Until);
        return machine;
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
