using System.Diagnostics;
using Flms.Agent.Linux;
using Flms.Cli;
using Flms.Core;

namespace Flms.Agent.Tests.Cli;

/// <summary>flms as a program where there is no VM, no right to change one, or none to see one: a clear word, its exit
/// code, and nothing touched.</summary>
[Trait("Speed", "Slow")]
public sealed class PoorHostTests
{
    private const string Nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all";

    [SkippableTheory]
    [InlineData("plan")]
    [InlineData("top")]
    [InlineData("apply --once")]
    public void Where_no_VM_runs_that_is_said(string verb)
    {
        // A namespace of processes, with nobody else in it.
        var (code, text) = Run($"exec unshare --pid --fork --mount-proc dotnet {Flms} agent {verb}"
            + (verb.StartsWith("apply", StringComparison.Ordinal) ? " --dry-run" : ""));
        Assert.Equal(ExitCode.Host, code);
        Assert.Contains("no VM runs on this host", text);
    }

    [SkippableFact]
    public void Without_the_right_to_change_threads_it_says_so_and_changes_none()
    {
        using var vm = new PretendVm($"vm-{Environment.ProcessId}-poor", 1);
        using var other = new PretendVm($"vm-{Environment.ProcessId}-rich", 1);
        var config = Path.GetTempFileName();
        var folder = Directory.CreateTempSubdirectory("flms");
        try
        {
            File.WriteAllText(config, $"period: 100ms\nvms:\n  - {{match: {vm.Name}, class: latency}}\n"
                + $"  - {{match: {other.Name}, class: compute}}\n"
                + "  - {match: '*', class: ignore}\n");
            Run($"chmod 644 {config}; chown 65534 {folder.FullName}");
            var before = Masks(vm.Pid);
            var (code, text) = Run($"exec {Nobody} dotnet {Flms} agent apply --once --config {config} "
                + $"--journal {folder.FullName}/journal");
            Assert.Equal(ExitCode.Host, code);
            Assert.Contains("CAP_SYS_NICE", text);
            Assert.Equal(before, Masks(vm.Pid));
        }
        finally
        {
            File.Delete(config);
            folder.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public void Without_privilege_the_doctor_says_that_watching_works_and_changing_does_not()
    {
        var (_, text) = Run($"exec {Nobody} dotnet {Flms} agent doctor");
        Assert.Contains("no CAP_SYS_NICE: watching works, changing does not", text);
        var (code, said) = Run($"exec {Nobody} dotnet {Flms} agent run --mode enforce --socket none");
        Assert.Equal(ExitCode.Output, code);
        Assert.Contains("nothing is changed without a journal", said);
    }

    [SkippableFact]
    public void Where_proc_hides_VMs_that_is_said_instead_of_that_there_are_none()
    {
        using var vm = new PretendVm($"vm-{Environment.ProcessId}-hidden", 1);
        const string hide =
            "exec unshare --mount --propagation private sh -c 'mount -t proc -o hidepid=2 proc /proc && ";
        var (code, text) = Run($"{hide}exec {Nobody} dotnet {Flms} agent top'");
        Assert.Equal(ExitCode.Host, code);
        Assert.Contains("hidepid", text);
        (_, text) = Run($"{hide}exec {Nobody} dotnet {Flms} agent doctor'");
        Assert.Contains("hidepid", text);
    }

    private static string Flms => Path.Combine(Path.GetDirectoryName(typeof(ExitCode).Assembly.Location)!, "flms.dll");

    private static (int Code, string Text) Run(string script)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs root");
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_CLI_HOME"] = "/tmp" },
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }

    private static string Masks(int pid)
    {
        var sched = new LinuxSched();
        var mask = new CpuMask(64);
        return string.Join(' ', Directory.GetDirectories($"/proc/{pid}/task").Order(StringComparer.Ordinal)
            .Where(t => sched.GetAffinity(int.Parse(Path.GetFileName(t), null), mask) == 0)
            .Where(t => File.ReadAllText(t + "/comm").StartsWith("CPU", StringComparison.Ordinal))
            .Select(t => $"{Path.GetFileName(t)}:{mask}"));
    }
}
