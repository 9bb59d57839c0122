using System.Text.Json;
using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Cli;

namespace Flms.Agent.Tests.Recording;

/// <summary>The kernel's own events, of processes whose threads are called like a QEMU's.</summary>
public sealed class RecordVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms-record-").FullName;

    private string Trace => Path.Combine(_folder, "host.trace");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void What_real_threads_run_and_wait_is_read_again_as_the_kernel_counts_it()
    {
        Need();
        using var busy = new PretendVm($"vm-{Environment.ProcessId}-busy", Environment.ProcessorCount + 1);
        using var calm = new PretendVm($"vm-{Environment.ProcessId}-calm", 1);
        busy.Tell("burn");
        var (code, text, error) = Run("record", Trace, "--for", "1500ms", "--json");
        Assert.True(code == ExitCode.Fine, error);
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("time", json.GetProperty("ended").GetString());
        Assert.InRange(json.GetProperty("length_s").GetDouble(), 1.4, 15);
        Assert.Null(Traces.Recording.TryRead(Trace, null, out var read));
        Assert.Equal(json.GetProperty("lost").GetInt64(), read!.LostEvents);
        Skip.If(read.LostEvents > 0, "the machine was so busy that events were lost");
        var (run, kernelRun) = (0L, 0L);
        foreach (var vm in read.Vms.Where(v => v.Name == busy.Name || v.Name == calm.Name))
            foreach (var thread in vm.Threads.Take(vm.Vcpus))
            {
                run += thread.Run.Ns;
                kernelRun += thread.Kernel!.RunNs;
                // A few are cut off at either end, and some kernels do not report every switch.
                var slices = thread.Kernel.Timeslices;
                Assert.InRange(thread.Timeslices, slices * 0.9 - 5, slices * 1.1 + 5);
                AssertNear(thread.Kernel.WaitNs, thread.Wait.Ns, read.Length.Ns);
            }
        // The kernel does not count what the machine below took away from a pCPU.
        AssertNear(kernelRun, run, read.Length.Ns * Environment.ProcessorCount, percent: 40);
        var calmVcpu = read.Vms.Single(v => v.Name == calm.Name).Threads[0];
        Assert.True(calmVcpu.Wakes > 20, $"{calmVcpu.Wakes} wake-ups in {read.Length}");
        Assert.DoesNotContain("dotnet", File.ReadAllText(Trace));
        (code, text, error) = Run("replay", Trace, "--schedulers", "recorded,credit,flms");
        Assert.True(code == ExitCode.Fine, error);
        Assert.Contains(busy.Name, text);

        static void AssertNear(long expected, long actual, long length, int percent = 10) =>
            Assert.InRange(actual, expected - expected * percent / 100 - length / 50,
                expected + expected * percent / 100 + length / 50);
    }

    [SkippableFact]
    public void Ctrl_C_ends_a_recording_and_keeps_it()
    {
        Need();
        using var vm = new PretendVm($"vm-{Environment.ProcessId}-stop", 1);
        vm.Tell("burn");
        using var stop = new CancellationTokenSource();
        var ended = -1;
        var output = new StringWriter();
        var terminal = new Terminal { Out = output, Error = TextWriter.Null, Stop = stop.Token };
        var thread = new Thread(() => ended = Flms.Cli.Cli.Run(["record", Trace, "--for", "1h", "--json"], terminal));
        thread.Start();
        // The part beside the target grows as it records.
        while (thread.IsAlive && !Directory.EnumerateFiles(_folder, "*.trace.*.part").Any(IsGrowing)) Thread.Sleep(20);
        stop.Cancel();
        thread.Join();
        Assert.Equal(ExitCode.Fine, ended);
        Assert.Equal("stopped", JsonDocument.Parse(output.ToString()).RootElement.GetProperty("ended").GetString());
        Assert.Null(Traces.Recording.TryRead(Trace, null, out _));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);

        static bool IsGrowing(string file) => new FileInfo(file) is { Exists: true, Length: > 0 };
    }

    [Theory]
    [InlineData("--for", "1ms")]
    [InlineData("--for", "2h")]
    [InlineData("--max-size", "12")]
    [InlineData("--max-size", "1KiB")]
    [InlineData("--buffer", "9GiB")]
    public void Values_out_of_range_are_refused(string option, string value) =>
        Assert.Equal(ExitCode.Usage, Run("record", Trace, option, value).Code);

    [Fact]
    public void A_recording_has_a_name_of_its_own_kind()
    {
        var (code, _, error) = Run("record", Path.Combine(_folder, "host.json"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("ends in .trace", error);
        Assert.Equal(ExitCode.Usage, Run("record", "/dev/stdout").Code);
    }

    private static void Need()
    {
        var cpus = HostCpus.Read(new LinuxFiles(), [], out var problem);
        Skip.If(cpus == null, problem);
        var refusal = PerfSchedEvents.Open(new LinuxFiles(), [cpus!.Online.First().Index], 64 << 10, out var events);
        events?.Dispose();
        Skip.If(refusal != null, refusal ?? "");
    }

    private static (int Code, string Out, string Error) Run(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = Flms.Cli.Cli.Run(args, new Terminal { Out = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
