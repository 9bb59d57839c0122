using System.Diagnostics;
using System.Globalization;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Tests.Levers;

/// <summary>A real process, the real kernel, and an agent that is killed with SIGKILL.</summary>
public sealed class KilledTests : IDisposable
{
    private const int KilledBy9 = 128 + 9;
    private readonly string _folder = Directory.CreateTempSubdirectory("flms").FullName;
    private readonly LinuxFiles _files = new();
    private readonly LinuxSched _sched = new();
    private readonly HostCpus _cpus;

    public KilledTests() => _cpus = HostCpus.Read(_files, [], out _)!;

    private string JournalPath => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Killed_at_any_step_of_an_apply_everything_can_be_put_back_as_it_was() =>
        KilledAtAnyStep("apply", 3 * 16);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Killed_at_any_step_of_a_boost_everything_can_be_put_back_as_it_was()
    {
        // It needs CAP_SYS_NICE, and a kernel that lets this machine reserve anything.
        var possible = true;
        var thread = new Thread(() => possible =
            _sched.SetAttributes(0, new Reservation(100.Us, 1.Ms, Paced: false).Attributes) == 0);
        thread.Start();
        thread.Join();
        if (possible) KilledAtAnyStep("boost", 4 * 16);
    }

    private void KilledAtAnyStep(string what, int steps)
    {
        var name = $"vm-{Environment.ProcessId}-{what}";
        using var vm = new PretendVm(name, 1);
        var before = Snapshot(vm.Pid);
        var (step, code, touched) = (1, KilledBy9, 0);
        for (; code == KilledBy9; step++)
        {
            code = Apply(name, step, what);
            if (!SameAs(before, Snapshot(vm.Pid))) touched++;
            Restore();
            var after = Snapshot(vm.Pid);
            // The runtime's own threads come and go.
            var still = before.Where(pair => after.ContainsKey(pair.Key)).ToList();
            Assert.True(still.Count >= 3);
            foreach (var (tid, state) in still)
                Assert.True(state.SameAs(after[tid]), $"step {step}, thread {tid}: {state} became {after[tid]}");
        }
        Assert.Equal(0, code);
        // Each change is at least eight calls and lines; and most deaths left something behind.
        Assert.True(step > steps && touched > 3, $"{step} steps, {touched} times something was left");
    }

    [Fact]
    public void A_second_agent_goes_on_with_what_a_killed_one_left_and_still_knows_how_it_was()
    {
        var name = $"vm-{Environment.ProcessId}-adopt";
        using var vm = new PretendVm(name, 1);
        var before = Snapshot(vm.Pid);
        Assert.Equal(KilledBy9, Apply(name, 20));
        Assert.Equal(4, Apply(name, int.MaxValue)); // what the first had done is not done again
        Restore();
        Assert.True(SameAs(before, Snapshot(vm.Pid)));
    }

    [Fact]
    public void Two_agents_at_once_the_second_is_refused()
    {
        Assert.Equal(0, JournalFile.Open(JournalPath, "boot", 1, _cpus.Size, out var first));
        using (first) Assert.Equal(-JournalFile.InUse, JournalFile.Open(JournalPath, "boot", 1, _cpus.Size, out _));
        Assert.Equal(0, JournalFile.Open(JournalPath, "boot", 1, _cpus.Size, out var next));
        next!.Dispose();
    }

    [Fact]
    public void A_journal_of_another_boot_is_begun_anew_and_a_link_is_not_followed()
    {
        File.WriteAllText(JournalPath, System.Text.Encoding.ASCII.GetString(JournalText.Head("other boot", 1)));
        Assert.Equal(0, JournalFile.Open(JournalPath, "boot", 7, _cpus.Size, out var journal));
        journal!.Dispose();
        Assert.Equal("boot", Journal.Read(File.ReadAllText(JournalPath), 8)!.Boot);
        var target = Path.Combine(_folder, "target");
        File.WriteAllText(target, "precious");
        File.CreateSymbolicLink(JournalPath + "2", target);
        Assert.True(JournalFile.Open(JournalPath + "2", "boot", 7, _cpus.Size, out _) < 0);
        Assert.Equal("precious", File.ReadAllText(target));
    }

    [Fact]
    public void A_journal_that_is_made_short_tells_the_same()
    {
        Assert.Equal(0, JournalFile.Open(JournalPath, "boot", 5, _cpus.Size, out var journal));
        var cpus = new Core.CpuMask(_cpus.Size).Fill();
        var entry = new JournalEntry(new(1, 2), new(3, 4), new(cpus, new() { RuntimeNs = 5 }))
        {
            Done = new(cpus, new() { RuntimeNs = 6 }),
            Intended = new(cpus, new() { RuntimeNs = 7 }),
        };
        for (var i = 0; i < 100; i++)
            journal!.Append(JournalText.Line(
                new(JournalKind.Done, entry.Process, entry.Thread, entry.Original, entry.Original)));
        Assert.Equal(0, journal!.Shorten("boot", 5, [entry]));
        Assert.Equal(-JournalFile.InUse, JournalFile.Open(JournalPath, "boot", 5, _cpus.Size, out _));
        journal.Dispose();
        var read = Journal.Read(File.ReadAllText(JournalPath), _cpus.Size)!;
        var same = Assert.Single(read.Entries);
        Assert.Equal(("boot", 5UL, 0), (read.Boot, read.BaseSliceNs, read.Broken));
        Assert.Equal((5UL, 6UL, 7UL), (same.Original.Attributes.RuntimeNs, same.Done!.Value.Attributes.RuntimeNs,
            same.Intended!.Value.Attributes.RuntimeNs));
        Assert.False(File.Exists(JournalPath + ".new"));
    }

    private Dictionary<int, SchedState> Snapshot(int pid)
    {
        var states = new Dictionary<int, SchedState>();
        foreach (var folder in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            var tid = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
            if (SchedState.Read(_sched, tid, _cpus.Size, out var state) == 0) states[tid] = state;
        }
        return states;
    }

    private static bool SameAs(Dictionary<int, SchedState> before, Dictionary<int, SchedState> after) =>
        before.All(pair => !after.TryGetValue(pair.Key, out var now) || now.SameAs(pair.Value));

    private int Apply(string vm, int step, string what = "apply")
    {
        var start = new ProcessStartInfo("dotnet");
        foreach (var word in (string[])[typeof(Suicide).Assembly.Location, what, vm, JournalPath,
                     step.ToString(CultureInfo.InvariantCulture)]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private void Restore()
    {
        var slice = HostFacts.BaseSlice(_sched);
        Assert.Equal(0, JournalFile.Open(JournalPath, HostFacts.BootOf(_files), slice, _cpus.Size, out var journal));
        using (journal)
        {
            var lever = new Lever(_files, _sched, journal!, _cpus, slice);
            if (journal!.Before is { } before) lever.Adopt(before);
            var tally = new Rounds(_files, _cpus, lever).Restore();
            Assert.True(tally.Fine);
            Assert.Equal(0, tally[LeverOutcome.TakenOver]);
            Assert.Empty(lever.Ours);
        }
    }
}
