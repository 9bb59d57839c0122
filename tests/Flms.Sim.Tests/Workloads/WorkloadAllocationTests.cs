using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;
using static Flms.Sim.Tests.Workloads.Clients;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Once it runs, a workload allocates nothing, its clients neither.</summary>
public sealed class WorkloadAllocationTests
{
    /// <summary>Workloads that keep something that could grow.</summary>
    public static TheoryData<string> Names => ["sysbench", "barrier", "tcp_stream", "from_guest", "tcp_rr", "webbench",
        "memcached", "sip"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_allocated_for_an_event(string name)
    {
        var events = 0L;
        Assert.Equal(0, Allocation.Least(() =>
        {
            var server = Server(Setup(name)) with { Vcpus = 2 };
            var machine = new Machine(On(2, Fast(50.Us), server, Domain("hog", new HogSetup())),
                host => new RoundRobinScheduler(host, new()));
            machine.Run(Instant.Zero + 1.Seconds);
            events = -machine.Events;
            return () =>
            {
                machine.Run(Instant.Zero + 1_500.Ms);
                events += machine.Events;
            };
        }));
        Assert.InRange(events, 100, long.MaxValue);
    }

    private static WorkloadSetup Setup(string name) => name switch
    {
        "sysbench" => new SysbenchSetup { Events = 100, Threads = 3 },
        "barrier" => new BarrierSetup { Spread = 1.Ms },
        "tcp_stream" => new TcpStreamSetup(),
        "from_guest" => new TcpStreamSetup { Direction = StreamDirection.FromGuest },
        "tcp_rr" => new TcpRrSetup(),
        "webbench" => new WebbenchSetup { Think = 1.Ms },
        "memcached" => new MemcachedSetup(),
        _ => new SipSetup { Period = 1.Ms },
    };
}
