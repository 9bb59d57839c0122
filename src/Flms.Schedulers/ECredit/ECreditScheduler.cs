using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.ECredit;

/// <summary>Credit whose queues are ordered by how many I/O requests a vCPU has, within each standing.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.3). The back-end counts the requests of every vCPU. At
/// each accounting the count goes into an average, its I/O priority. Among BOOST, and among UNDER, who has the higher
/// one stands nearer to the head; equals are served in turn. OVER is left as it is, so shares stay Credit's.</para>
/// <para><i>Rejected.</i> An order across standings: an I/O vCPU in debt would go ahead of others with credit, and
/// weights would be lost.</para>
/// <para><i>Not modelled.</i> How the original weighs "complexity" of requests: its paper could not be read beyond the
/// abstract. Counting needs a paravirtual back-end; here it is the host's device events.</para>
/// </remarks>
/// <param name="host">The machine.</param>
/// <param name="options">The settings.</param>
public sealed class ECreditScheduler(ISchedHost host, ECreditOptions options) : CreditScheduler(host, options)
{
    // One request a period is 2^16 in the average: with 2^31 requests in one period it stays below 2^48.
    private const int RequestBits = 16;

    private struct Vcpu
    {
        public long Priority;
        public int Requests;    // in this accounting period
    }

    private readonly Vcpu[] _vcpus = new Vcpu[host.VcpuCapacity];

    /// <inheritdoc />
    protected override bool OrdersEquals => true;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = default;
        base.VcpuAdded(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now) => _vcpus[v.Index].Requests++;

    /// <inheritdoc />
    protected override bool GoesAhead(VcpuId v, VcpuId queued) =>
        Ledger.PriOf(v) != Pri.Over && _vcpus[v.Index].Priority > _vcpus[queued.Index].Priority;

    /// <inheritdoc />
    protected override void Account(Instant now)
    {
        for (var v = 0; v < _vcpus.Length; v++)
        {
            ref var s = ref _vcpus[v];
            s.Priority += options.Gain.Of(((long)s.Requests << RequestBits) - s.Priority);
            s.Requests = 0;
        }
        base.Account(now);
    }
}
