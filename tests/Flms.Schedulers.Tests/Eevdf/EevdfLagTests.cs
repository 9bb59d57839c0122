using Flms.Core;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Linux;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Eevdf;

/// <summary>Oracle 23 (spec/compared-systems.md section 7): what Stoica and Abdel-Wahab proved of EEVDF, and what Linux
/// makes of lag.</summary>
public sealed class EevdfLagTests
{
    // The quantum after which the published algorithm looks again.
    private static readonly Duration Quantum = 1.Ms;

    // As published: no protection, a look at every quantum and at every deadline, whole first requests.
    private static readonly EevdfOptions Classic = new()
    {
        Grouping = Grouping.Flat,
        Parity = ParityRule.None,
        Tick = Quantum,
        Hrtick = true,
        HrtickBy = HrtickRule.Deadline,
        HrtickRearm = true,
        HalfFirstSlice = false,
        SliceScaling = SliceScaling.None,
    };

    // The fluid system is worked out here from weights and times alone: nothing is asked of the policy. A nanosecond is
    // what rounding a virtual time down to one can cost at each charge; a run has less than 20,000 of them.
    [Theory]
    [InlineData(1, 60)]
    [Trait("Speed", "Slow")]
    public void Oracle_23_lag_is_between_the_longest_request_and_the_quantum_and_requests_meet_deadlines(
        ulong first, int worlds)
    {
        for (var seed = first; seed < first + (ulong)worlds; seed++)
        {
            var random = RandomStream.For(seed, 23);
            var n = random.Next(2, 9);
            var weights = new int[n];
            var slices = new long[n];
            var domains = new DomainSetup[n];
            for (var i = 0; i < n; i++)
            {
                weights[i] = 64 << random.Next(0, 5);
                slices[i] = random.Next(1, 60) * 100_000L;
                domains[i] = new()
                {
                    Name = $"d{i}",
                    Weight = weights[i],
                    Parameters = [new EevdfDomain { Slice = new(slices[i]) }],
                    Workloads = [new HogSetup()],
                };
            }
            var machine = new Machine(
                new() { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains },
                host => new EevdfScheduler(host, Classic));
            var watch = new Fluid(weights, slices, $"seed {seed}");
            machine.Watch(watch);
            machine.Run(Instant.Zero + 3.Seconds);
            Assert.True(watch.Checks > 100);
        }
    }

    // The clamps of Linux stand apart: they bound what is kept over a sleep, not what happens while all compete.
    [Theory]
    [InlineData(LagLimit.TwiceSlice, 1, 4_000_000)]   // a tick
    [InlineData(LagLimit.TwiceSlice, 10, 20_000_000)] // twice the slice
    [InlineData(LagLimit.LongestSlice, 1, 24_000_000)] // the longest queued, 20 ms, and a tick
    public void Lag_that_is_kept_is_limited(LagLimit limit, int slice, long most)
    {
        var queues = new FairQueues(2, 1, new() { LagLimit = limit });
        queues[0] = new() { Slice = 20_000_000, Weight = 1024 };
        queues[1] = new() { Slice = slice * 1_000_000L, Weight = 1024 };
        queues.Enqueue(0, 0, isNew: true);
        queues.Enqueue(0, 1, isNew: true);
        queues.SetCurrent(1);
        queues.Charge(1, 100_000_000);
        Assert.Equal(-most, queues.LagOf(1));
        queues.PutCurrent(0);
        queues.SetCurrent(0);
        queues.Charge(0, 300_000_000);
        Assert.Equal(most, queues.LagOf(1));
    }

    // Join and leave preserve the sum: who returns has the lag it left with, whatever its weight does to the mean.
    [Theory]
    [InlineData(1024, 1024)]
    [InlineData(256, 4096)]
    [InlineData(4096, 256)]
    public void Who_returns_has_the_lag_it_left_with(int mine, int others)
    {
        var queues = new FairQueues(3, 1, new());
        for (var e = 0; e < 3; e++)
        {
            queues[e] = new() { Slice = 3_000_000, Weight = e == 0 ? mine : others };
            queues.Enqueue(0, e, isNew: true);
        }
        queues.SetCurrent(1);
        queues.Charge(1, 2_000_000);
        var lag = queues.LagOf(0);
        Assert.True(lag > 0);
        queues.Dequeue(0, moves: false);
        Assert.Equal(lag, queues[0].Lag);
        queues.Charge(1, 5_000_000);
        queues.Enqueue(0, 0, isNew: false);
        // Rounding: once inflating, once taking the mean.
        Assert.InRange(queues.LagOf(0), lag - 2, lag + 2);
    }

    [Fact]
    public void The_mean_is_found_where_sums_leave_64_bits()
    {
        var queues = new FairQueues(2, 1, new());
        queues[0] = new() { Slice = 3_000_000, Weight = 262_144 };
        queues[1] = new() { Slice = 3_000_000, Weight = 262_144 };
        queues.Enqueue(0, 0, isNew: true);
        queues.Enqueue(0, 1, isNew: true);
        queues.SetCurrent(0);
        // 2^52 ns of real time are 2^44 of virtual time at that weight: times 2^18 it is still within; 2^60 are not.
        queues.Charge(0, 1L << 52);
        Assert.Equal((1L << 44) / 2, queues.Average(0));
        queues[0].Vruntime = 1L << 60;
        Assert.Equal(1L << 59, queues.Average(0));
    }

    // All compete from time 0 on, so the fluid system gives each its share of the time.
    private sealed class Fluid(int[] weights, long[] slices, string world) : IWatcher
    {
        private readonly double[] _served = new double[weights.Length];
        private readonly long _total = weights.Sum(w => (long)w);
        private readonly double _longest = slices.Max();
        private int _running = -1;
        private long _since;

        public int Checks { get; private set; }

        public void On(in HostEvent e)
        {
            if (e.Kind is not (HostEventKind.Switch or HostEventKind.Continue)) return;
            var now = e.At.Ns;
            if (_running >= 0)
            {
                CheckDeadlines(_running, now);
                _served[_running] += now - _since;
            }
            (_running, _since) = (e.Vcpu.Index, now);
            var sum = 0.0;
            for (var i = 0; i < weights.Length; i++)
            {
                var lag = (double)now * weights[i] / _total - _served[i];
                sum += lag;
                var most = Math.Max(_longest, Quantum.Ns);
                Assert.True(lag > -_longest - Rounding && lag < most + Rounding,
                    $"{world}: at {e.At} the lag of {i} is {lag}, requests are of {_longest} at most");
                Checks++;
            }
            Assert.InRange(sum, -Rounding, Rounding);
        }

        private const double Rounding = 20_000;

        // Of the requests that were completed in this run, each was so by its deadline and a quantum.
        private void CheckDeadlines(int i, long now)
        {
            var request = slices[i];
            for (var k = Math.Floor(_served[i] / request) + 1; k * request <= _served[i] + (now - _since); k++)
            {
                var done = _since + k * request - _served[i];
                var deadline = k * request * _total / weights[i];
                Assert.True(done <= deadline + Quantum.Ns + Rounding,
                    $"{world}: request {k} of {i} was due at {deadline} and done at {done}");
            }
        }
    }
}
