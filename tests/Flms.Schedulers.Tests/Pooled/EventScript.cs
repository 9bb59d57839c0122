using Flms.Core;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>Brings so many device events, and no work, in the middle of each 100 ms; the last number is
/// repeated.</summary>
internal sealed record EventScript(params int[] Events) : WorkloadSetup
{
    public override int? Vcpu { get; init; } = 0;

    public override Workload Create(RandomStream random) => new Script(Events);

    private sealed class Script(int[] events) : Workload
    {
        private int _next;

        protected override void Start(Instant now) => AlarmAt(now + 50.Ms);

        protected override void AlarmFired(Instant now)
        {
            AlarmAt(now + 100.Ms);
            for (var i = events[Math.Min(_next++, events.Length - 1)]; i > 0; i--) DeviceEvent();
        }
    }
}
