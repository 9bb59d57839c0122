using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.TaskAware;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.TaskAware;

public sealed class TaskAwareSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static readonly DomainSetup[] Three = [Mixed(400.Us), Hog, Hog with { Name = "pig" }];

    private static Scheduler TaskAware(ISchedHost host) => new TaskAwareScheduler(host, new());

    private static Scheduler Credit(ISchedHost host) => new CreditScheduler(host, new());

    // A VM that computes all the time and is asked every 25 ms.
    private static DomainSetup Mixed(Duration work) => Hog with
    {
        Name = "mixed",
        Workloads = [new HogSetup(), Job(25.Ms, work)],
    };

    private static JobsSetup Job(Duration every, Duration work) => new()
    {
        Interval = every,
        Arrivals = Arrivals.Periodic,
        Work = work,
        Length = JobLength.Fixed,
        Device = true,
    };

    // What it is for: the VM runs for its request in the midst of its neighbours' slices, and only for that.
    [Fact]
    public void A_vCPU_that_waits_is_boosted_for_its_request_and_gives_way_after_it() => Picture.Check("""
              1.2s      1.225s    1.25s     1.275s    1.3s      1.325s
        mixed ------------------------~-----000000000000~-------0000000000
        hog   000000000000------------~00000------------~0000000----------
        pig   ------------000000000000------------------------------------
        """, TaskAware, Topology.Of(1, 1), Instant.Zero + 1200.Ms, new(2_500_000), 60, Three);

    [Fact]
    public void Under_Credit_the_request_waits_for_a_turn() => Picture.Check("""
              1.2s      1.225s    1.25s     1.275s    1.3s      1.325s
        mixed ------------000000000000------------000000000000------------
        hog   000000000000------------------------------------000000000000
        pig   ------------------------000000000000------------------------
        """, Credit, Topology.Of(1, 1), Instant.Zero + 1200.Ms, new(2_500_000), 60, Three);

    // Its limit: a request that takes long is not the work of an I/O-bound task, and waits as under Credit.
    [Fact]
    public void A_request_of_6_ms_is_not_boosted() => Picture.Check("""
              1.2s      1.25s     1.3s      1.35s     1.4s      1.45s
        mixed ------000000------000000------------------000000------000000
        hog   000000------------------000000------000000------------------
        pig   ------------000000------------000000------------000000------
        """, TaskAware, Topology.Of(1, 1), Instant.Zero + 1200.Ms, 5.Ms, 60, Mixed(6.Ms),
        Hog, Hog with { Name = "pig" });

    [Fact]
    public void Two_pCPUs() => Picture.Check("""
              1.2s      1.225s    1.25s     1.275s    1.3s      1.325s
        mixed 111111111111~-------111111111111~-------~---------1111111111
        hog   000000000000------------000000000000------------000000000000
        pig   ------------~1111111------------~1111111~111111111----------
        sow   ------------000000000000------------000000000000------------
        """, TaskAware, Topology.Of(1, 2), Instant.Zero + 1200.Ms, new(2_500_000), 60, Mixed(400.Us),
        Hog, Hog with { Name = "pig" }, Hog with { Name = "sow" });

    [Fact]
    public void A_mixed_VM_waits_a_hundredth_of_Credits_wait_for_the_same_share()
    {
        var (ours, share) = Measure(new TaskAwareOptions());
        var (credit, creditShare) = Measure(null);
        Assert.True(ours < 0.1 * credit, $"{ours} {credit}");
        Assert.Equal(creditShare, share, 2);
    }

    [Fact]
    public void Nobody_is_believed_before_four_short_runs()
    {
        // Requests come every 25 ms from 25 ms on: with a threshold that is never reached nothing is boosted.
        var (never, _) = Measure(new TaskAwareOptions { Believed = 7, ShortRun = 1.Us });
        var (credit, _) = Measure(null);
        Assert.Equal(credit, never, credit * 0.05);
    }

    [Fact]
    public void A_boost_ends_after_its_longest_run_even_if_the_task_goes_on()
    {
        // Every task is believed, the hog too: nothing is taken back, and only the longest run ends it.
        TaskAwareOptions all = new() { Believed = 0, BoostMax = 3.Ms };
        var longest = new LongestBoosted(new(0));
        var setup = Setup(Mixed(400.Us), Hog, Hog);
        var machine = new Machine(setup, host => new TaskAwareScheduler(host, all));
        machine.Watch(longest);
        machine.Run(Instant.Zero + 10.Seconds);
        Assert.True(longest.Boosts > 100);
        Assert.Equal(3_000_000, longest.Shortest);
    }

    [Fact]
    public void Who_is_in_debt_is_boosted_too()
    {
        // A tenth of its neighbour's weight: it is OVER nearly always, and Credit would never boost it.
        var (ours, _) = Measure(new TaskAwareOptions(), weight: 64);
        Assert.True(ours < 2, $"{ours}");
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(TaskAware, 40);

    // Mean answer in ms and share of a mixed VM among three hogs on one pCPU; under Credit if there are no options.
    private static (double Ms, double Share) Measure(TaskAwareOptions? options, int weight = 256)
    {
        var ping = new PingSetup { IntervalMin = 10.Ms, IntervalMax = 40.Ms };
        var mixed = Hog with { Name = "mixed", Weight = weight, Workloads = [new HogSetup(), ping] };
        var machine = new Machine(Setup(mixed, Hog, Hog, Hog),
            host => options == null ? Credit(host) : new TaskAwareScheduler(host, options));
        machine.Run(Instant.Zero + 120.Seconds);
        var samples = machine.Workloads.First(w => w.Samples != null).Samples!;
        return (samples.Mean / 1e6, machine.Statistics.DomainRun[0] / 120e9);
    }

    private static MachineSetup Setup(params DomainSetup[] domains) =>
        new() { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };

    // The shortest run of a vCPU that was boosted while it waited, after which it still could run.
    private sealed class LongestBoosted(VcpuId vcpu) : IWatcher
    {
        private Instant _from;
        private bool _boosted;
        private bool _running;

        public int Boosts { get; private set; }

        public long Shortest { get; private set; } = long.MaxValue;

        public void On(in HostEvent e)
        {
            if (e.Kind == HostEventKind.Note && e.Note == Note.Boost && e.Vcpu == vcpu) _boosted = !_running;
            if (e.Kind != HostEventKind.Switch) return;
            if (_running && _boosted)
            {
                Boosts++;
                Shortest = Math.Min(Shortest, (e.At - _from).Ns);
                _boosted = false;
            }
            _running = e.Vcpu == vcpu;
            _from = e.At;
        }
    }
}
