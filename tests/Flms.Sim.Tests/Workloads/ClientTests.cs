using Flms.Core;
using Flms.Sim.Workloads;
using static Flms.Sim.Tests.Trial;
using static Flms.Sim.Tests.Workloads.Clients;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Closed and open clients: round trips as sums of what they pass, rates as theory has them.</summary>
public sealed class ClientTests
{
    [Fact]
    public void A_transaction_takes_the_way_there_the_work_and_the_way_back_and_their_rate_is_one_over_it()
    {
        var server = Server(new TcpRrSetup { Work = 10.Us }) with
        {
            Network = Free with { Interrupt = 2.Us, Receive = 3.Us, Transmit = 1.Us },
        };
        var machine = Run(10.Seconds, On(1, Fast(100.Us), server));
        var trips = machine.Samples("tcp_rr.rtt");
        // A frame of 91 bytes takes less than a ns on this link.
        Assert.InRange(trips.Mean, 216_000, 216_010);
        Assert.Equal(trips.Min, trips.Max);
        Assert.InRange(machine.Rate("tcp_rr.transactions_per_s"), 1e9 / 216_010 - 1, 1e9 / 216_000);
    }

    [Fact]
    public void Transactions_wait_for_the_servers_pcpu()
    {
        var machine = Run(10.Seconds, On(1, Fast(1.Ms), Server(new TcpRrSetup()), Domain("hog", new HogSetup())));
        // Blocked whenever it has answered: the hog's slice each time.
        Assert.InRange(machine.Samples("tcp_rr.rtt").Mean, 29e6, 32e6);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(10, 0)]
    [InlineData(10, 5)]
    [InlineData(100, 20)]
    public void Pages_and_response_obey_the_interactive_response_time_law(int clients, int thinkMs)
    {
        var machine = Run(1.Seconds, On(2, Fast(200.Us), Server(new WebbenchSetup
        {
            Clients = clients,
            Think = thinkMs.Ms,
            Work = 300.Us,
        }) with
        { Vcpus = 2 }, Domain("hog", new HogSetup()) with { Affinity = Mask(2, 1) }));
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 21.Seconds);
        var pages = machine.Rate("webbench.pages_per_min") / 60;
        var response = machine.Samples("webbench.rtt").Mean / 1e9;
        // X = N / (R + Z); the drawn thinking times differ from their mean by at most 1 %.
        Assert.InRange(pages * (response + thinkMs / 1e3) / clients, 0.99, 1.01);
        Assert.Equal(pages * 4, machine.Rate("webbench.transfer_kb_per_s"), 6);
    }

    [Fact]
    public void A_page_for_a_lone_client_takes_two_round_trips_and_the_work()
    {
        var machine = Run(1.Seconds, On(1, Fast(500.Us), Server(new WebbenchSetup { Clients = 1, Work = 100.Us })));
        // Connecting takes a round trip of its own. 1 us is for the bytes on the link and two interrupts.
        Assert.InRange(machine.Samples("webbench.rtt").Mean, 2_100_000, 2_101_000);
    }

    [Fact]
    public void More_threads_serve_pages_on_more_vcpus()
    {
        double With(int threads) => Run(2.Seconds, On(4, Fast(50.Us), Server(new WebbenchSetup
        {
            Clients = 40,
            Threads = threads,
            Work = 1.Ms,
        }) with
        { Vcpus = 4 })).Rate("webbench.pages_per_min");
        Assert.InRange(With(1), 0.98 * 60_000, 60_000);
        Assert.InRange(With(4), 0.97 * 240_000, 240_000);
    }

    [Theory]
    [InlineData(2000)]  // load 0.05
    [InlineData(200)]   // 0.5
    [InlineData(125)]   // 0.8
    public void Memcached_is_the_path_and_a_queue_with_fixed_service(int intervalUs)
    {
        var machine = Run(20.Seconds, On(1, Fast(100.Us), Server(new MemcachedSetup
        {
            Interval = intervalUs.Us,
            Threads = 1,
            Work = 100.Us,
        })));
        var load = 100.0 / intervalUs;
        // M/D/1: the service, and load / (2 (1 - load)) of it as waiting. 3 % is three standard errors at load 0.8.
        var expected = 200e3 + 100e3 * (1 + load / (2 * (1 - load)));
        Assert.InRange(machine.Samples("memcached.rtt").Mean, 0.97 * expected, 1.03 * expected);
        Assert.InRange(machine.Rate("memcached.requests_per_s"), 0.96e6 / intervalUs, 1.04e6 / intervalUs);
    }

    [Fact]
    public void Beyond_its_capacity_memcached_answers_as_fast_as_it_can_and_loses_the_rest()
    {
        var machine = Run(5.Seconds, On(1, Fast(100.Us), Server(new MemcachedSetup
        {
            Interval = 50.Us,
            Threads = 1,
            Work = 100.Us,
        })));
        Assert.InRange(machine.Rate("memcached.requests_per_s"), 9_950, 10_000);
        // 100,000 sent, 50,000 answered, 16,384 in line.
        Assert.InRange(machine.Lost(), 32_500, 34_700);
    }

    [Fact]
    public void On_an_idle_host_calls_have_no_jitter()
    {
        var machine = Run(10.Seconds, On(1, Fast(100.Us), Server(new SipSetup { Calls = 1 })));
        var jitter = machine.Samples("sip.jitter");
        Assert.Equal((0, 0), (jitter.Min, jitter.Max));
        Assert.InRange(jitter.Count, 498, 500);
    }

    [Fact]
    public void Beside_a_hog_a_calls_packets_come_as_unevenly_as_their_vcpu_gets_its_turn()
    {
        // Packets every 20 ms, turns every 30: each packet waits 10, 20 or 0 ms longer or shorter than the last.
        var machine = Run(10.Seconds,
            On(1, Fast(100.Us), Server(new SipSetup { Calls = 1 }), Domain("hog", new HogSetup())));
        Assert.InRange(machine.Samples("sip.jitter").Mean, 5e6, 20e6);
        Assert.Equal(0, machine.Lost());
    }
}
