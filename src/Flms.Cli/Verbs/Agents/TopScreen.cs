using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows top on a terminal, in place, until q or Ctrl-C; what was there before comes back at the end.
/// </summary>
internal sealed class TopScreen : IDisposable
{
    // vCPU ready time that operators' alarms speak of: 5 and 10 % (spec host-agent 1.2).
    private const decimal High = 0.05m;
    private const decimal VeryHigh = 0.10m;

    private readonly Terminal _terminal;
    private readonly CancellationTokenSource _ended;

    /// <summary>Takes the screen over.</summary>
    public TopScreen(Terminal terminal)
    {
        _terminal = terminal;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(terminal.Stop);
        terminal.Out.Write("\e[?1049h\e[?25l");
    }

    /// <summary>The user has had enough.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Shows figures.</summary>
    /// <param name="headline">A line above them.</param>
    /// <param name="vms">The figures.</param>
    /// <param name="order">Their order.</param>
    public void Show(string headline, VmsReport vms, TopOrder order) =>
        _terminal.Out.Write(Draw(headline, vms, order, _terminal, _terminal.SizeNow()));

    /// <summary>Waits, and listens for keys.</summary>
    /// <returns>False if the user has had enough.</returns>
    public bool Wait(TimeSpan time)
    {
        const int look = 100; // ms
        for (var left = (int)time.TotalMilliseconds; ; left -= look)
        {
            while (!Console.IsInputRedirected && Console.KeyAvailable)
                if (Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q') _ended.Cancel();
            if (_ended.IsCancellationRequested || left <= 0) return !_ended.IsCancellationRequested;
            _ended.Token.WaitHandle.WaitOne(Math.Min(look, left));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _terminal.Out.Write("\e[?25h\e[?1049l");
        _ended.Dispose();
    }

    /// <summary>What is written to renew the screen.</summary>
    internal static string Draw(
        string headline, VmsReport vms, TopOrder order, Terminal terminal, (int Width, int Height) size)
    {
        using var text = new StringWriter { NewLine = "\n" };
        TopTable.Write(terminal with { Out = text }, vms, order);
        var lines = text.ToString().TrimEnd('\n').Split('\n');
        var rows = TopTable.Rows(vms, order);
        var room = Math.Max(1, size.Height - 3);
        var hidden = rows.Count - room;
        if (hidden > 0) room--;
        List<string> shown = [Cut(headline), Paint("7", Cut(lines[0]))];
        for (var i = 0; i < rows.Count && i < room; i++)
        {
            var delay = rows[i].Vcpu.DelayRatio;
            shown.Add(delay >= VeryHigh ? Paint("31", Cut(lines[i + 1]))
                : delay >= High ? Paint("33", Cut(lines[i + 1])) : Cut(lines[i + 1]));
        }
        if (hidden > 0) shown.Add($"... {hidden + 1} more");
        if (rows.Count == 0) shown.Add("no VM runs here");
        shown.Add("q ends");
        return "\e[H" + string.Concat(shown.Select(l => l + "\e[K\r\n")).TrimEnd('\n', '\r') + "\e[J";

        string Cut(string line) => line.Length > size.Width ? line[..size.Width] : line;
        string Paint(string colour, string line) => terminal.Colour ? $"\e[{colour}m{line}\e[0m" : line;
    }
}
