using System.CommandLine;
using System.CommandLine.Invocation;
using Flms.Lab;

namespace Flms.Cli;

/// <summary>The command <c>flms</c>: parse, run one verb, exit code.</summary>
public static class Cli
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The words after <c>flms</c>.</param>
    /// <param name="terminal">Where to write.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> args, Terminal terminal)
    {
        int code;
        try
        {
            code = Dispatch(args, terminal);
        }
        catch (Failure failure)
        {
            // An error about a file begins with the file, as compilers write it.
            terminal.Error.WriteLine(failure.Code == ExitCode.Input ? failure.Message : $"flms: {failure.Message}");
            code = failure.Code;
        }
        catch (OperationCanceledException) when (terminal.Stop.IsCancellationRequested)
        {
            code = Say(terminal, ExitCode.Interrupted, "stopped; nothing was written");
        }
        catch (RunFault fault) when (fault.IsPolicyFault)
        {
            code = Say(terminal, ExitCode.Policy, $"a policy broke the contract: {fault.Message}");
        }
        catch (Exception bug)
        {
            code = Report(args, terminal, bug);
        }
        return Flush(terminal, code);
    }

    private static int Dispatch(IReadOnlyList<string> args, Terminal terminal)
    {
        var root = Commands.Root(terminal);
        // "@file" is an ordinary word, and there are no single-letter options to bundle.
        var line = root.Parse(args, new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (line.Action is ParseErrorAction) throw Failure.Usage(Misuse.Explain(line));
        if (line.Action is not Help && Misuse.StrayOption(line) is { } stray) throw Failure.Usage(stray);
        return line.Invoke(new()
        {
            EnableDefaultExceptionHandler = false,
            Error = terminal.Error,
            Output = terminal.Out,
            ProcessTerminationTimeout = null,
        });
    }

    private static int Say(Terminal terminal, int code, string message)
    {
        terminal.Error.WriteLine($"flms: {message}");
        return code;
    }

    private static int Report(IReadOnlyList<string> args, Terminal terminal, Exception bug)
    {
        terminal.Error.WriteLine($"""
            flms: a bug: {bug.GetType().Name}: {bug.Message}
            Please report it with the lines below and the input files; the seed is in the command line or the scenario.
            version: {Build.Description}
            command: {CommandLine.Of(args)}
            {bug}
            """);
        return ExitCode.Bug;
    }

    private static int Flush(Terminal terminal, int code)
    {
        try
        {
            terminal.Out.Flush();
            return code;
        }
        catch (IOException e)
        {
            return Say(terminal, code == ExitCode.Fine ? ExitCode.Output : code, $"standard output: {e.Message}");
        }
    }
}
