using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Devices;
using Flms.Sim.Network;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Network;

/// <summary>Random worlds: no packet is made or lost without being counted, and nothing is allocated.</summary>
public sealed class ConservationTests
{
    private static readonly string[] Policies = ["round-robin", "credit", "flms", "cfs", "bvt"];

    private static MachineSetup World(int seed, int packets)
    {
        var random = RandomStream.For((ulong)seed, 42);
        var pcpus = random.Next(1, 5);
        var domains = new List<DomainSetup>
        {
            Domain("dom0") with { Vcpus = random.Next(1, 4), Kind = DomainKind.Service },
        };
        domains[0] = domains[0] with
        {
            Workloads = random.Next(0, 2) == 0 ? [] : [new HogSetup()],
            Guest = random.Next(0, 2) == 0 ? new() : null,
            Driver = new()
            {
                Threads = random.Next(0, 3),
                Assignment = (Assignment)random.Next(0, 2),
                Vcpu = domains[0].Vcpus - 1,
                PollBudget = random.Next(1, 65),
            },
        };
        for (var d = random.Next(1, 5); d > 0; d--)
        {
            List<(Instant, int)> Packets() => [.. Enumerable.Range(0, packets)
                .Select(_ => (Instant.Zero + random.Uniform(1.Ms, 300.Ms), random.Next(0, 100_000))).Order()];
            var vcpus = random.Next(1, 3);
            domains.Add(Domain($"g{d}",
                new ProbeSetup { ToGuest = Packets(), ToRemote = Packets(), Echoes = random.Next(0, 2) == 0 },
                random.Next(0, 2) == 0 ? new HogSetup { Vcpu = 0 } : new LookbusySetup()) with
            {
                Vcpus = vcpus,
                Guest = random.Next(0, 2) == 0 ? new() : null,
                Network = new()
                {
                    Path = (NetworkPath)random.Next(0, 4),
                    DriverDomain = "dom0",
                    Vcpu = vcpus - 1,
                    Ring = random.Next(1, 300),
                    Queue = random.Next(1, 50),
                    PollBudget = random.Next(1, 65),
                    PostedInterrupts = random.Next(0, 2) == 0,
                    Transmit = new(random.Next(0, 3_000)),
                    Notify = new(random.Next(0, 2_000)),
                },
            });
        }
        return Setup(Topology.Of(1, pcpus), CostModel.Typical, [.. domains]) with
        {
            Seed = (ulong)seed,
            Network = new()
            {
                Rate = random.Next(100, 10_000),
                Queue = random.Next(100, 2_000),
                Ring = random.Next(64, 2_000),
                Segment = random.Next(64, 65_537),
            },
        };
    }

    [Fact]
    public void Every_packet_that_was_sent_has_arrived_is_on_its_way_or_was_counted_as_lost()
    {
        var lost = 0L;
        for (var seed = 0; seed < 60; seed++)
        {
            var policy = SchedulerCatalog.Find(Policies[seed % Policies.Length])!;
            var machine = new Machine(World(seed, 200),
                host => Referee.Over(host, window => policy.Create(window, policy.Defaults)));
            foreach (var at in (Duration[])[30.Ms, 100.Ms, 301.Ms, 20.Seconds])
            {
                machine.Run(Instant.Zero + at);
                var (sent, arrived, dropped) = (0L, 0L, 0L);
                foreach (var p in machine.Workloads.OfType<Probe>())
                {
                    (sent, arrived, dropped) = (sent + p.Flow.Sent, arrived + p.Flow.Arrived, dropped + p.Flow.Lost);
                    Assert.Equal(p.Flow.Arrived, p.AtTheGuest.Count + p.AtTheRemote.Count);
                }
                Assert.True(sent == arrived + dropped + machine.Network!.Held, $"world {seed} at {at}: {sent} sent, "
                    + $"{arrived} arrived, {dropped} lost, {machine.Network.Held} on their way");
                Assert.Equal(dropped, machine.Network.Dropped);
                if (at == 20.Seconds) Assert.Equal(0, machine.Network.Held);
                lost += at == 20.Seconds ? dropped : 0;
            }
        }
        Assert.InRange(lost, 1_000, long.MaxValue);
    }

    [Fact]
    public void Packets_of_a_flow_that_one_vcpu_sends_keep_their_order()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var machine = new Machine(World(seed, 100), host => new RoundRobinScheduler(host, new()));
            machine.Run(Instant.Zero + 1.Seconds);
            foreach (var p in machine.Workloads.OfType<Probe>())
            {
                var there = p.AtTheGuest.Select(a => a.Packet.Tag).ToList();
                Assert.Equal(there.Order(), there);
            }
        }
    }

    [Fact]
    public void The_same_world_gives_the_same_run()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var one = new Trial(World(seed, 100)).Run(500.Ms);
            var two = new Trial(World(seed, 100)).Run(500.Ms);
            Assert.Equal(one.Events, two.Events);
        }
    }

    [Theory]
    [InlineData(NetworkPath.Paravirtual)]
    [InlineData(NetworkPath.Emulated)]
    [InlineData(NetworkPath.Sriov)]
    [InlineData(NetworkPath.Native)]
    public void Nothing_is_allocated_by_packets(NetworkPath path)
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var guest = new InterfaceSetup { Path = path, DriverDomain = "dom0" };
            var ping = new PingSetup { IntervalMin = 10.Us, IntervalMax = 300.Us };
            var machine = new Machine(Setup(Topology.Of(1, 2), CostModel.Typical, Domain("dom0"),
                Domain("a", ping, new HogSetup()) with { Network = guest },
                Domain("b", ping) with { Network = guest }), host => new RoundRobinScheduler(host, new()));
            machine.Run(Instant.Zero + 1.Seconds);
            return () => machine.Run(Instant.Zero + 2.Seconds);
        }));
    }
}
