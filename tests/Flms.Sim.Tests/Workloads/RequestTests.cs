using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Requests that are answered in two parts, and pings between domains.</summary>
public sealed class RequestTests
{
    private static Machine Run(Duration until, Topology topology, params DomainSetup[] domains)
    {
        var machine = new Machine(Setup(topology, CostModel.None, domains),
            host => Referee.Over(host, window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + until);
        return machine;
    }

    private static RequestSetup Every(Duration interval) => new()
    {
        IntervalMin = interval,
        IntervalMax = interval,
        InterruptWork = 1.Ms,
        Work = 2.Ms,
        Network = 500.Us,
    };

    private static Histogram Trips(Machine machine, string measure) =>
        machine.Workloads.Single(w => w.Measure == measure).Samples!;

    [Fact]
    public void A_request_takes_the_network_twice_and_both_parts_of_the_work()
    {
        var machine = Run(1.Seconds, Topology.Of(1, 1), Domain("a", Every(10.Ms)));
        var trips = Trips(machine, "request.rtt");
        Assert.Equal((4.Ms.Ns, 4.Ms.Ns, 99L), (trips.Min, trips.Max, trips.Count));
    }

    [Fact]
    public void On_one_vcpu_the_interrupt_part_goes_before_the_threads_of_requests_that_came_earlier()
    {
        // Requests at 10.5, 12.5, ... ms on one vCPU: each thread part is interrupted by the next request.
        var trial = new Trial(Setup(Topology.Of(1, 1), CostModel.None, Domain("a", Every(2.Ms)))).Run(7.Ms);
        Assert.Equal([3_500.Us, 5_500.Us, 6_500.Us], trial.Times(HostEventKind.Done, 0));
    }

    [Fact]
    public void The_interrupt_part_runs_on_its_vcpu_and_the_thread_on_another_one()
    {
        var domain = Domain("a", Every(10.Ms) with { Vcpu = 1, AppVcpu = 0 }) with { Vcpus = 2 };
        var trial = new Trial(Setup(Topology.Of(1, 2), CostModel.None, domain)).Run(20.Ms);
        Assert.Equal([10_500.Us], trial.Times(HostEventKind.Wake, 1));
        Assert.Equal([11_500.Us], trial.Times(HostEventKind.Wake, 0));
        Assert.Equal([13_500.Us], trial.Times(HostEventKind.Block, 0));
        Assert.Equal(1, trial.Machine.Counters(new(1)).IoEvents);
        Assert.Equal(0, trial.Machine.Counters(new(0)).IoEvents);
    }

    [Fact]
    public void While_its_regular_vcpu_waits_a_split_guest_takes_interrupts_but_answers_no_request()
    {
        // vTurbo's weakness: p0 is free for interrupts, p1 is shared with a hog of 30 ms slices.
        var split = Domain("a", new HogSetup { Vcpu = 1 }, Every(7.Ms) with { AppVcpu = 1, Network = 0.Ms },
            new PingSetup { IntervalMin = 5.Ms, IntervalMax = 5.Ms, Work = 1.Us }) with
        {
            Vcpus = 2,
            VcpuAffinity = [Mask(2, 0), Mask(2, 1)],
        };
        var machine = Run(10.Seconds, Topology.Of(1, 2), split,
            Domain("b", new HogSetup()) with { Affinity = Mask(2, 1) });
        Assert.InRange(Trips(machine, "ping.rtt").Max, 1_000, 1_001_000);
        // Half of the time it waits a slice or a part of one: 30^2 / 2 / 60 = 7.5 ms on average, and those that waited
        // stand in line for the thread.
        Assert.InRange(Trips(machine, "request.rtt").Mean, 8e6, 16e6);
        Assert.InRange(Trips(machine, "request.rtt").Max, 25.Ms.Ns, 50.Ms.Ns);
    }

    [Theory]
    [InlineData(1, 250)]    // one after the other: 1 + 2 ms of work, 1 ms of network
    [InlineData(2, 333)]    // two: the vCPU is never idle
    public void With_requests_outstanding_the_next_is_sent_when_one_is_answered(int outstanding, int rate)
    {
        var machine = Run(10.Seconds, Topology.Of(1, 1), Domain("a", Every(10.Ms) with { Outstanding = outstanding }));
        Assert.InRange(Trips(machine, "request.rtt").Count, rate * 10 - 5, rate * 10 + 5);
    }

    [Fact]
    public void A_thread_that_cannot_keep_up_loses_requests()
    {
        var machine = Run(20.Seconds, Topology.Of(1, 2),
            Domain("a", Every(10.Ms) with { AppVcpu = 1, Work = 100.Ms }) with { Vcpus = 2 });
        var requests = machine.Workloads.Single(w => w.Measure != null);
        // 2,000 come, 200 are answered, 1,024 wait.
        Assert.InRange(requests.Lost, 2000 - 200 - 1024 - 5, 2000 - 200 - 1024 + 5);
    }

    [Fact]
    public void A_ping_to_a_peer_that_has_a_pcpu_takes_the_network_and_the_work()
    {
        var machine = Run(1.Seconds, Topology.Of(1, 2),
            Domain("a", new PeerPingSetup { To = "b", Work = 10.Us, Network = 100.Us }),
            Domain("b", new EchoSetup { Work = 20.Us }));
        var trips = Trips(machine, "peer_ping.rtt");
        Assert.Equal((230.Us.Ns, 230.Us.Ns), (trips.Min, trips.Max));
        Assert.InRange(trips.Count, 20, 35);
        Assert.Equal(trips.Count, machine.Counters(new(1)).IoEvents);
    }

    [Fact]
    public void By_its_own_cpu_time_it_sends_after_so_much_computing()
    {
        var machine = Run(1.Seconds, Topology.Of(1, 2),
            Domain("a", new PeerPingSetup
            {
                To = "b",
                Clock = SendClock.Run,
                IntervalMin = 980.Us,
                IntervalMax = 980.Us,
                Work = 5.Us,
            }),
            Domain("b", new EchoSetup { Work = 10.Us }));
        // 980 + 5 to send, 10 to answer, 5 to have it: 1 ms.
        Assert.Equal(1000, Trips(machine, "peer_ping.rtt").Count);
        Assert.Equal(990.Ms.Ns, machine.Statistics.DomainRun[0]);
    }

    [Fact]
    public void Two_domains_may_ping_the_same_echo_and_a_late_one_is_lost_until_it_is_there()
    {
        PeerPingSetup Ping(Duration interval) => new()
        {
            To = "c",
            IntervalMin = interval,
            IntervalMax = interval,
            Network = 1.Ms,
        };
        var machine = Run(1.Seconds, Topology.Of(1, 3), Domain("a", Ping(7_990.Us)), Domain("b", Ping(3_990.Us)),
            Domain("c", new EchoSetup { Work = 1.Us }) with { StartsAt = Instant.Zero + 500.Ms });
        var pings = machine.Workloads.Where(w => w.Measure == "peer_ping.rtt").ToList();
        Assert.All(pings, p => Assert.InRange(p.Lost, 60, 130));
        Assert.InRange(pings[0].Samples!.Count, 48, 52);
        Assert.InRange(pings[1].Samples!.Count, 80, 86);
    }

    [Fact]
    public void A_ping_to_nobody_is_refused() => Assert.Throws<ArgumentException>(() =>
        Run(1.Seconds, Topology.Of(1, 1), Domain("a", new PeerPingSetup { To = "b" }), Domain("b", new HogSetup())));
}
