namespace Flms.Agent.Linux;

/// <summary>Error numbers of Linux that the agent meets, and their names.</summary>
public static class Errno
{
    /// <summary>EPERM: not allowed.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT: no such file; in /proc, a process that is gone.</summary>
    public const int NoEntry = 2;

    /// <summary>ESRCH: no such thread.</summary>
    public const int NoProcess = 3;

    /// <summary>EINTR: a signal came in between.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO: the device failed.</summary>
    public const int InputOutput = 5;

    /// <summary>EBADF: not an open file.</summary>
    public const int BadFile = 9;

    /// <summary>ENOMEM: no memory.</summary>
    public const int NoMemory = 12;

    /// <summary>EACCES: permission denied.</summary>
    public const int Access = 13;

    /// <summary>EBUSY: in use.</summary>
    public const int Busy = 16;

    /// <summary>EEXIST: something is there already.</summary>
    public const int Exists = 17;

    /// <summary>EINVAL: a value that the kernel does not take; for an affinity, no CPU of it may be used.</summary>
    public const int Invalid = 22;

    /// <summary>EMFILE: this process has too many files open.</summary>
    public const int TooManyFiles = 24;

    /// <summary>ENOSPC: the device is full.</summary>
    public const int NoSpace = 28;

    /// <summary>ESPIPE: the file cannot be read but from its beginning to its end.</summary>
    public const int NoSeek = 29;

    /// <summary>ENOSYS: this kernel has no such call.</summary>
    public const int NoCall = 38;

    /// <summary>The name, as in <c>ESRCH</c>.</summary>
    /// <param name="number">Positive or negative.</param>
    public static string NameOf(int number) => Math.Abs(number) switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        NoProcess => "ESRCH",
        Interrupted => "EINTR",
        InputOutput => "EIO",
        BadFile => "EBADF",
        NoMemory => "ENOMEM",
        Access => "EACCES",
        Busy => "EBUSY",
        Exists => "EEXIST",
        Invalid => "EINVAL",
        TooManyFiles => "EMFILE",
        NoSpace => "ENOSPC",
        NoSeek => "ESPIPE",
        NoCall => "ENOSYS",
        var other => $"errno {other}",
    };

    /// <summary>Does it only say that the thread or process has ended?</summary>
    /// <param name="number">Positive or negative.</param>
    public static bool IsGone(int number) => Math.Abs(number) is NoProcess or NoEntry;
}
