using System.Diagnostics;
using System.Globalization;
using Flms.TestBed.Hosts;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Runs;

/// <summary>The remote machine, at work: a real-time process that pings a guest.</summary>
internal sealed class Pinger : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private Pinger(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts one.</summary>
    public static Pinger Start(
        string program, NetworkNamespace space, BedPlace place, string address, int count, int rate, int seed)
    {
        string[] words = string.Create(CultureInfo.InvariantCulture, $"{address} {count} {rate} {seed}").Split(' ');
        var process = space.Inside(() => Process.Start(new ProcessStartInfo(program, words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        place.Children.Note(process);
        return new(process);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>What it has measured.</returns>
    /// <exception cref="BedFault">It could not.</exception>
    public IReadOnlyList<Ping> Finish(CancellationToken stop)
    {
        _process.WaitForExitAsync(stop).GetAwaiter().GetResult();
        if (_process.ExitCode != 0) throw new BedFault(_error.Result.Trim());
        return Ping.Parse(_output.Result);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
