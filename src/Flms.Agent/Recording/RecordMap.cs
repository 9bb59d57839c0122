using System.Text.Json;
using Flms.Agent.Host;

namespace Flms.Agent.Recording;

/// <summary>Writes which thread of a recording is which VM's: the file beside it, as docs/recordings.md describes
/// it.</summary>
public static class RecordMap
{
    /// <summary>Writes it: one object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="recorder">What was recorded, finished.</param>
    /// <param name="pcpus">How many pCPUs were online.</param>
    /// <param name="kernel">The kernel; of what it can do only what was seen is told.</param>
    /// <param name="baseSlice">The slice of a thread that has none of its own, in ns; 0 if the kernel has no
    /// slices.</param>
    /// <param name="by">Who recorded.</param>
    public static void Write(
        Utf8JsonWriter json, SchedRecorder recorder, int pcpus, Kernel kernel, ulong baseSlice, string by)
    {
        json.WriteStartObject();
        json.WriteString("by", by);
        json.WriteStartObject("machine");
        json.WriteNumber("pcpus", pcpus);
        json.WriteString("kernel", kernel.Release);
        if (kernel.PreemptionSeen && kernel.Preemption != PreemptionModel.Unknown)
            json.WriteString("preemption", kernel.Preemption == PreemptionModel.Lazy ? "lazy" : "prompt");
        if (kernel.SlicesSeen) json.WriteBoolean("hrtick", kernel.Slices is SliceTier.Exact or SliceTier.Flat);
        if (baseSlice > 0) json.WriteNumber("base_slice_ns", baseSlice);
        json.WriteEndObject();
        json.WriteNumber("length_ns", recorder.End - recorder.Begin);
        json.WriteNumber("events", recorder.Written);
        json.WriteNumber("lost", recorder.Lost);
        json.WriteStartArray("threads");
        foreach (var thread in recorder.Threads)
        {
            json.WriteStartObject();
            json.WriteString("vm", thread.Vm);
            json.WriteString("role", thread.Role);
            json.WriteNumber("tid", thread.Thread.Id.Tid);
            if (thread.Kernel is { } kernelCounted)
            {
                json.WriteNumber("run_ns", kernelCounted.RunNs);
                json.WriteNumber("wait_ns", kernelCounted.WaitNs);
                json.WriteNumber("timeslices", kernelCounted.Timeslices);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
