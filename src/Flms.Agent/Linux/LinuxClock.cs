using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>The kernel's clocks, ns.</summary>
internal static partial class LinuxClock
{
    private const int MonotonicClock = 1;
    private const int ThreadClock = 3;  // CLOCK_THREAD_CPUTIME_ID
    private const int AbsoluteTime = 1; // TIMER_ABSTIME

    /// <summary>A clock that only grows.</summary>
    public static long Monotonic => Now(MonotonicClock);

    /// <summary>CPU time that the calling thread has used.</summary>
    public static long OfThisThread => Now(ThreadClock);

    /// <summary>Sleeps until a moment of <see cref="Monotonic"/>; a signal ends it early.</summary>
    public static void SleepUntil(long moment)
    {
        var t = new Time { Seconds = (nint)(moment / 1_000_000_000), Nanoseconds = (nint)(moment % 1_000_000_000) };
        _ = clock_nanosleep(MonotonicClock, AbsoluteTime, t, 0);
    }

    private static long Now(int clock) =>
        clock_gettime(clock, out var t) == 0 ? t.Seconds * 1_000_000_000L + t.Nanoseconds : 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Time time);

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, in Time until, nint left);
}
