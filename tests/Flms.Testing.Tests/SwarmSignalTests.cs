using Flms.Core;
using Flms.Schedulers;

namespace Flms.Testing.Tests;

/// <summary>What the machine tells of guests is true in random worlds too (law H5), for a policy that looks at
/// all of it.</summary>
public sealed class SwarmSignalTests
{
    // Round robin that looks at everything there is to see, and does not act on it.
    private sealed class Nosy(ISchedHost host) : Scheduler(host)
    {
        private readonly RoundRobinScheduler _inner = new(host, new() { Slice = 5.Ms });
        private readonly int[] _task = [.. Enumerable.Repeat(-1, host.VcpuCapacity)];

        public long Heard { get; private set; }

        public override bool WatchesGuests => true;

        public override bool WorkConserving => true;

        public override void VcpuAdded(VcpuId v, Instant now) => _inner.VcpuAdded(v, now);

        public override void VcpuRemoved(VcpuId v, Instant now) => _inner.VcpuRemoved(v, now);

        public override void Wake(VcpuId v, Instant now)
        {
            _ = Host.Counters(v).RunNs;
            _inner.Wake(v, now);
        }

        public override void Sleep(VcpuId v, Instant now) => _inner.Sleep(v, now);

        public override void Adjusted(VcpuId v, Instant now) => _inner.Adjusted(v, now);

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
        {
            if (!last.IsNone) Heard += Host.Counters(last).SpinExits & 1;
            // A vCPU that blocks has gone idle before; but one that is paused leaves in the middle of its task.
            if (left == Left.Blocked && _task[last.Index] == -1) Heard++;
            return _inner.Schedule(p, last, left, now);
        }

        public override void IoEvent(VcpuId v, int source, Instant now) =>
            Heard += Host.Counters(v).IoEvents > 0 ? 1 : 0;

        public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now)
        {
            _task[v.Index] = task;
            Heard += Host.Counters(v).LlcMisses >= 0 ? 1 : 0;
            // Some switches make the policy think again, as partial boosting does.
            if (context == GuestContext.Background) Host.Kick(PcpuOf(v));
        }

        private PcpuId PcpuOf(VcpuId v)
        {
            for (var p = Host.Topology.All.First(); !p.IsNone; p = Host.Topology.All.After(p))
                if (Host.Running(p) == v) return p;
            throw new InvalidOperationException($"{v} switches its task, but runs nowhere");
        }
    }

    [Fact]
    public void The_machine_tells_the_truth_of_its_guests() =>
        Swarm.Run(host => new Nosy(host), 25, 500.Ms, options: WorldOptions.WithSignals);

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_machine_tells_the_truth_of_its_guests_in_many_worlds() =>
        Swarm.Run(host => new Nosy(host), 150, 500.Ms, WorldOptions.WithSignals, firstSeed: 26);

    [Fact]
    public void A_world_is_the_same_but_for_its_signals()
    {
        var (with, without) = (Swarm.World(5, WorldOptions.WithSignals), Swarm.World(5));
        Assert.Equal(without.Setup.Domains.Select(d => d.Name), with.Setup.Domains.Select(d => d.Name));
        Assert.All(without.Setup.Domains.Zip(with.Setup.Domains),
            pair => Assert.Equal(pair.First.Workloads, pair.Second.Workloads.Take(pair.First.Workloads.Count)));
        Assert.Contains(with.Setup.Domains, d => d.LlcReferences > 0);
    }
}
