using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Network;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Network;

/// <summary>Links: rate, delay, a queue that drops, and offload.</summary>
public sealed class LinkTests
{
    private static readonly InterfaceSetup Free = new()
    {
        Path = NetworkPath.Native,
        Interrupt = 1.Ns,
        Receive = Duration.Zero,
        Frame = Duration.Zero,
        Transmit = Duration.Zero,
    };

    private static readonly Instant Begin = Instant.Zero + 1.Ms;

    private static (Probe Probe, Machine Machine) Run(NetworkSetup network, ProbeSetup setup, Duration until)
    {
        var machine = new Machine(
            Setup(Topology.Of(1, 1), CostModel.None, Domain("a", setup) with { Network = Free })
                with
            { Network = network },
            host => new RoundRobinScheduler(host, new()));
        machine.Run(Instant.Zero + until);
        return ((Probe)machine.Workloads[0], machine);
    }

    private static List<(Instant, int)> Burst(int packets, int bytes) =>
        [.. Enumerable.Repeat((Begin, bytes), packets)];

    [Fact]
    public void A_packet_arrives_after_its_bits_and_the_delay()
    {
        // 1,448 + 90 bytes at 1,000 Mbit/s are 12,304 ns.
        var network = new NetworkSetup { Rate = 1_000, Delay = 50.Us };
        var (probe, _) = Run(network, new() { ToRemote = Burst(1, 1_448) }, 10.Ms);
        Assert.Equal(Begin + 50.Us + 12_304.Ns, probe.AtTheRemote.Single().At);
    }

    [Theory]
    [InlineData(10_000, 1_448)]
    [InlineData(10_000, 65_536)]
    [InlineData(700, 1)]
    [InlineData(333, 4_096)]
    public void A_busy_link_carries_exactly_its_rate(int rate, int bytes)
    {
        const int packets = 500;
        var network = new NetworkSetup { Rate = rate, Delay = Duration.Zero, Queue = 1_000_000 };
        var (probe, _) = Run(network, new() { ToRemote = Burst(packets, bytes) }, 20.Seconds);
        Assert.Equal(packets, probe.AtTheRemote.Count);
        var wire = (long)packets * network.OnWire(bytes) * 8_000 / rate;
        Assert.Equal(Begin + new Duration(wire), probe.AtTheRemote[^1].At);
    }

    [Fact]
    public void Both_directions_carry_their_rate_at_once()
    {
        var network = new NetworkSetup { Rate = 1_000, Delay = Duration.Zero };
        var (probe, _) = Run(network, new() { ToGuest = Burst(100, 1_448), ToRemote = Burst(100, 1_448) }, 100.Ms);
        Assert.Equal(Begin + 1_230_400.Ns, probe.AtTheRemote[^1].At);
        Assert.Equal(Begin + 1_230_400.Ns + 1.Ns, probe.AtTheGuest[^1].At);
    }

    [Fact]
    public void What_finds_the_queue_full_is_lost_and_counted()
    {
        // 10 KB hold 6 frames of 1,538 bytes: what is being sent counts as waiting.
        var network = new NetworkSetup { Rate = 1_000, Queue = 10 };
        var (probe, machine) = Run(network, new() { ToRemote = Burst(20, 1_448) }, 100.Ms);
        Assert.Equal(6, probe.AtTheRemote.Count);
        Assert.Equal(14, probe.Flow.Lost);
        Assert.Equal(14, machine.Network!.Dropped);
    }

    [Fact]
    public void A_queue_that_has_run_dry_takes_as_much_again()
    {
        var network = new NetworkSetup { Rate = 1_000, Queue = 10 };
        var later = Begin + new Duration(6 * 12_304);
        var (probe, _) = Run(network,
            new() { ToRemote = [.. Burst(7, 1_448), .. Enumerable.Repeat((later, 1_448), 7)] }, 100.Ms);
        Assert.Equal(12, probe.AtTheRemote.Count);
    }

    [Fact]
    public void More_than_a_segment_goes_as_several_packets_and_the_last_says_so()
    {
        var (probe, _) = Run(new(), new() { ToGuest = [(Begin, 150_000)] }, 100.Ms);
        Assert.Equal([65_536, 65_536, 18_928], probe.AtTheGuest.Select(a => a.Packet.Bytes));
        Assert.Equal([false, false, true], probe.AtTheGuest.Select(a => a.Packet.Last));
        Assert.All(probe.AtTheGuest, a => Assert.Equal((1L, Begin), (a.Packet.Tag, a.Packet.SentAt)));
    }

    [Fact]
    public void Offload_changes_the_number_of_packets_and_not_the_time_on_the_link()
    {
        const int bytes = 40 * 1_448;
        var offloaded = Run(new(), new() { ToRemote = [(Begin, bytes)] }, 100.Ms).Probe;
        var frames = Run(new() { Segment = 1_448 }, new() { ToRemote = [(Begin, bytes)] }, 100.Ms).Probe;
        Assert.Equal((1, 40), (offloaded.AtTheRemote.Count, frames.AtTheRemote.Count));
        Assert.Equal(offloaded.AtTheRemote[^1].At, frames.AtTheRemote[^1].At);
    }

    [Fact]
    public void An_empty_packet_takes_a_frame()
    {
        var (probe, _) = Run(new() { Rate = 1_000, Delay = Duration.Zero }, new() { ToRemote = Burst(1, 0) }, 10.Ms);
        Assert.Equal(Begin + 720.Ns, probe.AtTheRemote.Single().At);
    }

    [Fact]
    public void A_workload_that_needs_a_network_is_refused_where_there_is_none() =>
        Assert.Throws<ArgumentException>(() => new Machine(
            Setup(Topology.Of(1, 1), CostModel.None, Domain("a", new ProbeSetup())),
            host => new RoundRobinScheduler(host, new())));
}
