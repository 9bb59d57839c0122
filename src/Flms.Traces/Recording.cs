using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>A virtual machine of a recorded host.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Threads">Its threads: the virtual processors in order of their numbers, then the others in the order of
/// the map.</param>
/// <param name="Vcpus">How many of them are virtual processors.</param>
public sealed record RecordedVm(string Name, IReadOnlyList<RecordedThread> Threads, int Vcpus)
{
    /// <summary>The recorded times from a wake-up to running, of its virtual processors.</summary>
    public Histogram WakeToRun { get; } = new();

    /// <summary>All recorded times from runnable to running, of its virtual processors.</summary>
    public Histogram Wait { get; } = new();

    /// <summary>The recorded times from a wake-up until its work was done, of its virtual processors.</summary>
    public Histogram Response { get; } = new();

    /// <summary><see cref="Wait"/> of its other threads.</summary>
    public Histogram OtherWait { get; } = new();

    /// <summary><see cref="Response"/> of its other threads.</summary>
    public Histogram OtherResponse { get; } = new();

    /// <summary>The time that all its threads held a pCPU.</summary>
    public Duration Run
    {
        get
        {
            var sum = Duration.Zero;
            foreach (var t in Threads) sum += t.Run;
            return sum;
        }
    }
}

/// <summary>What happened on a real host: who ran where, who woke when, and what each thread wanted.</summary>
/// <remarks>Read it with <see cref="TryRead"/>; run it with <see cref="ReplayPlan"/>.</remarks>
public sealed class Recording
{
    private Recording(SchedTrace trace, RecordedThread[] threads, IReadOnlyList<RecordedVm> vms)
    {
        (File, Format, Pcpus) = (trace.File, trace.Format, trace.Pcpus);
        (Events, OtherEvents, LostEvents) = (trace.Count, trace.OtherEvents, trace.LostEvents);
        (Threads, Vms, Warnings) = (threads, vms, trace.Warnings);
    }

    /// <summary>The file that it was read from.</summary>
    public string File { get; }

    /// <summary>Which tool wrote it.</summary>
    public RecordingFormat Format { get; }

    /// <summary>How many pCPUs the host had, as far as the recording shows.</summary>
    public int Pcpus { get; }

    /// <summary>How long it is, from the first event to the last.</summary>
    public Duration Length { get; private init; }

    /// <summary>How many sched events were read.</summary>
    public int Events { get; }

    /// <summary>How many events of other kinds were skipped.</summary>
    public long OtherEvents { get; }

    /// <summary>How many events the recorder said it had lost.</summary>
    public long LostEvents { get; }

    /// <summary>How many switches are missing, as others' lines show.</summary>
    public int MissedSwitches { get; private init; }

    /// <summary>The virtual machines, in the order of the map.</summary>
    public IReadOnlyList<RecordedVm> Vms { get; }

    /// <summary>Every thread that occurs in the recording.</summary>
    public IReadOnlyList<RecordedThread> Threads { get; }

    /// <summary>For each pCPU, who held it when, in order of time.</summary>
    public IReadOnlyList<IReadOnlyList<Stretch>> Stretches { get; private init; } = [];

    /// <summary>The recorded machine, as far as the map tells it.</summary>
    public RecordedHost Host { get; private set; } = new();

    /// <summary>What the user should know: a line each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads a recording and the map of its threads.</summary>
    /// <param name="path">Text of tracefs, <c>trace-cmd report</c> or <c>perf script</c>.</param>
    /// <param name="map">The map of threads (JSON); null for the file of the same name with the ending .json, or, if
    /// there is none, by the threads' names.</param>
    /// <param name="recording">The recording; null on an error.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public static RecordingError? TryRead(string path, string? map, out Recording? recording)
    {
        recording = null;
        if (RecordingReader.Read(path, out var trace) is { } error) return error;
        map ??= MapBeside(path);
        List<MappedThread> threads;
        var host = new RecordedHost();
        if (map == null) threads = ThreadMap.Guess(trace!);
        else if (ThreadMap.Read(map, out threads, out host) is { } mapError) return mapError;
        if (From(trace!, threads, map ?? path, out recording) is { } unfit) return unfit;
        recording!.Host = host;
        return null;
    }

    private static string? MapBeside(string path)
    {
        var beside = Path.ChangeExtension(path, ".json");
        return beside != path && System.IO.File.Exists(beside) ? beside : null;
    }

