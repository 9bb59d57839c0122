namespace Flms.Core;

/// <summary>How far apart two pCPUs are: what a vCPU that moves between them loses.</summary>
public enum Distance : byte
{
    /// <summary>The same pCPU.</summary>
    Same,

    /// <summary>Two threads of one core: they share all caches.</summary>
    SameCore,

    /// <summary>Two cores of one socket: they share the last-level cache.</summary>
    SameSocket,

    /// <summary>Two sockets with one memory node: no shared cache, memory equally near.</summary>
    SameNode,

    /// <summary>Two memory nodes: no shared cache, and memory left behind is far.</summary>
    Remote,
}

/// <summary>The shape of the machine: which pCPUs share a core, a socket, a memory node. Immutable.</summary>
public sealed class Topology
{
    private readonly (int Core, int Socket, int Node)[] _places;
    private readonly CpuMask[] _coreMasks;
    private readonly CpuMask[] _socketMasks;
    private readonly CpuMask[] _nodeMasks;

    /// <summary>A machine told pCPU by pCPU; numbers are dense from 0, cores are numbered over the whole
    /// machine.</summary>
    /// <param name="core">The core of each pCPU.</param>
    /// <param name="socket">The socket of each pCPU.</param>
    /// <param name="node">The memory node of each pCPU.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, a number is left out, or a core
    /// lies in two sockets.</exception>
    public Topology(ReadOnlySpan<int> core, ReadOnlySpan<int> socket, ReadOnlySpan<int> node)
    {
        if (core.Length == 0 || core.Length != socket.Length || core.Length != node.Length)
            throw new ArgumentException("a topology names core, socket and node of each pCPU, and has at least one");
        _places = new (int, int, int)[core.Length];
        for (var p = 0; p < core.Length; p++) _places[p] = (core[p], socket[p], node[p]);
        All = new CpuMask(core.Length).Fill();
        _coreMasks = Masks(core, "core");
        _socketMasks = Masks(socket, "socket");
        _nodeMasks = Masks(node, "node");
        for (var p = 0; p < core.Length; p++)
            for (var q = CoreMask(new(p)).First(); !q.IsNone; q = CoreMask(new(p)).After(q))
                if (socket[q.Index] != socket[p])
                    throw new ArgumentException($"core {core[p]} lies in sockets {socket[p]} and {socket[q.Index]}");
    }

    /// <summary>How many pCPUs there are.</summary>
    public int Count => _places.Length;

    /// <summary>How many cores.</summary>
    public int Cores => _coreMasks.Length;

    /// <summary>How many sockets.</summary>
    public int Sockets => _socketMasks.Length;

    /// <summary>How many memory nodes.</summary>
    public int Nodes => _nodeMasks.Length;

    /// <summary>Every pCPU. Not to be changed.</summary>
    public CpuMask All { get; }

    /// <summary>A regular machine. pCPUs are numbered thread by thread, core by core, socket by socket.</summary>
    /// <param name="sockets">Sockets, 1 or more.</param>
    /// <param name="cores">Cores in each socket, 1 or more.</param>
    /// <param name="threads">Threads in each core, 1 or more.</param>
    /// <param name="nodes">Memory nodes in all: 1, or a divisor or a multiple of the sockets. Default: one a
    /// socket.</param>
    /// <exception cref="ArgumentException">A number is below 1, or the nodes do not divide evenly.</exception>
    public static Topology Of(int sockets, int cores, int threads = 1, int nodes = 0)
    {
        if (sockets < 1 || cores < 1 || threads < 1) throw new ArgumentException("a machine has at least one of each");
        if (nodes == 0) nodes = sockets;
        var pcpus = checked(sockets * cores * threads);
        if (nodes < 0 || sockets * cores % nodes != 0)
            throw new ArgumentException($"{nodes} memory nodes do not divide {sockets * cores} cores evenly");
        var core = new int[pcpus];
        var socket = new int[pcpus];
        var node = new int[pcpus];
        for (var p = 0; p < pcpus; p++)
        {
            core[p] = p / threads;
            socket[p] = p / (threads * cores);
            node[p] = p / (pcpus / nodes);
        }
        return new(core, socket, node);
    }

    /// <summary>The core of a pCPU.</summary>
    public int CoreOf(PcpuId p) => _places[p.Index].Core;

    /// <summary>The socket of a pCPU.</summary>
    public int SocketOf(PcpuId p) => _places[p.Index].Socket;

    /// <summary>The memory node of a pCPU.</summary>
    public int NodeOf(PcpuId p) => _places[p.Index].Node;

    /// <summary>All threads of the pCPU's core, itself among them. Not to be changed.</summary>
    public CpuMask CoreMask(PcpuId p) => _coreMasks[_places[p.Index].Core];

    /// <summary>All pCPUs of the pCPU's socket. Not to be changed.</summary>
    public CpuMask SocketMask(PcpuId p) => _socketMasks[_places[p.Index].Socket];

    /// <summary>All pCPUs of the pCPU's memory node. Not to be changed.</summary>
    public CpuMask NodeMask(PcpuId p) => _nodeMasks[_places[p.Index].Node];

    /// <summary>All pCPUs of the memory node numbered <paramref name="node"/>. Not to be changed.</summary>
    public CpuMask Node(int node) => _nodeMasks[node];

    /// <summary>How far apart two pCPUs are.</summary>
    public Distance Between(PcpuId a, PcpuId b)
    {
        if (a == b) return Distance.Same;
        ref var x = ref _places[a.Index];
        ref var y = ref _places[b.Index];
        return x.Core == y.Core ? Distance.SameCore
            : x.Node != y.Node ? Distance.Remote
            : x.Socket == y.Socket ? Distance.SameSocket
            : Distance.SameNode;
    }

    private static CpuMask[] Masks(ReadOnlySpan<int> numbers, string what)
    {
        var count = 0;
        foreach (var n in numbers) count = Math.Max(count, n + 1);
        var masks = new CpuMask[count];
        for (var i = 0; i < count; i++) masks[i] = new(numbers.Length);
        for (var p = 0; p < numbers.Length; p++)
        {
            if (numbers[p] < 0) throw new ArgumentException($"pCPU {p} has {what} {numbers[p]}; numbers start at 0");
            masks[numbers[p]].Add(new(p));
        }
        for (var i = 0; i < count; i++)
            if (masks[i].IsEmpty) throw new ArgumentException($"{what} {i} has no pCPU; numbers must be dense");
        return masks;
    }
}
