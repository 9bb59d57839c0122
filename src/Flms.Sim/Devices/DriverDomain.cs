using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Devices;

/// <summary>A domain that drives the machine's devices for others: its interrupt side, and its back-end
/// threads.</summary>
internal sealed class DriverDomain
{
    private readonly List<BackEndThread> _threads = [];
    private int _served;
    private int _own;

    public DriverDomain(DriverSetup setup, PhysicalNetwork network, int vcpus)
    {
        (Setup, Vcpus) = (setup, vcpus);
        Receiver = new(this, network);
        Completer = new(this);
        if (setup.Assignment == Assignment.Own) return;
        var threads = setup.Threads == 0 ? vcpus : setup.Threads;
        for (var i = 0; i < threads; i++) _threads.Add(new(this, i));
    }

    public DriverSetup Setup { get; }

    public int Vcpus { get; }

    /// <summary>What takes the physical interrupts of the card.</summary>
    public Receiver Receiver { get; }

    /// <summary>What takes those of the disk.</summary>
    public Completer Completer { get; }

    public IReadOnlyList<BackEndThread> Threads => _threads;

    /// <summary>The thread for one more interface or disk.</summary>
    /// <param name="own">Must it have one of its own?</param>
    public BackEndThread ThreadForNext(bool own)
    {
        if (!own && Setup.Assignment == Assignment.RoundRobin)
        {
            var fixedThreads = Setup.Threads == 0 ? Vcpus : Setup.Threads;
            return _threads[_served++ % fixedThreads];
        }
        var thread = new BackEndThread(this, _own++);
        _threads.Add(thread);
        return thread;
    }
}