    /// <summary>Follows the threads of a recording that was read.</summary>
    internal static RecordingError? From(
        SchedTrace trace, List<MappedThread> map, string mapFile, out Recording? recording)
    {
        recording = null;
        if (trace.Events[^1].Ns - trace.Events[0].Ns >= EventQueue.Horizon.Ns)
            return new(trace.File, 1, 1, "longer than 39 hours", "cut a shorter piece");
        var threads = new RecordedThread[trace.Threads.Count];
        for (var i = 0; i < threads.Length; i++)
            threads[i] = new() { Tid = trace.Threads[i].Tid, Name = trace.Threads[i].Name };
        var vms = Assign(trace, threads, map);
        var vcpus = 0;
        foreach (var vm in vms) vcpus += vm.Vcpus;
        if (vcpus == 0)
            return new(mapFile, 1, 1, "no thread of the recording is known to be a virtual processor",
                "write a map of threads (docs/recordings.md) and name it NAME.json beside NAME.trace");
        var waits = new Histogram?[threads.Length];
        var wakes = new Histogram?[threads.Length];
        var responses = new Histogram?[threads.Length];
        foreach (var vm in vms)
            for (var i = 0; i < vm.Threads.Count; i++)
            {
                if (trace.IndexOf(vm.Threads[i].Tid) is not (>= 0 and var place)) continue;
                var isVcpu = i < vm.Vcpus;
                (waits[place], responses[place]) = isVcpu ? (vm.Wait, vm.Response) : (vm.OtherWait, vm.OtherResponse);
                if (isVcpu) wakes[place] = vm.WakeToRun;
            }
        var recovery = new DemandRecovery(trace, threads, wakes, waits, responses);
        var length = recovery.Run();
        if (length.Ns <= 0)
            return new(trace.File, 1, 1, "all events are of one moment", "record for longer");
        Warn(trace, recovery.MissedSwitches, threads);
        recording = new(trace, threads, vms)
        {
            Length = length,
            MissedSwitches = recovery.MissedSwitches,
            Stretches = recovery.Stretches,
        };
        return null;
    }

    private static List<RecordedVm> Assign(SchedTrace trace, RecordedThread[] threads, List<MappedThread> map)
    {
        var names = new List<string>();
        foreach (var mapped in map)
            if (!names.Contains(mapped.Vm)) names.Add(mapped.Vm);
        var vms = new List<RecordedVm>();
        foreach (var name in names)
        {
            var vcpus = new List<RecordedThread>();
            var others = new List<RecordedThread>();
            foreach (var mapped in map)
            {
                if (mapped.Vm != name) continue;
                var place = trace.IndexOf(mapped.Tid);
                // A processor that slept all the time is still one; any other thread that never occurs is of no
                // interest.
                if (place < 0 && mapped.Vcpu < 0) continue;
                var thread = place >= 0 ? threads[place] : new() { Tid = mapped.Tid, Name = "" };
                (thread.Vm, thread.Role) = (mapped.Vm, mapped.Role);
                (thread.Vcpu, thread.Kernel) = (mapped.Vcpu, mapped.Kernel);
                (thread.Vcpu >= 0 ? vcpus : others).Add(thread);
            }
            vcpus.Sort((a, b) => a.Vcpu.CompareTo(b.Vcpu));
            if (vcpus.Count > 0)
            {
                vms.Add(new(name, [.. vcpus, .. others], vcpus.Count));
                continue;
            }
            foreach (var thread in others) (thread.Vm, thread.Role) = (null, "other");
            trace.Warnings.Add(
                $"{trace.File}: {name} has no virtual processor in the map: its threads count as others");
        }
        return vms;
    }

    private static void Warn(SchedTrace trace, int missed, RecordedThread[] threads)
    {
        if (missed > 0)
            trace.Warnings.Add($"{trace.File}: {missed} switches are missing from the recording; "
                + "each was put as early as the lines around it allow");
        long unrecorded = 0, wakes = 0;
        foreach (var t in threads)
        {
            if (t.Vm == null) continue;
            unrecorded += t.WakesNotRecorded;
            wakes += t.Wakes;
        }
        if (unrecorded > 0)
            trace.Warnings.Add($"{trace.File}: {unrecorded} of {wakes + unrecorded} wake-ups are missing from the "
                + "recording; each was taken to be at the moment the thread ran; record sched_wakeup too");
    }
}
