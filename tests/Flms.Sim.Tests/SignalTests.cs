using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests;

/// <summary>What a policy is told of guests, and what it finds counted.</summary>
public sealed class SignalTests
{
    private static readonly Topology One = Topology.Of(1, 1);

    // Round robin that writes down what it hears.
    private sealed class Listener(ISchedHost host, bool watches, RoundRobinOptions options) : Scheduler(host)
    {
        private readonly RoundRobinScheduler _inner = new(host, options);

        public List<string> Heard { get; } = [];

        public Action<VcpuId, int> Event { get; set; } = (_, _) => { };

        public override bool WatchesGuests => watches;

        public ISchedHost Sees => Host;

        public override void VcpuAdded(VcpuId v, Instant now) => _inner.VcpuAdded(v, now);

        public override void VcpuRemoved(VcpuId v, Instant now) => _inner.VcpuRemoved(v, now);

        public override void Wake(VcpuId v, Instant now)
        {
            Heard.Add($"{now}: wake {v}");
            _inner.Wake(v, now);
        }

        public override void Sleep(VcpuId v, Instant now) => _inner.Sleep(v, now);

        public override void Adjusted(VcpuId v, Instant now) => _inner.Adjusted(v, now);

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) =>
            _inner.Schedule(p, last, left, now);

        public override void IoEvent(VcpuId v, int source, Instant now)
        {
            Heard.Add($"{now}: event {source} for {v}");
            Event(v, source);
        }

