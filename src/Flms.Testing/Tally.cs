using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Watches a host and adds up, for each vCPU, how long it ran and waited.</summary>
/// <remarks>A wait that has not ended when the run does counts as far as it went.</remarks>
/// <param name="vcpus">vCPUs are 0 to this less one.</param>
public sealed class Tally(int vcpus) : StateWatcher(vcpus)
{
    private readonly long[] _ran = new long[vcpus];
    private readonly long[] _waited = new long[vcpus];
    private readonly long[] _longest = new long[vcpus];
    private readonly long[] _waits = new long[vcpus];
    private readonly long[] _migrations = new long[vcpus];

    /// <summary>How long a vCPU ran.</summary>
    public Duration Ran(VcpuId v) => new(_ran[v.Index]);

    /// <summary>How long a vCPU waited, runnable and not parked.</summary>
    public Duration Waited(VcpuId v) => new(_waited[v.Index]);

    /// <summary>Its longest wait.</summary>
    public Duration LongestWait(VcpuId v) => new(_longest[v.Index]);

    /// <summary>How often it began to run: waits, those of length zero among them.</summary>
    public long Dispatches(VcpuId v) => _waits[v.Index];

    /// <summary>How often it ran on another pCPU than before.</summary>
    public long Migrations(VcpuId v) => _migrations[v.Index];

    /// <inheritdoc />
    protected override void Spent(VcpuId v, VcpuActivity activity, PcpuId p, Instant from, Instant to)
    {
        var length = (to - from).Ns;
        if (activity == VcpuActivity.Running)
        {
            _ran[v.Index] += length;
        }
        else if (activity == VcpuActivity.Waiting)
        {
            _waited[v.Index] += length;
            _longest[v.Index] = Math.Max(_longest[v.Index], length);
        }
    }

    /// <inheritdoc />
    protected override void Happened(in HostEvent e)
    {
        if (e.Kind == HostEventKind.Migrate) _migrations[e.Vcpu.Index]++;
        else if (e.Kind == HostEventKind.Switch && !e.Vcpu.IsNone) _waits[e.Vcpu.Index]++;
    }
}
