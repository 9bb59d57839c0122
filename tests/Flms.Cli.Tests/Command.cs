namespace Flms.Cli.Tests;

/// <summary>What a command line did: exit code, standard output, standard error.</summary>
internal sealed record Outcome(int Code, string Out, string Error)
{
    /// <summary>The standard output without its last line feed, line by line.</summary>
    public string[] Lines => Out.TrimEnd('\n').Split('\n');
}

/// <summary>Runs the command in this process.</summary>
internal static class Command
{
    public static Outcome Run(params string[] args) => Run(new Screen(), args);

    public static Outcome Run(Screen screen, params string[] args)
    {
        var terminal = new Terminal
        {
            Out = screen.Out,
            Error = screen.Error,
            OutIsTerminal = screen.IsTerminal,
            ErrorIsTerminal = screen.IsTerminal,
            Width = screen.Width,
            Colour = screen.Colour,
            Stop = screen.Stop,
        };
        var code = Cli.Run(args, terminal);
        return new(code, screen.Out.ToString()!, screen.Error.ToString()!);
    }

    /// <summary>Checks that it failed with that code, wrote nothing on standard output, and one line of error, which is
    /// returned.</summary>
    public static string Fails(int code, params string[] args)
    {
        var outcome = Run(args);
        Assert.Equal(code, outcome.Code);
        Assert.Equal("", outcome.Out);
        var line = Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        return line;
    }
}

/// <summary>What the command believes it writes on.</summary>
internal sealed record Screen
{
    public TextWriter Out { get; init; } = new StringWriter { NewLine = "\n" };
    public TextWriter Error { get; init; } = new StringWriter { NewLine = "\n" };
    public bool IsTerminal { get; init; }
    public bool Colour { get; init; }
    public int Width { get; init; } = Terminal.PlainWidth;
    public CancellationToken Stop { get; init; }
}
