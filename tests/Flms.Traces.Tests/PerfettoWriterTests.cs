using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Traces.Tests;

public sealed class PerfettoWriterTests
{
    private static readonly MachineSetup Setup = new()
    {
        Topology = Topology.Of(1, 2),
        Domains =
        [
            new() { Name = "a", Vcpus = 2, Workloads = [new HogSetup()] },
            new() { Name = "b", Workloads = [new PulseSetup { Work = 100.Us, At = 1.Ms, Every = 2.Ms }] },
        ],
        Costs = CostModel.None,
    };

    [Fact]
    public void There_is_a_track_for_each_pCPU_and_each_vCPU()
    {
        var trace = PerfettoTrace.Read(Run(10.Ms).Bytes);
        Assert.Equal(
            ["pCPUs", "pCPUs > p0", "pCPUs > p1", "a", "a > a/0", "a > a/1", "b", "b > b/0"], trace.Tracks);
    }

    [Fact]
    public void A_pCPU_shows_who_runs_and_a_vCPU_its_state()
    {
        var trace = PerfettoTrace.Read(Run(10.Ms).Bytes);
        PerfettoTrace.Item[] expected =
        [
            new("b > b/0", "blocked", 0, 1_000_000, 0, ""),
            new("b > b/0", "runnable", 1_000_000, 2_000_000, 0, ""),
            new("b > b/0", "running on p0", 2_000_000, 2_100_000, 0, ""),
        ];
        Assert.Equal(expected, trace.Slices.Where(s => s.Track == "b > b/0" && s.To > s.From).Take(3));
        Assert.Contains(new("pCPUs > p0", "b/0", 2_000_000, 2_100_000, 0, ""), trace.Slices);
        Assert.Contains(new("b > b/0", "wake", 1_000_000, 1_000_000, 0, ""), trace.Instants);
    }

    [Fact]
    public void The_slices_add_up_to_what_the_machine_counted()
    {
        var (bytes, machine) = Run(100.Ms);
        var trace = PerfettoTrace.Read(bytes);
        for (var d = 0; d < 2; d++)
        {
            var name = Setup.Domains[d].Name;
            var onPcpus = trace.Slices.Where(s => s.Name.StartsWith(name + "/", StringComparison.Ordinal));
            var ofVcpus = trace.Slices.Where(s => s.Track.StartsWith(name + " >", StringComparison.Ordinal)
                && s.Name.StartsWith("running", StringComparison.Ordinal));
            Assert.Equal(machine.Statistics.DomainRun[d], Sum(onPcpus));
            Assert.Equal(machine.Statistics.DomainRun[d], Sum(ofVcpus));
        }
        Assert.Equal(machine.Statistics.Wakes, trace.Instants.Count(i => i.Name == "wake"));
        Assert.Equal(machine.Statistics.Migrations.Sum(), trace.Instants.Count(i => i.Name == "migrate"));
    }

    [Fact]
    public void Remarks_of_the_policy_become_instants_counters_and_parked_time()
    {
        using var stream = new MemoryStream();
        var writer = new PerfettoWriter(stream, Setup);
        Tell(HostEventKind.Wake, 1, 0, -1);
        Tell(HostEventKind.Switch, 2, 0, 0);
        Remark(Note.Boost, 3, 0, 0);
        Remark(Note.Park, 4, 0, 0);
        writer.On(new(new(5), HostEventKind.Switch, 0, new(0), VcpuId.None, new(0), -1));
        Remark(Note.Unpark, 6, 0, 0);
        Remark(Note.Steal, 7, 0, 1, 0);
        Remark(Note.Preempt, 7, 0, 1, 2);
        Remark(Note.Regroup, 8, -1, -1, 2);
        Remark(Note.Credit, 9, 0, -1, -300);
        Tell(HostEventKind.Migrate, 9, 0, 1, 0);
        writer.Finish(new(10));
        var trace = PerfettoTrace.Read(stream.ToArray());
        Assert.Equal(["blocked 0 1", "runnable 1 2", "running on p0 2 5", "parked 5 6", "runnable 6 10"],
            trace.Slices.Where(s => s.Track == "a > a/0").Select(s => $"{s.Name} {s.From} {s.To}"));
        Assert.Equal(["wake 1 ", "boost 3 ", "steal 7 from=0 to=1 ", "preempt 7 by=2 ", "migrate 9 from=0 to=1 "],
            trace.Instants.Select(i => $"{i.Name} {i.From} {i.Notes}"));
        Assert.Equal(["pCPUs > short-slice pCPUs 2", "a > a/0 credit -300"],
            trace.Counts.Select(c => $"{c.Track} {c.Value}"));

        void Tell(HostEventKind kind, long at, int v, int p, long value = 0) =>
            writer.On(new(new(at), kind, 0, new(p), new(v), VcpuId.None, value));
        void Remark(Note note, long at, int v, int p, long value = 0) =>
            writer.On(new(new(at), HostEventKind.Note, note, new(p), new(v), VcpuId.None, value));
    }

    [Fact]
    public void The_same_run_gives_the_same_bytes() => Assert.Equal(Run(50.Ms).Bytes, Run(50.Ms).Bytes);

    [Fact]
    public void Nothing_is_allocated_while_it_writes()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var machine = new Machine(Setup, host => new RoundRobinScheduler(host, new() { Slice = 2.Ms }));
            machine.Watch(new PerfettoWriter(Stream.Null, Setup));
            machine.Run(new(1_000_000_000));
            return () => machine.Run(new(2_000_000_000));
        }));
    }

    private static long Sum(IEnumerable<PerfettoTrace.Item> slices) => slices.Sum(s => s.To - s.From);

    private static (byte[] Bytes, Machine Machine) Run(Duration length)
    {
        using var stream = new MemoryStream();
        var writer = new PerfettoWriter(stream, Setup);
        var machine = new Machine(Setup, host => new RoundRobinScheduler(host, new() { Slice = 2.Ms }));
        machine.Watch(writer);
        machine.Run(Instant.Zero + length);
        writer.Finish(machine.Now);
        return (stream.ToArray(), machine);
    }
}
