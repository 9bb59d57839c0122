using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flms.Agent.Recording;

/// <summary>Writes which thread of a recording is which VM's: the file beside it, as docs/recordings.md describes
/// it.</summary>
public static class RecordMap
{
    /// <summary>Writes it.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="recorder">What was recorded, finished.</param>
    /// <param name="pcpus">How many pCPUs were online.</param>
    /// <param name="kernel">The kernel's release.</param>
    /// <param name="by">Who recorded.</param>
    public static void Write(Stream to, SchedRecorder recorder, int pcpus, string kernel, string by)
    {
        var options = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using var json = new Utf8JsonWriter(to, options);
        json.WriteStartObject();
        json.WriteString("by", by);
        json.WriteStartObject("machine");
        json.WriteNumber("pcpus", pcpus);
        json.WriteString("kernel", kernel);
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
        json.Flush();
        to.WriteByte((byte)'\n');
    }
}
