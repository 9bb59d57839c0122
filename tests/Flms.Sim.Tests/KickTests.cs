using Flms.Core;
using Flms.Sim.Workloads;

namespace Flms.Sim.Tests;

public sealed class KickTests
{
    /// <summary>Lets a pCPU idle the first time that it asks, and kicks it at the same moment.</summary>
    private sealed class SecondThought(ISchedHost host) : Scheduler(host)
    {
        private VcpuId _waiting = VcpuId.None;
        private int _asked;

        public override void VcpuAdded(VcpuId v, Instant now) { }

        public override void VcpuRemoved(VcpuId v, Instant now) { }

        public override void Wake(VcpuId v, Instant now)
        {
            _waiting = v;
            Host.Kick(new(0));
        }

        public override void Sleep(VcpuId v, Instant now) => _waiting = VcpuId.None;

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
        {
            if (left == Left.Runnable) _waiting = last;
            if (_asked++ == 0)
            {
                Host.Kick(p);
                return Decision.Idle;
            }
            var next = _waiting;
            _waiting = VcpuId.None;
            return next.IsNone ? Decision.Idle : new(next, 30.Ms);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_pCPU_that_is_kicked_while_it_goes_idle_asks_again(int kickNs)
    {
        var machine = new Machine(
            new MachineSetup
            {
                Topology = Topology.Of(1, 1),
                Costs = CostModel.None with { Kick = new(kickNs) },
                Domains = [new() { Name = "a", Workloads = [new PulseSetup { Work = 1.Ms }] }],
            },
            host => new SecondThought(host));
        machine.Run(Instant.Zero + 100.Ms);
        Assert.Equal(1.Ms.Ns, machine.Statistics.DomainRun[0]);
    }
}
