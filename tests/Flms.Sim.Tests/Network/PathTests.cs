using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Devices;
using Flms.Sim.Network;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Network;

/// <summary>What a packet meets on its way to a guest and back, against the sum of its parts.</summary>
public sealed class PathTests
{
    private const int PingBytes = 64;

    private static readonly NetworkSetup Net = new();
    private static readonly DriverSetup Driver = new();
    private static readonly InterfaceSetup Costs = new() { DriverDomain = "dom0" };
    private static readonly PingSetup Ping = new() { IntervalMin = 10.Ms, IntervalMax = 10.Ms, Work = 30.Us };

    // Both links: 154 bytes at 10,000 Mbit/s, rounded down to the ns, and the delay.
    private static readonly Duration Links = (new Duration(Net.OnWire(PingBytes) * 8_000L / Net.Rate) + Net.Delay) * 2;

    private static readonly Duration DriverIn = Driver.Interrupt + Driver.Receive + Driver.Frame
        + Driver.ThreadWake + Costs.BackEnd + new Duration(PingBytes * Costs.CopyToGuest / 1_024) + Costs.Notify;

    private static readonly Duration DriverOut = Driver.ThreadWake + Costs.BackEnd
        + new Duration(PingBytes * Costs.CopyFromGuest / 1_024) + Driver.Transmit;

    private static Machine Run(Duration until, Topology topology, CostModel costs, params DomainSetup[] domains)
    {
        var machine = new Machine(Setup(topology, costs, domains),
            host => Referee.Over(host, window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + until);
        return machine;
    }

    private static DomainSetup Dom0 => Domain("dom0") with { Kind = DomainKind.Service };

    private static DomainSetup Guest(InterfaceSetup path, params WorkloadSetup[] others) =>
        Domain("guest", [Ping, .. others]) with { Network = path };

    private static Histogram Trips(Machine machine) =>
        machine.Workloads.Single(w => w.Measure == "ping.rtt").Samples!;

    // The one length that all round trips have.
    private static Duration RoundTrip(Machine machine)
    {
        var trips = Trips(machine);
        Assert.InRange(trips.Count, 9, 10);
        Assert.Equal(trips.Min, trips.Max);
        return new(trips.Min);
    }

    [Fact]
    public void On_bare_metal_a_ping_takes_the_links_the_interrupt_the_softirq_and_the_answer()
    {
        var machine = Run(100.Ms, Topology.Of(1, 1), CostModel.None, Guest(new() { Path = NetworkPath.Native }));
        Assert.Equal(Links + Costs.Interrupt + Costs.Receive + Costs.Frame + Ping.Work + Costs.Transmit,
            RoundTrip(machine));
    }

    [Fact]
    public void A_virtual_function_adds_the_exits_of_the_interrupt()
    {
        var native = Run(100.Ms, Topology.Of(1, 1), CostModel.None, Guest(new() { Path = NetworkPath.Native }));
        var sriov = Run(100.Ms, Topology.Of(1, 1), CostModel.None, Guest(new() { Path = NetworkPath.Sriov }));
        Assert.Equal(Costs.Exit * Costs.InterruptExits, RoundTrip(sriov) - RoundTrip(native));
    }

    [Fact]
    public void A_paravirtual_ping_passes_the_driver_domain_twice()
    {
        var machine = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0, Guest(Costs));
        Assert.Equal(Links + DriverIn + Costs.Interrupt + Costs.Receive + Ping.Work + Costs.Transmit + Costs.Notify
            + DriverOut, RoundTrip(machine));
    }

    [Fact]
    public void A_virtual_function_saves_exactly_the_driver_domains_part_and_the_notifications()
    {
        var relayed = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0, Guest(Costs with { Frame = new(0) }));
        var direct = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0,
            Guest(Costs with { Path = NetworkPath.Sriov, PostedInterrupts = true, Frame = new(0), Exit = new(0) }));
        Assert.Equal(DriverIn + DriverOut + Costs.Notify, RoundTrip(relayed) - RoundTrip(direct));
    }

    [Fact]
    public void Posted_interrupts_save_exactly_the_exits_where_the_vcpu_runs_and_nothing_where_it_does_not()
    {
        Duration Trip(bool posted, params WorkloadSetup[] others) => RoundTrip(Run(100.Ms, Topology.Of(1, 1),
            CostModel.None, Guest(new() { Path = NetworkPath.Sriov, PostedInterrupts = posted }, others)));
        Assert.Equal(Costs.Exit * Costs.InterruptExits, Trip(false, new HogSetup()) - Trip(true, new HogSetup()));
        Assert.Equal(Trip(false), Trip(true));
    }

    [Fact]
    public void An_emulated_card_costs_the_accesses_and_the_device_model()
    {
        var path = Costs with { Path = NetworkPath.Emulated };
        var machine = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0, Guest(path));
        var guest = path.Interrupt + path.Exit * path.InterruptExits + path.Access * path.InterruptAccesses
            + path.Receive + path.Frame + Ping.Work + path.Transmit + path.Access * path.TransmitAccesses;
        var model = Driver.Interrupt + Driver.Receive + Driver.Frame + Driver.ThreadWake + path.DeviceModel
            + path.Notify + Driver.ThreadWake + path.DeviceModel + Driver.Transmit;
        Assert.Equal(Links + guest + model, RoundTrip(machine));
    }

    [Fact]
    public void Each_wait_for_an_idle_pcpu_costs_a_switch()
    {
        // The driver domain is woken twice, the guest once; a pCPU that idles is asked at once in this policy's wake.
        var free = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0, Guest(Costs));
        var machine = Run(100.Ms, Topology.Of(1, 2), CostModel.None with { ContextSwitch = 5.Us }, Dom0, Guest(Costs));
        Assert.Equal(15.Us, RoundTrip(machine) - RoundTrip(free));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_request_takes_the_path_and_both_parts_of_its_work(int outstanding)
    {
        var request = new RequestSetup { IntervalMin = 10.Ms, IntervalMax = 10.Ms, Outstanding = outstanding };
        var machine = Run(100.Ms, Topology.Of(1, 2), CostModel.None, Dom0,
            Domain("guest", request) with { Network = Costs });
        var trips = machine.Workloads.Single(w => w.Measure == "request.rtt").Samples!;
        var trip = Links + DriverIn + Costs.Interrupt + Costs.Receive + request.InterruptWork + request.Work
            + Costs.Transmit + Costs.Notify + DriverOut;
        Assert.Equal((trip.Ns, trip.Ns), (trips.Min, trips.Max));
        Assert.Equal(outstanding == 0 ? 9 : 100.Ms.Ns / trip.Ns, trips.Count);
    }
}
