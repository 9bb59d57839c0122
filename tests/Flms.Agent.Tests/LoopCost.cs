using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests;

/// <summary>What an agent in mode enforce costs, on the real kernel, for real processes that look like QEMUs: reading,
/// classifying, planning, applying.</summary>
internal static class LoopCost
{
    private const int PerVm = 50; // vCPUs; each VM has three threads more
    private const int WarmUp = 300; // until .NET has translated it well, as in an agent that has run for some minutes
    private const int Periods = 100;

    public static void Measure(int threads)
    {
        var vms = new List<PretendVm>();
        try
        {
            for (var left = threads; left > 0; left -= PerVm)
            {
                vms.Add(new((vms.Count % 2 == 0 ? "web" : "batch") + vms.Count, Math.Min(left, PerVm)));
                vms[^1].Tell("rest");
            }
            Measure();
        }
        finally
        {
            foreach (var vm in vms) vm.Dispose();
        }
    }

    private static void Measure()
    {
        var files = new LinuxFiles();
        var calls = new LinuxSched();
        var cpus = HostCpus.Read(files, [], out _)!;
        var slice = HostFacts.BaseSlice(calls);
        AgentSettings settings = new()
        {
            Mode = AgentMode.Enforce,
            Pace = new() { Budget = 100_000 },
            Plan = new() { Lend = false, Judge = false },
            Vms = [new("web*", new(DomainKind.Latency)), new("batch*", new(DomainKind.Compute))],
        };
        var words = new OperatorWords(settings);
        using var observer = new Observer(files, settings.Classes, words.Of);
        using var journal = new FakeJournal();
        var lever = new Lever(files, calls, journal, cpus, slice);
        var loop = new AgentLoop(words, observer, new(files, calls, cpus, settings.Flms),
            new(cpus, settings.Flms, settings.Plan, slices: slice > 0), lever, new(files, cpus, lever),
            new((_, _) => { }));
        // A period is as long as it says; the threads sleep, and so would the agent in between.
        var now = Instant.Zero;
        for (var i = 0; i < WarmUp; i++)
        {
            loop.Step(now += 1.Seconds, Duration.Zero);
            if (i % 10 == 0) Thread.Sleep(100);
        }
        // Every fifth period it looks for VMs as well.
        var turns = new long[5];
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Periods; i++)
        {
            var before = Own();
            loop.Step(now += 1.Seconds, Duration.Zero);
            turns[i % turns.Length] += Own() - before;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        long reading = 0;
        for (var i = 0; i < Periods; i++)
        {
            var before = Own();
            observer.Step(now += 1.Seconds);
            reading += Own() - before;
        }
        var (all, scanning) = (turns.Sum(), turns.Max());
        var each = Periods / turns.Length;
        Console.Out.WriteLine($"{observer.Sampler.Count} threads, {lever.Count} of them placed, in {observer.Vms.Count}"
            + $" VMs: {all / Periods / 1000} us of CPU a period: {(all - scanning) / (Periods - each) / 1000} us, of "
            + $"which {reading / Periods / 1000} us to read and classify, and {scanning / each / 1000} us every fifth "
            + $"period; {allocated / Periods} bytes allocated a period");
        Assert.True(loop.Release().Fine);

        // CPU time of this thread.
        long Own()
        {
            ProcText.TryScheduleStatistics(files.ReadBytes("/proc/thread-self/schedstat"), out var run, out _, out _);
            return run;
        }
    }
}
