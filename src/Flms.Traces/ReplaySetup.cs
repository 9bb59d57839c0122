using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>Gives a vCPU the demand that a thread of a recording had.</summary>
/// <remarks>
/// Open loop: each burst wakes the vCPU at its recorded moment and brings its recorded work, whether or not the bursts
/// before are done. What is not done yet queues up, first come, first served. Nothing that the policy does changes when
/// the next burst comes.
/// </remarks>
public sealed record ReplaySetup : WorkloadSetup
{
    /// <summary>The bursts, in order of time.</summary>
    public required ReadOnlyMemory<Burst> Bursts { get; init; }

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Replay(Bursts);
}

/// <summary>Measures the response of each burst: from its recorded wake-up until its work is done.</summary>
internal sealed class Replay(ReadOnlyMemory<Burst> bursts) : Workload
{
    private readonly Histogram _response = new();
    private int _arrived;
    private int _done;

    public override string? Measure => "burst.response";

    public override Histogram? Samples => _response;

    /// <summary>How many bursts had come but were not done when last asked.</summary>
    public int Outstanding => _arrived - _done;

    protected override void Start(Instant now) => Arrive(now);

    protected override void AlarmFired(Instant now) => Arrive(now);

    protected override void WorkDone(Instant now)
    {
        _response.Record(now - bursts.Span[_done].Wake);
        _done++;
        if (_done < _arrived) Ask();
    }

    private void Arrive(Instant now)
    {
        var all = bursts.Span;
        var idle = _done == _arrived;
        while (_arrived < all.Length && all[_arrived].Wake <= now) _arrived++;
        if (_arrived < all.Length) AlarmAt(all[_arrived].Wake);
        if (idle && _done < _arrived) Ask();
    }

    // One burst at a time, so that the machine tells when each is done.
    private void Ask()
    {
        var work = bursts.Span[_done].Work;
        if (work == Duration.Forever) WantForever();
        else Want(work);
    }
}
