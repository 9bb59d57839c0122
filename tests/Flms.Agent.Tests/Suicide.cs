using System.Runtime.InteropServices;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests;

/// <summary>Applies a plan to a real VM, and kills itself with SIGKILL at a given step: before or after any call of the
/// kernel, or any line of the journal.</summary>
internal static partial class Suicide
{
    private const int Kill = 9;

    /// <returns>0 if it came to the end alive.</returns>
    /// <param name="name">The VM.</param>
    /// <param name="path">The journal.</param>
    /// <param name="step">At which step.</param>
    /// <param name="boost">Only the first thread, but boosted for a while?</param>
    public static int Apply(string name, string path, int step, bool boost)
    {
        var files = new LinuxFiles();
        var calls = new Calls(new LinuxSched(), new Countdown(step));
        var cpus = HostCpus.Read(files, [], out _)!;
        using var observer = new Observer(files, new(), _ => null);
        observer.Rescan();
        var slice = HostFacts.BaseSlice(new LinuxSched());
        if (JournalFile.Open(path, HostFacts.BootOf(files), slice, cpus.Size, out var file) < 0) return 3;
        using var journal = new Counted(file!, calls.Countdown);
        var lever = new Lever(files, calls, journal, cpus, slice);
        if (file!.Before is { } before) lever.Adopt(before);
        var vm = observer.Vms.Single(v => v.Vm.Name == name);
        foreach (var thread in boost ? vm.Threads.Take(1) : vm.Threads)
        {
            var allowed = cpus.AllowedTo(files, thread.Thread.FileFolder);
            var narrow = new CpuMask(cpus.Size);
            narrow.Add(allowed.First());
            if (lever.Apply(Line(narrow, 200.Us, null)) != LeverOutcome.Changed) return 4;
            if (!boost) continue;
            foreach (var runtime in (Duration[])[100.Us, 50.Us])
                if (lever.Apply(Line(allowed, null, new Reservation(runtime, 1.Ms, Paced: false)))
                    != LeverOutcome.Changed) return 5;
            if (lever.Apply(Line(narrow, 200.Us, null)) != LeverOutcome.Changed) return 6;

            PlanLine Line(CpuMask cpus, Duration? slice, Reservation? budget) => new(new()
            {
                Thread = thread.Thread.Id,
                Process = vm.Vm.Process,
                Vm = name,
                Role = thread.Thread.Role,
                Treatment = Treatment.Latency,
                Allowed = allowed,
            }, CpuMask.Copy(cpus), slice, PlanReason.Latency, budget);
        }
        return 0;
    }

    private sealed class Countdown(int left)
    {
        private int _left = left;

        public void Step()
        {
            if (--_left == 0) _ = kill(Environment.ProcessId, Kill);
        }
    }

    private sealed class Calls(ISchedCalls inner, Countdown countdown) : ISchedCalls
    {
        public Countdown Countdown => countdown;

        public int GetAffinity(int tid, CpuMask into) => Around(() => inner.GetAffinity(tid, into));

        public int SetAffinity(int tid, CpuMask cpus) => Around(() => inner.SetAffinity(tid, cpus));

        public int GetAttributes(int tid, out SchedAttributes attributes)
        {
            var read = default(SchedAttributes);
            var error = Around(() => inner.GetAttributes(tid, out read));
            attributes = read;
            return error;
        }

        public int SetAttributes(int tid, in SchedAttributes attributes)
        {
            var copy = attributes;
            return Around(() => inner.SetAttributes(tid, copy));
        }

        private int Around(Func<int> call)
        {
            countdown.Step();
            var result = call();
            countdown.Step();
            return result;
        }
    }

    private sealed class Counted(IAppendFile inner, Countdown countdown) : IAppendFile
    {
        public int Append(ReadOnlySpan<byte> bytes)
        {
            countdown.Step();
            // Dying in the middle of a line: half of it is there.
            var error = inner.Append(bytes[..(bytes.Length / 2)]);
            countdown.Step();
            if (error == 0) error = inner.Append(bytes[(bytes.Length / 2)..]);
            countdown.Step();
            return error;
        }

        public void Dispose() => inner.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
