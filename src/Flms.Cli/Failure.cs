namespace Flms.Cli;

/// <summary>The verb cannot go on, for a reason the user can do something about.</summary>
/// <param name="code">How the process ends: one of <see cref="ExitCode"/>.</param>
/// <param name="message">One line: what is wrong, and what to do.</param>
public sealed class Failure(int code, string message) : Exception(message)
{
    /// <summary>How the process ends: one of <see cref="ExitCode"/>.</summary>
    public int Code { get; } = code;

    /// <summary>The command line is wrong.</summary>
    public static Failure Usage(string message) => new(ExitCode.Usage, message);

    /// <summary>An input file is missing or wrong.</summary>
    public static Failure Input(string message) => new(ExitCode.Input, message);

    /// <summary>An output could not be written.</summary>
    public static Failure Output(string message) => new(ExitCode.Output, message);

    /// <summary>This host is not one where it can be done.</summary>
    public static Failure Host(string message) => new(ExitCode.Host, message);
}
