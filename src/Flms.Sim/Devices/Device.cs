using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>Something outside of the guests that happens at a time of its own: a link, a disk, a remote
/// program.</summary>
/// <remarks>It has one alarm, and costs no CPU time of the host.</remarks>
public abstract class Device
{
    internal Machine? Machine;
    internal int AlarmEntity;

    /// <summary>The alarm that it set has come.</summary>
    protected internal virtual void AlarmFired(Instant now) { }

    /// <summary>Sets the alarm, in place of the one that was set; <see cref="Instant.Never"/> clears it.</summary>
    protected void AlarmAt(Instant at) => Machine!.SetAlarm(this, at);
}
