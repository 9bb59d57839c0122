using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Devices;
using Flms.Sim.Network;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Network;

/// <summary>What a path does when packets come faster than it can take them, or nobody runs to take them.</summary>
public sealed class LoadTests
{
    private static readonly InterfaceSetup Relayed = new() { DriverDomain = "dom0" };
    private static readonly DriverSetup Driver = new();

    private static List<(Instant, int)> Every(Duration interval, int packets, int bytes = 64) =>
        [.. Enumerable.Range(1, packets).Select(i => (Instant.Zero + interval * i, bytes))];

    private static Machine Create(Topology topology, params DomainSetup[] domains) =>
        new(Setup(topology, CostModel.None, domains), host => Referee.Over(host,
            window => new RoundRobinScheduler(window, new() { Slice = 10.Ms })));

    private static (Probe Probe, Machine Machine) Run(Duration until, Topology topology, params DomainSetup[] domains)
    {
        var machine = Create(topology, domains);
        machine.Run(Instant.Zero + until);
        return (machine.Workloads.OfType<Probe>().Single(), machine);
    }

    private static DomainSetup Pinned(DomainSetup domain, int pcpu, int pcpus) =>
        domain with { Affinity = Mask(pcpus, pcpu) };

    [Fact]
    public void Packets_that_come_while_the_driver_domain_is_off_give_one_wake_and_one_of_each_thing_after_it()
    {
        // The hog has pCPU 0 from 0 to 10 ms; the driver domain, woken at 1 ms, waits for it. The guest is alone.
        var (probe, machine) = Run(15.Ms, Topology.Of(1, 2), Pinned(Domain("hog", new HogSetup()), 0, 2),
            Pinned(Domain("dom0"), 0, 2),
            Pinned(Domain("guest", new ProbeSetup { ToGuest = Every(1.Ms, 5) }), 1, 2) with { Network = Relayed });
        var network = machine.Network!;
        Assert.Equal(5, probe.AtTheGuest.Count);
        Assert.Equal((1, 1, 1), (network.Interrupts, network.BackEndWakes, network.GuestInterrupts));
        // All wait for the hog's slice, and are then handled as one batch of five on each step.
        var copies = new Duration(5 * (64 * Relayed.CopyToGuest / 1_024));
        var arrival = Instant.Zero + 10.Ms + Driver.Interrupt + (Driver.Receive + Driver.Frame) * 5
            + Driver.ThreadWake + Relayed.BackEnd * 5 + copies + Relayed.Notify
            + Relayed.Interrupt + Relayed.Receive * 5;
        Assert.All(probe.AtTheGuest, a => Assert.Equal(arrival, a.At));
    }

