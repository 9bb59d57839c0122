using Flms.Core;

namespace Flms.Testing.Tests.Tutorial;

// doc: nothing
/// <summary>Runs nobody.</summary>
public sealed class NothingScheduler(ISchedHost host) : Scheduler(host)
{
    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now) { }

    public override void Sleep(VcpuId v, Instant now) { }

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) => Decision.Idle;
}
// end doc
