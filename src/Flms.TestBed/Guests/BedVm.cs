using System.Diagnostics;
using System.Globalization;
using Flms.Agent.Linux;
using Flms.Core;
using Flms.TestBed.Hosts;

namespace Flms.TestBed.Guests;

/// <summary>A virtual machine of the bed, running.</summary>
public sealed class BedVm : IDisposable
{
    private const string Ready = "FLMS-READY";
    private static readonly TimeSpan BootPatience = TimeSpan.FromSeconds(20);
    private static readonly LinuxFiles Files = new();

    private readonly Process _process;
    private readonly GuestLine _line;

    private BedVm(string name, string address, Process process, GuestLine line, int vcpu)
    {
        (Name, Address, Vcpu) = (name, address, vcpu);
        (_process, _line) = (process, line);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its address.</summary>
    public string Address { get; }

    /// <summary>Its process.</summary>
    public int Pid => _process.Id;

    /// <summary>The thread that is its vCPU.</summary>
    public int Vcpu { get; }

    /// <summary>Does it still run?</summary>
    public bool IsAlive => !_process.HasExited;

    /// <summary>CPU time that all its threads have used.</summary>
    public Duration Cpu => new(ThreadsOf(Pid).Sum(RunOf));

    /// <summary>Tells it how much of its time to burn.</summary>
    /// <param name="duty">Percent of each period.</param>
    /// <param name="periodUs">The period in us.</param>
    public void Burn(int duty, int periodUs) => Ask(() => _line.Set(duty, periodUs));

    /// <summary>Asks it how much it has done.</summary>
    public GuestReport Report() => Ask(_line.Read);

    /// <inheritdoc />
    public void Dispose()
    {
        _line.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit(2000);
        _process.Dispose();
    }

    /// <summary>Starts one and waits until its guest is there.</summary>
    /// <param name="command">How QEMU is called.</param>
    /// <param name="space">The network that it is in.</param>
    /// <param name="place">Where it is written down.</param>
    /// <param name="stop">Cancels the waiting.</param>
    /// <param name="why">What QEMU said, if it ended.</param>
    /// <returns>Null if it ends before the guest is there, as with a KVM that does not run it.</returns>
    /// <exception cref="BedFault">The guest has not come for long.</exception>
    internal static BedVm? Start(
        QemuCommand command, NetworkNamespace space, BedPlace place, CancellationToken stop, out string why)
    {
        why = "";
        var process = space.Inside(() => Process.Start(new ProcessStartInfo(QemuCommand.Program, command.Arguments)
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!);
        place.Children.Note(process);
        try
        {
            process.StandardInput.Close();
            if (!IsReady(process, command, stop))
            {
                why = process.StandardError.ReadToEnd().Trim().Split('\n')[^1];
                process.Dispose();
                return null;
            }
            var vcpu = ThreadsOf(process.Id).First(t => IsVcpu(process.Id, t));
            return new(command.Name, command.Address, process, new(space, command.Address), vcpu);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    private static bool IsReady(Process process, QemuCommand command, CancellationToken stop)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < BootPatience;)
        {
            stop.ThrowIfCancellationRequested();
            if (File.Exists(command.Log) && File.ReadAllText(command.Log).Contains(Ready, StringComparison.Ordinal))
                return true;
            if (process.WaitForExit(10)) return false;
        }
        throw new BedFault($"{command.Name} has not started in {BootPatience.TotalSeconds:0} s; "
            + "the machine may be too busy: try again when it is quiet");
    }

    // A guest that does not answer may have no pCPU, or have come to grief itself: what its threads did tells which.
    private GuestReport Ask(Func<GuestReport> question)
    {
        try
        {
            return question();
        }
        catch (BedFault fault)
        {
            // Only now: whoever is measured is not to bear it.
            var before = ThreadsOf(Pid).ToDictionary(t => t, RunOf);
            Thread.Sleep(500);
            throw new BedFault($"{fault.Message} (in the half second after that its threads: "
                + string.Join("; ", ThreadsOf(Pid).Select(t => Told(t, RunOf(t) - before.GetValueOrDefault(t)))) + ")");
        }
    }

    // From the end, since its name may have spaces (proc_pid_stat(5): 52 fields, state is 3, policy is 41).
    private string Told(int thread, long run)
    {
        var stat = (Files.Read($"/proc/{Pid}/task/{thread}/stat") ?? "").Split(' ');
        var name = Files.Read($"/proc/{Pid}/task/{thread}/comm")?.Trim();
        return stat.Length < 52 ? "one has ended" : string.Create(CultureInfo.InvariantCulture,
            $"{name} ran {run / 1_000_000} ms, is {stat[^50]}, policy {stat[^12]}");
    }

    private static IEnumerable<int> ThreadsOf(int process) =>
        Directory.GetDirectories($"/proc/{process}/task")
            .Select(f => int.Parse(Path.GetFileName(f), CultureInfo.InvariantCulture));

    private static bool IsVcpu(int process, int thread) =>
        Files.Read($"/proc/{process}/task/{thread}/comm")?.StartsWith("CPU 0/", StringComparison.Ordinal) == true;

    private long RunOf(int thread) => Files.ReadBytes($"/proc/{Pid}/task/{thread}/schedstat") is { } text
        && ProcText.TryScheduleStatistics(text, out var run, out _, out _) ? run : 0;
}
