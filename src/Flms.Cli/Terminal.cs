using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Flms.Cli;

/// <summary>Where a verb writes, and what it may know of who reads.</summary>
/// <remarks>Tests make one of two string writers; <see cref="OfProcess"/> makes the real one.</remarks>
public sealed partial record Terminal
{
    /// <summary>Columns where nobody says how many there are: a pipe, a file.</summary>
    public const int PlainWidth = 100;

    private const int LeastWidth = 40;

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Does a person look at <see cref="Out"/> as it comes? Default: no.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Does a person look at <see cref="Error"/> as it comes? Default: no.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>How many columns a line may have, 40 or more. Default 100.</summary>
    public int Width { get; init; } = PlainWidth;

    /// <summary>May <see cref="Out"/> have colour? Default: no.</summary>
    public bool Colour { get; init; }

    /// <summary>Asks the verb to stop (Ctrl-C). Default: never.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>A verb that puts something back when it is asked to stop takes the time that this needs: the process
    /// is not ended under it after two seconds, as one is that does not listen. A second Ctrl-C still ends it.
    /// </summary>
    public bool PutsBack { get; set; }

    /// <summary>The terminal this process was started on.</summary>
    /// <remarks>It heeds NO_COLOR, TERM=dumb and COLUMNS.</remarks>
    public static Terminal OfProcess(CancellationToken stop)
    {
        var utf8 = new UTF8Encoding(false);
        var outIsTerminal = !Console.IsOutputRedirected;
        return new()
        {
            Out = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 14) { AutoFlush = outIsTerminal },
            Error = new StreamWriter(Console.OpenStandardError(), utf8, 1 << 10) { AutoFlush = true },
            OutIsTerminal = outIsTerminal,
            ErrorIsTerminal = !Console.IsErrorRedirected && !IsDumb,
            Width = Math.Max(LeastWidth, Columns(outIsTerminal)),
            Colour = outIsTerminal && !IsDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            Stop = stop,
        };
    }

    /// <summary>How large the terminal is now: people drag its corner.</summary>
    /// <returns>Columns and lines; where nobody says, <see cref="Width"/> and 24.</returns>
    public (int Width, int Height) SizeNow()
    {
        const int usual = 24;
        try
        {
            return OutIsTerminal && Console.WindowHeight > 0 ? (Math.Max(LeastWidth, Columns(true)),
                Console.WindowHeight) : (Width, usual);
        }
        catch (IOException)
        {
            return (Width, usual);
        }
    }

    /// <summary>For drawing tables on <see cref="Out"/>.</summary>
    public IAnsiConsole Canvas()
    {
        var canvas = AnsiConsole.Create(new()
        {
            Ansi = Colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new CanvasOutput(this),
        });
        canvas.Profile.Capabilities.Unicode = Unicode;
        canvas.Profile.Width = Width;
        return canvas;
    }

    /// <summary>May <see cref="Out"/> have signs beyond ASCII?</summary>
    internal bool Unicode => OutIsTerminal && !IsDumb;

    /// <summary>How an uncertainty is written.</summary>
    internal string PlusMinus => Unicode ? "±" : "+-";

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") == "dumb";

    private static int Columns(bool outIsTerminal)
    {
        var said = Environment.GetEnvironmentVariable("COLUMNS");
        if (int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0)
            return columns;
        if (!outIsTerminal) return PlainWidth;
        try
        {
            return Console.WindowWidth > 0 ? Console.WindowWidth : PlainWidth;
        }
        catch (IOException)
        {
            return PlainWidth;
        }
    }

    private sealed class CanvasOutput(Terminal terminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => terminal.Out;

        public bool IsTerminal => terminal.OutIsTerminal;

        public int Width => terminal.Width;

        public int Height => 24;

        public void SetEncoding(Encoding encoding) { }
    }
}
