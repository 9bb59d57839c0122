using Flms.Core;
using Flms.TestBed.Hosts;
using Flms.TestBed.Runs;

namespace Flms.TestBed.Tests.Runs;

/// <summary>Real virtual machines: one that is pinged, two noisy ones, and the agent.</summary>
public sealed class RealBedTests
{
    private static string Programs => Path.Combine(AppContext.BaseDirectory, "lab");

    private static string[] Flms => ["dotnet", Path.Combine(AppContext.BaseDirectory, "flms.dll")];

    [SkippableFact, Trait("Speed", "Slow")]
    public void A_bed_answers_pings_does_work_bears_the_agent_and_leaves_nothing_behind()
    {
        Skip.If(Prerequisites.Problem() is { } problem, Prerequisites.Problem());
        var missing = Prerequisites.Missing;
        Skip.If(missing.Count > 0, $"needs {missing.FirstOrDefault()} (apt-get install {missing.FirstOrDefault()})");
        var left = LeaveSomethingBehind();
        var said = new List<string>();
        int[] processes;
        string name;
        using (var bed = Bed.Make(new() { Noisy = 2, Programs = Programs }, said.Add, CancellationToken.None))
        {
            Assert.Contains(said, line => line.Contains(left, StringComparison.Ordinal));
            Assert.False(Directory.Exists($"/run/flms/lab/{left}"));
            Assert.False(File.Exists($"{NetworkNamespace.Folder}/{left}"));
            (processes, name) = ([.. bed.Vms.Select(vm => vm.Pid)], bed.Prefix.TrimEnd('-'));
            Assert.EndsWith($"/{bed.Latency.Name}/vcpu0", CpuGroupOf(bed.Latency.Pid, bed.Latency.Vcpu));
            Assert.EndsWith($"/{bed.Latency.Name}/emulator", CpuGroupOf(bed.Latency.Pid, bed.Latency.Pid));
            WorkGrowsAsItIsTold(bed);
            Measures(bed);
        }
        Assert.All(processes, pid => Assert.Equal(0, Children.StartOf(pid)));
        Assert.False(File.Exists($"{NetworkNamespace.Folder}/{name}"));
        Assert.False(Directory.Exists($"/run/flms/lab/{name}"));
        Assert.False(Directory.Exists($"{BedCgroups.Root!.Value.Folder}/{name}"));
    }

    // As of a lab that was killed: no process has such a number.
    private static string LeaveSomethingBehind()
    {
        var name = $"flms-lab-{int.MaxValue}-{Environment.ProcessId}";
        Directory.CreateDirectory($"/run/flms/lab/{name}");
        Tool.Run("ip", "netns", "add", name);
        return name;
    }

    private static string CpuGroupOf(int pid, int tid) =>
        File.ReadLines($"/proc/{pid}/task/{tid}/cgroup").Select(line => line.Split(':', 3))
            .First(parts => parts[1].Split(',').Contains("cpu") || parts[1] == "" && parts[2] != "/")[2];

    private static void WorkGrowsAsItIsTold(Bed bed)
    {
        bed.Noisy[0].Burn(100, 20_000);
        var (cpu, loops) = (bed.Noisy[0].Cpu, bed.Noisy[0].Report().Loops);
        // By the VM's own clock, since nobody knows how much of a pCPU it gets here.
        while ((bed.Noisy[0].Cpu - cpu).Ns < 200.Ms.Ns) Thread.Sleep(20);
        var report = bed.Noisy[0].Report();
        Assert.True(report.Loops > loops);
        Assert.Equal((100, 20_000), (report.Duty, report.PeriodUs));
        Assert.Equal(0, bed.Noisy[1].Report().Loops);
        bed.Noisy[0].Burn(0, 20_000);
        Assert.Equal(0, bed.Noisy[0].Report().Duty);
    }

    private static void Measures(Bed bed)
    {
        var plan = new LabPlan
        {
            Settings = [LabSetting.Agent with { MoreSettle = default }],
            Cases = [new(2, 0)],
            Turns = 1,
            Pings = 100,
            Settle = 2.Seconds,
        };
        var told = new List<string>();
        var result = new LabRun(bed, plan, Flms, (_, what) => told.Add(what), CancellationToken.None).Measure();
        var one = Assert.Single(result.Cases);
        Assert.Equal(["stock", "agent"], one.Settings.Select(s => s.Setting));
        foreach (var setting in one.Settings)
        {
            Assert.InRange(setting.Trips.Sent, 50, 1000); // 100, if the machine is not very busy
            Assert.InRange(setting.Trips.Lost, 0, setting.Trips.Sent / 10); // some, if the machine is very busy
            Assert.InRange(setting.Trips.P50, 0.01, 2000);
            Assert.InRange(setting.NoisyCpu, 0.1, 2.1);
            Assert.True(setting.FairWork > 0);
        }
        Assert.InRange(one.Settings[1].Agent, 0.0001, 2);
        Assert.InRange(told.Count, 3, 12); // a step each; some twice, if the machine's own host disturbs it
    }
}
