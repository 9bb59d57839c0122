using Flms.Core;

namespace Flms.Testing;

// Law H5: what the host tells of guests.
public sealed partial class Referee
{
    private void EventTold(VcpuId v)
    {
        ref var seen = ref _vcpus[v.Index];
        seen.Counted.IoEvents++;
        var counted = _window.Inner.Counters(v).IoEvents;
        if (counted == seen.Counted.IoEvents) return;
        Call("H5", $"{v} was told {seen.Counted.IoEvents} events, but {counted} are counted");
        seen.Counted.IoEvents = counted;
    }

    // The guest may be at something else from the moment of a decision on, so this can come amid decisions; otherwise
    // it is something that happens, like a wake-up.
    private void SwitchTold(VcpuId v, int task, GuestContext context)
    {
        ref var seen = ref _vcpus[v.Index];
        if (!_policy.WatchesGuests) Call("H5", $"{v} goes over to task {task}, which nobody asked for");
        if (seen.Place != Place.Running) Call("H5", $"{v} goes over to task {task}, but is {seen.Place}");
        else if (_phase != Phase.Asking || seen.Pcpu != _lastAsked) BeforeTimers("GuestSwitched", v);
        if (task < -1 || task == -1 != (context == GuestContext.Idle))
            Call("H5", $"{v} goes over to task {task} in context {context}");
        if (task == seen.Task && context == seen.Context) Call("H5", $"{v} goes over to task {task}, which it runs");
        (seen.Task, seen.Context) = (task, context);
    }

    private void CountersShown(VcpuId v, in VcpuCounters shown)
    {
        ref var seen = ref _vcpus[v.Index];
        ref var last = ref seen.Counted;
        var had = seen.Ran + (seen.Place == Place.Running ? _now - seen.RunsSince : 0);
        if (shown.RunNs > had) Call("H5", $"{v} had a pCPU for {had} ns, but {shown.RunNs} are counted");
        if (shown.IoEvents != last.IoEvents)
            Call("H5", $"{v} was told {last.IoEvents} events, but {shown.IoEvents} are counted");
        if (shown.RunNs < last.RunNs || shown.SpinExits < last.SpinExits || shown.LlcReferences < last.LlcReferences
            || shown.LlcMisses < last.LlcMisses || shown.RemoteAccesses < last.RemoteAccesses)
            Call("H5", $"a counter of {v} went back");
        if (shown.LlcMisses > shown.LlcReferences || shown.RemoteAccesses > shown.LlcMisses)
            Call("H5", $"{v} missed more often than it asked");
        last = shown;
    }
}
