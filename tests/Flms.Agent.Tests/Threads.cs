using System.Runtime.InteropServices;

namespace Flms.Agent.Tests;

/// <summary>What tests need to know of their own threads.</summary>
internal static partial class Threads
{
    /// <summary>The kernel's number of this thread.</summary>
    public static int OwnNumber() => gettid();

    [LibraryImport("libc")]
    private static partial int gettid();
}
