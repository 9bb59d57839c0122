using System.Diagnostics;
using System.Globalization;

namespace Flms.Cli;

/// <summary>One line on standard error that says how far a long run has come; it goes away when it is done.</summary>
/// <remarks>Nothing is shown in the first two seconds, nor where nobody would see it move. Any thread may
/// report.</remarks>
internal sealed class ProgressLine(Terminal terminal, string what) : IProgress<double>, IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _next = Patience;
    private bool _shown;
    private bool _done;

    /// <summary>So much is done, 0 to 1.</summary>
    public void Report(double value)
    {
        if (!terminal.ErrorIsTerminal || _clock.Elapsed < _next) return;
        lock (_lock)
        {
            if (_done || _clock.Elapsed < _next) return;
            _next = _clock.Elapsed + Pause;
            var full = (int)(Math.Clamp(value, 0, 1) * BarWidth);
            var bar = new string('=', full) + new string('.', BarWidth - full);
            var line = $"{what} [{bar}] {value * 100:0} %{Left(value)}";
            if (line.Length >= terminal.Width) line = line[..(terminal.Width - 1)];
            terminal.Error.Write($"\r{line}\e[K");
            _shown = true;
        }
    }

    /// <summary>Writes a line that stays, for those too who see no other.</summary>
    public void Tell(string line)
    {
        lock (_lock)
        {
            terminal.Error.WriteLine($"{(_shown ? "\r\e[K" : "")}flms: {line}");
            _shown = false;
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _done = true;
            if (_shown) terminal.Error.Write("\r\e[K");
        }
    }

    private string Left(double value)
    {
        if (value < 0.02) return "";
        var seconds = _clock.Elapsed.TotalSeconds * (1 - value) / value;
        return seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $", {seconds:0} s left")
            : string.Create(CultureInfo.InvariantCulture, $", {seconds / 60:0} min left");
    }
}