    [Fact]
    public void A_guest_that_waits_for_its_turn_is_not_woken_again_and_takes_all_at_once()
    {
        var (probe, machine) = Run(15.Ms, Topology.Of(1, 2), Pinned(Domain("dom0"), 0, 2),
            Pinned(Domain("hog", new HogSetup()), 1, 2),
            Pinned(Domain("guest", new ProbeSetup { ToGuest = Every(1.Ms, 5) }), 1, 2) with { Network = Relayed });
        Assert.Equal(5, machine.Network!.Interrupts);
        Assert.Equal(1, machine.Network.GuestInterrupts);
        var arrival = Instant.Zero + 10.Ms + Relayed.Interrupt + Relayed.Receive * 5;
        Assert.All(probe.AtTheGuest, a => Assert.Equal(arrival, a.At));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void A_driver_domain_behind_a_hog_adds_what_is_left_of_the_hogs_slice_at_each_of_its_two_waits(int sliceMs)
    {
        // Round robin, one hog: whenever the driver domain wakes, it waits for the end of the slice, and then runs to
        // its end. The hog's next slice begins there.
        var machine = new Machine(Setup(Topology.Of(1, 2), CostModel.None,
            Pinned(Domain("hog", new HogSetup()), 0, 2), Pinned(Domain("dom0"), 0, 2),
            Pinned(Domain("guest", new ProbeSetup { ToGuest = Every(1.Ms, 1), Echoes = true }), 1, 2)
                with
            { Network = Relayed }),
            host => new RoundRobinScheduler(host, new() { Slice = new Duration(sliceMs * 1_000_000L) }));
        machine.Run(Instant.Zero + 100.Ms);
        var probe = machine.Workloads.OfType<Probe>().Single();
        var network = new NetworkSetup();
        var copyIn = new Duration(64 * Relayed.CopyToGuest / 1_024);
        var copyOut = new Duration(64 * Relayed.CopyFromGuest / 1_024);
        var first = Driver.Interrupt + Driver.Receive + Driver.Frame + Driver.ThreadWake + Relayed.BackEnd + copyIn
            + Relayed.Notify;
        var second = Driver.ThreadWake + Relayed.BackEnd + copyOut + Driver.Transmit;
        var link = new Duration(network.OnWire(64) * 8_000L / network.Rate) + network.Delay;
        // The first wait ends with the slice that began at 0. The second begins within the hog's next one.
        var slice = new Duration(sliceMs * 1_000_000L);
        Assert.Equal(Instant.Zero + slice + first + slice + second + link, probe.AtTheRemote.Single().At);
    }

    [Fact]
    public void Under_load_most_signals_are_left_out_and_batches_do_the_work()
    {
        // A packet each 2 us: the back end alone needs 3 us for each, so it never sleeps.
        var (probe, machine) = Run(20.Ms, Topology.Of(1, 2), Domain("dom0"),
            Domain("guest", new ProbeSetup { ToGuest = Every(2.Us, 2_000) }) with { Network = Relayed });
        var network = machine.Network!;
        Assert.Equal(2_000, probe.AtTheGuest.Count + probe.Flow.Lost);
        Assert.Equal(1, network.Interrupts);
        Assert.True(network.GuestInterrupts < 200, $"{network.GuestInterrupts} interrupts for 2,000 packets");
        Assert.True(network.Suppressed > 2_000, $"{network.Suppressed} suppressed");
    }

    [Fact]
    public void A_guest_that_sends_while_the_back_end_works_does_not_pay_for_telling_it()
    {
        // Ten at once: the first tells, the others find the back end awake or told.
        var (probe, machine) = Run(20.Ms, Topology.Of(1, 2), Domain("dom0"),
            Domain("guest", new ProbeSetup { ToRemote = [.. Enumerable.Repeat((Instant.Zero + 1.Ms, 64), 10)] })
                with
            { Network = Relayed });
        Assert.Equal(10, probe.AtTheRemote.Count);
        Assert.Equal(1, machine.Network!.BackEndWakes);
        Assert.Equal((Relayed.Transmit * 10 + Relayed.Notify).Ns, machine.Statistics.DomainRun[1]);
    }

    [Fact]
    public void A_ring_that_nobody_polls_loses_what_does_not_fit()
    {
        var machine = new Machine(Setup(Topology.Of(1, 2), CostModel.None,
            Pinned(Domain("hog", new HogSetup()), 0, 2), Pinned(Domain("dom0"), 0, 2),
            Pinned(Domain("guest", new ProbeSetup { ToGuest = Every(1.Us, 200) }), 1, 2) with { Network = Relayed })
                with
        { Network = new() { Ring = 64 } },
            host => new RoundRobinScheduler(host, new() { Slice = 10.Ms }));
        machine.Run(Instant.Zero + 30.Ms);
        var probe = machine.Workloads.OfType<Probe>().Single();
        Assert.Equal((64, 136L), (probe.AtTheGuest.Count, probe.Flow.Lost));
        Assert.Equal(136, machine.Network!.DroppedByHost);
    }

    [Fact]
    public void A_back_end_keeps_for_the_guest_what_its_ring_and_its_queue_hold()
    {
        // The guest is off. 100 packets of a page each: 8 in its ring, 20 at the back end, and those that the thread
        // took into the ring while the queue filled.
        var path = Relayed with { Ring = 8, Queue = 20 };
        var (probe, machine) = Run(100.Ms, Topology.Of(1, 2), Pinned(Domain("dom0"), 0, 2),
            Pinned(Domain("hog", new HogSetup()), 1, 2),
            Pinned(Domain("guest", new ProbeSetup { ToGuest = Every(20.Us, 100) }), 1, 2) with { Network = path });
        Assert.Equal((28, 72L), (probe.AtTheGuest.Count, probe.Flow.Lost));
        Assert.Equal(28, probe.AtTheGuest.Select(a => a.Packet.Tag).Max());
        Assert.Equal(72, machine.Network!.DroppedByHost);
    }

    [Fact]
    public void Packets_for_a_domain_that_is_gone_are_counted_as_lost()
    {
        var setup = Setup(Topology.Of(1, 2), CostModel.None, Domain("dom0"),
            Domain("guest", new ProbeSetup { ToGuest = Every(1.Ms, 10) }) with { Network = Relayed })
            with
        { Operations = [new(Instant.Zero + 5_500.Us, OperationKind.Destroy, 1)] };
        var machine = new Machine(setup, host => Referee.Over(host,
            window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + 20.Ms);
        var probe = machine.Workloads.OfType<Probe>().Single();
        Assert.Equal((5, 5L), (probe.AtTheGuest.Count, probe.Flow.Lost));
    }

    [Fact]
    public void A_paused_guest_takes_what_came_when_it_is_resumed()
    {
        var setup = Setup(Topology.Of(1, 2), CostModel.None, Domain("dom0"),
            Domain("guest", new ProbeSetup { ToGuest = Every(1.Ms, 3) }) with { Network = Relayed })
            with
        {
            Operations = [new(Instant.Zero + 500.Us, OperationKind.Pause, 1),
                new(Instant.Zero + 8.Ms, OperationKind.Resume, 1)],
        };
        var machine = new Machine(setup, host => new RoundRobinScheduler(host, new()));
        machine.Run(Instant.Zero + 20.Ms);
        var probe = machine.Workloads.OfType<Probe>().Single();
        Assert.All(probe.AtTheGuest,
            a => Assert.Equal(Instant.Zero + 8.Ms + Relayed.Interrupt + Relayed.Receive * 3, a.At));
    }

    [Theory]
    [InlineData(Assignment.RoundRobin, 0, 2)]
    [InlineData(Assignment.RoundRobin, 1, 1)]
    [InlineData(Assignment.Own, 0, 2)]
    public void Threads_on_several_vcpus_work_at_the_same_time(Assignment assignment, int threads, int atOnce)
    {
        // Two guests send at the same moment: two threads on two vCPUs are done together, one takes them in turn.
        DomainSetup Guest(string name) => Domain(name,
            new ProbeSetup { ToRemote = [(Instant.Zero + 1.Ms, 64)] }) with
        { Network = Relayed };
        var machine = Create(Topology.Of(1, 4), Domain("dom0") with
        {
            Vcpus = 2,
            Driver = new() { Assignment = assignment, Threads = threads },
        }, Guest("a"), Guest("b"));
        machine.Run(Instant.Zero + 10.Ms);
        var times = machine.Workloads.OfType<Probe>().Select(p => p.AtTheRemote.Single().At).ToArray();
        var apart = times[1] - times[0];
        var link = new NetworkSetup();
        // Together means: one after the other on the link.
        var together = new Duration(link.OnWire(64) * 8_000L / link.Rate);
        if (atOnce == 2) Assert.InRange(apart.Ns, together.Ns, together.Ns + 1);
        else Assert.Equal(Relayed.BackEnd + new Duration(64 * Relayed.CopyFromGuest / 1_024) + Driver.Transmit, apart);
    }
}
