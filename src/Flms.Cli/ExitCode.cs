namespace Flms.Cli;

/// <summary>What the process says when it ends: see docs/exit-codes.md.</summary>
public static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Fine = 0;

    /// <summary>A bug of flms: an exception that nobody expected.</summary>
    public const int Bug = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>An input file (scenario, recording, map) is missing or wrong.</summary>
    public const int Input = 3;

    /// <summary>Of <c>flms agent status</c>: no agent runs here. As systemctl says it; the verb reads no input
    /// file.</summary>
    public const int Inactive = 3;

    /// <summary>An output file, or standard output, could not be written.</summary>
    public const int Output = 4;

    /// <summary>A policy broke the contract.</summary>
    public const int Policy = 5;

    /// <summary>It cannot be done on this host: no VM, no privilege, a kernel that cannot.</summary>
    public const int Host = 7;

    /// <summary>A cluster is not there, refuses, or lost tasks again and again.</summary>
    public const int Cluster = 8;

    /// <summary>Stopped by Ctrl-C: 128 and the number of SIGINT.</summary>
    public const int Interrupted = 130;
}
