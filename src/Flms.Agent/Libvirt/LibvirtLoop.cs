namespace Flms.Agent.Libvirt;

/// <summary>The one thread of this process that talks to libvirt.</summary>
/// <remarks>libvirt has one event loop a process. Whatever a libvirtd that hangs holds up, it is this thread; nobody
/// waits for it.</remarks>
internal sealed class LibvirtLoop
{
    private const int TurnMs = 500;

    private static readonly Lock Guard = new();
    private static LibvirtLoop? TheOne;

    private readonly Lock _guard = new();
    private readonly List<LibvirtWatch> _watches = [];
    private readonly int _timer;

    private LibvirtLoop(LibvirtLibrary library)
    {
        Library = library;
        _timer = library.AddTimer(-1);
        new Thread(Run) { IsBackground = true, Name = "libvirt" }.Start();
    }

    /// <summary>The library.</summary>
    public LibvirtLibrary Library { get; }

    /// <summary>Begins, the first time.</summary>
    /// <returns>Null if this machine has no libvirt.</returns>
    public static LibvirtLoop? TryGet(out string problem)
    {
        lock (Guard)
        {
            problem = "";
            if (TheOne == null && LibvirtLibrary.TryLoad(out problem) is { } library) TheOne = new(library);
            return TheOne;
        }
    }

    /// <summary>From now on <see cref="LibvirtWatch.Turn"/> is called, twice a second and after events.</summary>
    public void Add(LibvirtWatch watch)
    {
        lock (_guard) _watches.Add(watch);
        Wake();
    }

    /// <summary>Lets the next turn begin soon.</summary>
    public void Wake() => Library.SetTimer(_timer, 0);

    private void Run()
    {
        var working = new List<LibvirtWatch>();
        while (Library.RunLoop())
        {
            working.Clear();
            lock (_guard) working.AddRange(_watches);
            foreach (var watch in working)
                if (!watch.Turn())
                    lock (_guard) _watches.Remove(watch);
            // Under the lock, so that a watch that is added now is not forgotten by a timer that sleeps.
            lock (_guard) Library.SetTimer(_timer, _watches.Count == 0 ? -1 : TurnMs);
        }
    }
}
