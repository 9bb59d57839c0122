using Flms.Core;
using Flms.Sim.Network;
using Flms.Sim.Workloads;
using static Flms.Sim.Tests.Trial;
using static Flms.Sim.Tests.Workloads.Clients;

namespace Flms.Sim.Tests.Workloads;

/// <summary>What limits a TCP stream: window over round trip, the link, the CPU, and a receiver without a
/// pCPU.</summary>
public sealed class TcpStreamTests
{
    private const string Throughput = "tcp_stream.throughput_mbps";

    // 64 KB hold 45 whole segments; no packet takes more than a third of them.
    private const double Window = 45 * 1448;

    private static double Mbps(double bytes, Duration time) => bytes * 8e3 / time.Ns;

    /// <summary>From 1 s to 6 s, after slow start.</summary>
    private static Machine Measured(MachineSetup setup)
    {
        var machine = Run(1.Seconds, setup);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 6.Seconds);
        return machine;
    }

    [Theory]
    [InlineData(StreamDirection.ToGuest, 250)]
    [InlineData(StreamDirection.ToGuest, 1000)]
    [InlineData(StreamDirection.ToGuest, 5000)]
    [InlineData(StreamDirection.FromGuest, 250)]
    [InlineData(StreamDirection.FromGuest, 5000)]
    public void When_the_window_limits_throughput_is_the_window_over_the_round_trip(StreamDirection way, int delayUs)
    {
        var machine = Measured(On(1, Fast(delayUs.Us), Server(new TcpStreamSetup { Direction = way })));
        // The rest of the round trip is a packet's 0.2 us on the link: 1 % is for what the first delay leaves of it.
        var expected = Mbps(Window, (2 * delayUs).Us);
        Assert.InRange(machine.Rate(Throughput), 0.99 * expected, 1.001 * expected);
        Assert.Equal(0, machine.Lost());
    }

    [Fact]
    public void A_larger_window_carries_as_much_more()
    {
        double At(int window) =>
            Measured(On(1, Fast(2.Ms), Server(new TcpStreamSetup { Window = window }))).Rate(Throughput);
        Assert.InRange(At(256) / At(64), 3.96, 4.04);
        Assert.InRange(At(1024) / At(64), 15.8, 16.2);
    }

    [Theory]
    [InlineData(StreamDirection.ToGuest)]
    [InlineData(StreamDirection.FromGuest)]
    public void When_the_link_limits_throughput_is_its_rate_less_the_headers(StreamDirection way)
    {
        var link = new NetworkSetup { Rate = 1000, Delay = 50.Us };
        var stream = new TcpStreamSetup { Direction = way, Window = 512, SendBuffer = 1024 };
        var machine = Measured(On(1, link, Server(stream)));
        var expected = 1000.0 * 1448 / link.OnWire(1448);
        Assert.InRange(machine.Rate(Throughput), 0.995 * expected, 1.001 * expected);
        Assert.Equal(0, machine.Lost());
    }

    [Fact]
    public void When_copying_limits_throughput_is_the_speed_of_the_copy()
    {
        // 100 MB/s and 1 us a call: 64 KB take 656 us, and the network 100.
        var machine = Measured(On(1, Fast(50.Us), Server(new TcpStreamSetup { Copy = 100, Window = 1024 })));
        Assert.InRange(machine.Rate(Throughput), 0.98 * 800, 804); // at first two windows are unread
    }

    [Theory]
    [InlineData(StreamDirection.ToGuest)]
    [InlineData(StreamDirection.FromGuest)]
    public void A_window_that_overflows_the_links_queue_loses_packets_and_still_fills_the_link(StreamDirection way)
    {
        // 4 MB on their way, of which 100 KB fit into the queue and 250 KB onto the wire (2 ms at 1 Gbit/s).
        var link = new NetworkSetup { Rate = 1000, Delay = 1.Ms, Queue = 200 };
        var stream = new TcpStreamSetup { Direction = way, Window = 4096, SendBuffer = 8192 };
        var machine = Measured(On(1, link, Server(stream)));
        Assert.InRange(machine.Lost(), 1, 10_000);
        // A saw between half and all of what fits: at worst three quarters of it, and half is more than the wire takes.
        Assert.InRange(machine.Rate(Throughput), 0.75 * 941, 942);
    }

    [Fact]
    public void A_link_with_room_for_one_packet_carries_on_after_every_loss()
    {
        var link = new NetworkSetup { Rate = 100, Delay = 1.Ms, Queue = 5 };
        var machine = Measured(On(1, link, Server(new TcpStreamSetup { Largest = 1448 })));
        Assert.InRange(machine.Lost(), 10, 100_000);
        Assert.InRange(machine.Rate(Throughput), 5, 95);
    }

    [Fact]
    public void The_last_half_segment_of_a_small_buffer_waits_for_the_delayed_acknowledgement()
    {
        // 4 KB are two segments, acknowledged at once, and 1,200 bytes that wait for that (RFC 896), and whose own
        // acknowledgement is put off for 40 ms: 4 KB each 2 round trips and 40 ms.
        var machine = Measured(On(1, Fast(500.Us), Server(new TcpStreamSetup
        {
            Direction = StreamDirection.FromGuest,
            SendBuffer = 4,
            Write = 4,
        })));
        var expected = Mbps(4096, 42.Ms);
        Assert.InRange(machine.Rate(Throughput), 0.98 * expected, 1.02 * expected);
    }

    [Fact]
    public void Without_offloads_every_second_segment_is_acknowledged()
    {
        // Of the 45 segments of a window 44 are acknowledged at once; the last waits for the first of the next.
        var small = Measured(On(1, Fast(500.Us), Server(new TcpStreamSetup { Largest = 1448 })));
        Assert.InRange(small.Rate(Throughput), 0.999 * Mbps(44 * 1448, 1.Ms), 1.001 * Mbps(44 * 1448, 1.Ms));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1024)]
    public void A_receiver_without_a_pcpu_stops_the_sender_within_a_window(int window)
    {
        // Whenever it has read everything it blocks, and the hog has the pCPU for 30 ms: one window for each.
        var machine = Measured(On(1, Fast(500.Us), Server(new TcpStreamSetup { Window = window }),
            Domain("hog", new HogSetup())));
        var whole = window * 1024 / 1448 * 1448;
        Assert.InRange(machine.Rate(Throughput), 0.90 * Mbps(whole, 31.Ms), 1.01 * Mbps(whole, 30.Ms));
        Assert.Equal(0, machine.Lost());
    }

    [Fact]
    public void A_thread_without_a_pcpu_closes_the_window_though_the_kernel_acknowledges()
    {
        // The thread's vCPU shares with a hog, the vCPU with the interrupts has a pCPU of its own.
        var server = Server(new TcpStreamSetup { Vcpu = 1 }) with
        {
            Vcpus = 2,
            VcpuAffinity = [Mask(2, 0), Mask(2, 1)],
        };
        var machine = Measured(On(2, Fast(500.Us), server,
            Domain("hog", new HogSetup()) with { Affinity = Mask(2, 1) }));
        // Its socket buffer holds two windows.
        Assert.InRange(machine.Rate(Throughput), 0.90 * Mbps(2 * Window, 31.Ms), 1.01 * Mbps(2 * 65_536, 30.Ms));
        Assert.Equal(0, machine.Lost());
    }

    [Fact]
    public void After_seconds_without_a_pcpu_a_stream_goes_on_with_its_window()
    {
        // The sender times out, probes, and learns that nothing was lost.
        var setup = On(1, Fast(500.Us), Server(new TcpStreamSetup()), Domain("other", new HogSetup())) with
        {
            Operations =
            [
                new(Instant.Zero + 1.Seconds, OperationKind.Pause, 0),
                new(Instant.Zero, OperationKind.Pause, 1),
                new(Instant.Zero + 6.Seconds, OperationKind.Resume, 0),
            ],
        };
        var machine = Run(7.Seconds, setup);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 8.Seconds);
        Assert.InRange(machine.Rate(Throughput), 0.98 * Mbps(Window, 1.Ms), 1.01 * Mbps(Window, 1.Ms));
    }
}
