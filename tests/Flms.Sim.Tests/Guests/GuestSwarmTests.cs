using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Guests;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Sim.Tests.Guests;

/// <summary>What holds in every guest, whatever its threads do.</summary>
public sealed class GuestSwarmTests
{
    // A thread that works, sleeps, wakes others, takes locks and changes where it may run, as the dice fall.
    private sealed class Restless(RandomStream random, GuestLock[] locks, List<Restless> all) : Workload
    {
        private GuestLock? _held;

        public long RanNs => Ran.Ns;

        protected override void Start(Instant now) => Want(Some(2.Ms));

        protected override void AlarmFired(Instant now) => Want(Some(500.Us));

        // While it spins it can ask for nothing.
        protected override void Woken(Instant now)
        {
            if (_held == null) Want(Some(200.Us));
        }

        protected override void Locked(Instant now) => Want(Some(100.Us));

        protected override void WorkDone(Instant now)
        {
            if (_held != null)
            {
                Unlock(_held);
                _held = null;
            }
            switch (random.Next(0, 6))
            {
                case 0:
                    Want(Some(3.Ms));
                    break;
                case 1:
                    Wake(all[random.Next(0, all.Count)]);
                    AlarmAt(now + Some(5.Ms));
                    break;
                case 2:
                    _held = locks[random.Next(0, locks.Length)];
                    if (Lock(_held)) Want(Some(300.Us));
                    break;
                case 3:
                    var mask = new CpuMask(DomainVcpus);
                    for (var v = 0; v < DomainVcpus; v++) mask.Set(new(v), random.Next(0, 2) == 0);
                    if (!mask.IsEmpty) SetAffinity(mask);
                    Want(Some(100.Us));
                    break;
                default:
                    AlarmAt(now + Some(10.Ms));
                    break;
            }
        }

        private Duration Some(Duration mean) => random.Exponential(mean);
    }

    private sealed record RestlessSetup(Func<RandomStream, Restless> Make) : WorkloadSetup
    {
        public override Workload Create(RandomStream random) => Make(random);
    }

    private static DomainSetup RandomGuest(RandomStream random, string name, List<Restless> threads)
    {
        var locks = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new GuestLock()).ToArray();
        var options = new GuestOptions
        {
            Tick = random.Uniform(500.Us, 8.Ms),
            TickWork = random.Uniform(Duration.Zero, 3.Us),
            SwitchWork = random.Uniform(Duration.Zero, 3.Us),
            IpiDelay = random.Next(0, 2) == 0 ? Duration.Zero : 2.Us,
            IpiWork = random.Uniform(Duration.Zero, 2.Us),
            InterruptWork = random.Uniform(Duration.Zero, 2.Us),
            PauseYields = random.Next(0, 2) == 0,
            PauseWindow = random.Uniform(2.Us, 200.Us),
            LockOrder = random.Next(0, 2) == 0 ? LockOrder.Running : LockOrder.Ticket,
        };
        return new()
        {
            Name = name,
            Vcpus = random.Next(1, 5),
            Kind = random.Next(0, 3) == 0 ? DomainKind.Mixed : DomainKind.Unmarked,
            Guest = options,
            Workloads =
            [
                new RestlessSetup(own =>
                {
                    var thread = new Restless(own, locks, threads);
                    threads.Add(thread);
                    return thread;
                }) { Threads = random.Next(1, 9) },
            ],
        };
    }

    private static (long Vcpus, long Threads, long Kernel, ulong Hash) Run(
        int seed, Func<ISchedHost, Scheduler> policy, Action<GuestStatistics>? look = null)
    {
        var random = RandomStream.For((ulong)seed, 77);
        List<Restless>[] threads = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new List<Restless>())];
        DomainSetup[] domains = [.. threads.Select((t, d) => RandomGuest(random, $"d{d}", t))];
        var setup = Trial.Setup(Topology.Of(1, random.Next(1, 5)), CostModel.None, domains) with { Seed = (ulong)seed };
        Referee? referee = null;
        var machine = new Machine(setup, host => referee = Referee.Over(host, policy));
        machine.Run(Instant.Zero + 300.Ms);
        referee!.End(Instant.Zero + 300.Ms);
        for (var d = 0; d < domains.Length; d++) look?.Invoke(machine.GuestStatistics(new(d))!);
        return (machine.Statistics.DomainRun.Sum(), threads.Sum(d => d.Sum(t => t.RanNs)),
            Enumerable.Range(0, domains.Length).Sum(d => machine.GuestStatistics(new(d))!.KernelNs), referee.Hash);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_swarm_comes_to_everything_that_a_kernel_does()
    {
        var seen = new long[9];
        for (var seed = 0; seed < 20; seed++)
            Run(seed, host => new RoundRobinScheduler(host, new() { Slice = 5.Ms }), k =>
            {
                long[] counts =
                [
                    k.Switches, k.Migrations, k.Pulls, k.Preemptions, k.Ipis, k.Ticks, k.LockWaits, k.HolderPreemptions,
                    k.PauseYields,
                ];
                for (var i = 0; i < counts.Length; i++) seen[i] += counts[i];
            });
        Assert.DoesNotContain(seen, n => n < 10);
    }

    [Theory]
    [MemberData(nameof(AllocationTests.Policies), MemberType = typeof(AllocationTests))]
    [Trait("Speed", "Slow")]
    public void The_time_of_threads_and_kernel_is_the_time_that_vcpus_ran(string policy)
    {
        var entry = SchedulerCatalog.Find(policy)!;
        for (var seed = 0; seed < 20; seed++)
        {
            var run = Run(seed, host => entry.Create(host, entry.Defaults));
            Assert.True(run.Threads > 0);
            // Looking into the queue at a wake-up takes 1 ns each time, which is neither the kernel's nor a thread's;
            // and at the end the pCPUs, at most four, may not have paid for what their guest's kernel does just now.
            Assert.InRange(run.Vcpus - run.Threads - run.Kernel, -40_000, 20_000);
            Assert.Equal(run, Run(seed, host => entry.Create(host, entry.Defaults)));
        }
    }
}