        public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now) =>
            Heard.Add($"{now}: {v} at {task} {context}");
    }

    private static (Machine Machine, Listener Listener) Listen(
        Duration until, MachineSetup setup, bool watches = true, Duration? slice = null)
    {
        Listener listener = null!;
        var machine = new Machine(setup, host => Referee.Over(host, window =>
            listener = new(window, watches, new() { Slice = slice ?? 30.Ms })));
        machine.Run(Instant.Zero + until);
        ((Referee)machine.Policy).End(Instant.Zero + until);
        return (machine, listener);
    }

    private static PingSetup Ping(Duration every, Duration work) =>
        new() { IntervalMin = every, IntervalMax = every, Work = work };

    [Fact]
    public void An_event_is_told_before_the_wake_up_that_it_causes_and_also_to_a_vcpu_that_runs_or_waits()
    {
        var setup = Setup(One, CostModel.None, Domain("a", new HogSetup { At = 8.Ms }, Ping(3.Ms, 1.Ms)),
            Domain("b", new HogSetup { At = 11.Ms }));
        Assert.Equal(
            [
                "3ms: event 1 for v0", "3ms: wake v0",
                "6ms: event 1 for v0", "6ms: wake v0",
                "8ms: wake v0",
                "9ms: event 1 for v0",      // runs
                "11ms: wake v1",
                "12ms: event 1 for v0",     // runs
                "15ms: event 1 for v0",
            ],
            Listen(15.Ms, setup, false).Listener.Heard);
    }

    [Fact]
    public void Every_request_is_an_event_also_while_others_wait()
    {
        var (machine, _) = Listen(10.Ms, Setup(One, CostModel.None, Domain("a", Ping(1.Ms, 3.Ms))));
        Assert.Equal(10, machine.Counters(new(0)).IoEvents);
    }

    [Fact]
    public void A_policy_that_asks_hears_which_task_its_guest_runs()
    {
        var setup = Setup(One, CostModel.None,
            Domain("a", new HogSetup { At = 5.Ms }, new PulseSetup { Work = 4_500.Us, At = 1.Ms }, Ping(3.Ms, 1.Ms)));
        Assert.Equal(
            [
                "1ms: wake v0", "1ms: v0 at 1 Thread",
                "3ms: event 2 for v0", "3ms: v0 at 2 Interrupt", "4ms: v0 at 1 Thread",
                "6ms: event 2 for v0", "6ms: v0 at 2 Interrupt", "7ms: v0 at 1 Thread",
                "7.5ms: v0 at 0 Background",
            ],
            Listen(8.Ms, setup).Listener.Heard);
    }

    [Fact]
    public void A_vcpu_goes_idle_before_it_blocks_and_who_waits_switches_when_it_runs_again()
    {
        // b runs from 0 to 2 ms; a's thread woke at 1 ms, and its interrupt came while it waited.
        var setup = Setup(One, CostModel.None,
            Domain("a", new PulseSetup { Work = 1.Ms, At = 1.Ms }, Ping(1_500.Us, 1.Ms)),
            Domain("b", new PulseSetup { Work = 2.Ms }));
        var heard = Listen(2_900.Us, setup).Listener.Heard;
        Assert.Equal(
            [
                "0ns: wake v1", "0ns: v1 at 0 Thread", "1ms: wake v0", "1.5ms: event 1 for v0",
                "2ms: v1 at -1 Idle", "2ms: v0 at 1 Interrupt",
            ],
            heard);
    }

    [Fact]
    public void A_task_that_goes_on_after_a_wait_is_not_told_again()
    {
        var setup = Setup(One, CostModel.None, Domain("a", new HogSetup()), Domain("b", new HogSetup()));
        Assert.Equal(["0ns: wake v0", "0ns: wake v1", "0ns: v0 at 0 Background", "30ms: v1 at 0 Background"],
            Listen(200.Ms, setup).Listener.Heard);
    }

    [Fact]
    public void A_policy_that_does_not_ask_hears_of_no_task()
    {
        var setup = Setup(One, CostModel.None, Domain("a", new HogSetup(), Ping(3.Ms, 1.Ms)));
        Assert.DoesNotContain(Listen(20.Ms, setup, false).Listener.Heard,
            h => h.Contains("at", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_time_is_counted_up_to_now_also_while_the_vcpu_runs_or_is_just_leaving()
    {
        var counted = new List<long>();
        var setup = Setup(One, CostModel.None, Domain("a", new HogSetup()), Domain("b", Ping(7.Ms, 1.Us)));
        Listener listener = null!;
        var machine = new Machine(setup, host =>
        {
            listener = new(host, false, new()) { Event = (_, _) => counted.Add(listener.Sees.Counters(new(0)).RunNs) };
            return listener;
        });
        machine.Run(Instant.Zero + 40.Ms);
        // At 30 ms b has its turn, for the four requests that wait; then it comes once more, at the slice's end.
        Assert.Equal([7.Ms.Ns, 14.Ms.Ns, 21.Ms.Ns, 28.Ms.Ns, 35.Ms.Ns - 4_000], counted);
        Assert.Equal(machine.Statistics.DomainRun[0], machine.Counters(new(0)).RunNs);
    }

    [Fact]
    public void Measuring_anew_does_not_begin_the_counters_anew()
    {
        var machine = new Machine(Setup(One, CostModel.None, Domain("a", new HogSetup(), Ping(3.Ms, 1.Us))),
            host => new RoundRobinScheduler(host, new()));
        machine.Run(Instant.Zero + 10.Ms);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 20.Ms);
        Assert.Equal((20.Ms.Ns, 6L), (machine.Counters(new(0)).RunNs, machine.Counters(new(0)).IoEvents));
        Assert.Equal(10.Ms.Ns, machine.Statistics.DomainRun[0]);
    }

    [Theory]
    [InlineData(-1, 0)]     // spread over all nodes
    [InlineData(0, 1)]      // half of the time away
    public void The_cache_is_asked_by_the_ms_of_running_and_misses_go_to_another_node_while_the_vcpu_is_away(
        int node, int halves)
    {
        var domain = Domain("a", new DutySetup { Run = 1.Ms, Sleep = 1.Ms }) with
        {
            MemoryNode = node,
            LlcReferences = 5000,
            LlcMissRatio = new(1, 4),
        };
        // It may run on the second node only from 50 ms on.
        var setup = Setup(Topology.Of(2, 1), CostModel.None,
            domain with { Affinity = Mask(2, 0) }) with
        {
            Operations = [new(Instant.Zero + 50.Ms, OperationKind.SetAffinity, 0, 0, Mask(2, 1))],
        };
        var k = Listen(100.Ms, setup).Machine.Counters(new(0));
        Assert.Equal(50.Ms.Ns, k.RunNs);
        Assert.Equal(250_000, k.LlcReferences);
        Assert.Equal(62_500, k.LlcMisses);
        Assert.Equal(31_250 * halves, k.RemoteAccesses);
    }

    [Fact]
    public void Looking_at_counters_changes_nothing()
    {
        var looked = 0L;
        var setup = Setup(Topology.Of(1, 2, 2), CostModel.Typical, Domain("a", new HogSetup(), Ping(3.Ms, 10.Us)),
            Domain("b", new SpinSetup(), Ping(2.Ms, 10.Us)) with { Vcpus = 3, MemoryNode = 0 },
            Domain("c", new HogSetup()));
        ulong Hash(bool look)
        {
            var machine = new Machine(setup, host => Referee.Over(host, window =>
            {
                Listener listener = null!;
                return listener = new(window, false, new())
                {
                    Event = (v, _) => looked += look ? listener.Sees.Counters(v).RunNs : 0,
                };
            }));
            machine.Run(Instant.Zero + 2.Seconds);
            return ((Referee)machine.Policy).Hash;
        }

        Assert.Equal(Hash(false), Hash(true));
        Assert.NotEqual(0, looked);
    }

    [Fact]
    public void Who_spins_exits_by_the_ms_and_who_computes_does_not()
    {
        // v0 and v1 share a pCPU and v2 has one for itself, so it computes 1 ms, then spins for 30 ms, v1's wait.
        var domain = Domain("a", new SpinSetup { ExitsPerMs = 10 }) with
        {
            Vcpus = 3,
            VcpuAffinity = [Mask(2, 0), Mask(2, 0), Mask(2, 1)],
        };
        var (machine, _) = Listen(31.Ms, Setup(Topology.Of(1, 2), CostModel.None, domain), slice: 30.Ms);
        Assert.Equal(290, machine.Counters(new(0)).SpinExits);     // 1 ms of work, 29 ms of its slice
        Assert.Equal(0, machine.Counters(new(1)).SpinExits);       // released the others as soon as it was done
        Assert.Equal(300, machine.Counters(new(2)).SpinExits);
        var round = machine.Workloads[0].Samples!;
        Assert.Equal((1L, 31.Ms.Ns), (round.Count, round.Max));
    }

    [Fact]
    public void Threads_with_a_pcpu_each_never_spin_long()
    {
        var domain = Domain("a", new SpinSetup()) with { Vcpus = 4 };
        var (machine, _) = Listen(100.Ms, Setup(Topology.Of(1, 4), CostModel.None, domain));
        for (var v = 0; v < 4; v++) Assert.Equal(0, machine.Counters(new(v)).SpinExits);
        Assert.Equal(100, machine.Workloads[0].Samples!.Count);
    }

    [Fact]
    public void A_thread_without_siblings_never_waits() =>
        Assert.Equal(0, Listen(100.Ms, Setup(One, CostModel.None, Domain("a", new SpinSetup())))
            .Machine.Counters(new(0)).SpinExits);
}
