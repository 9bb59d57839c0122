namespace Flms.Testing;

/// <summary>Measures what a piece of code allocates on the managed heap: itself, not the runtime around it.</summary>
/// <remarks>The runtime may allocate on the thread that it runs for whenever code is used for the first time or is
/// recompiled: a type is loaded, a cache grows. When that happens depends on what else the process does, so a single
/// measurement is above zero now and then. Code that allocates does so every time: the least of several counts.
/// <para>The count of a thread's bytes has a second flaw: a collection that any thread starts takes away what is left
/// of this thread's piece of the heap (up to 8 KiB), and the count then holds the rest as if it had been allocated. So
/// the piece is given up before the measurement; a step that allocates nothing never gets another.</para></remarks>
public static class Allocation
{
    private const int Times = 5;

    /// <summary>The fewest bytes that a step allocates in up to five tries; stops at the first that allocates none.
    /// </summary>
    /// <param name="prepare">Makes a fresh world, warms it up, and returns the step to measure.</param>
    public static long Least(Func<Action> prepare)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Times && least > 0; i++)
        {
            var step = prepare();
            GC.Collect(0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
