using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>Hears from the kernel when a program is started or a thread gets a name: a new VM, or a new vCPU of one.
/// </summary>
/// <remarks>
/// <para>The kernel's process connector (netlink), which only root (CAP_NET_ADMIN) in the machine's own namespaces may
/// listen to; without it VMs are found by looking now and then. It tells of every fork on the machine, so a filter in
/// the kernel lets through only what may matter: starts of programs, and threads that are given names as vCPUs have
/// them. QEMU, Cloud Hypervisor and Firecracker name their threads so (spec host-agent 3.1).</para>
/// <para>If so much happens that the kernel drops something, that is told too: then everything must be looked at.
/// </para>
/// </remarks>
public sealed partial class ProcessEvents : IProcessEvents
{
    private const int Netlink = 16, Datagram = 2 | 0x80000 | 0x800; // AF_NETLINK; SOCK_DGRAM, CLOEXEC, NONBLOCK
    private const int Connector = 11;                               // NETLINK_CONNECTOR
    private const int SocketLevel = 1, AttachFilter = 26;           // SOL_SOCKET, SO_ATTACH_FILTER
    private const int Process = 1;                                  // CN_IDX_PROC, and its value
    private const int Listen = 1;                                   // PROC_CN_MCAST_LISTEN
    private const int Again = 11;                                   // EAGAIN: none is there

    // A message: header of netlink (16 bytes), of the connector (20), then what, CPU, time (8 bytes), and the event.
    private const int WhatAt = 36, PidAt = 52, NameAt = 60;
    private const uint Executed = 0x2, Named = 0x200;               // PROC_EVENT_EXEC, PROC_EVENT_COMM

    private readonly int _socket;
    private readonly byte[] _message = new byte[512];

    private ProcessEvents(int socket) => _socket = socket;

    /// <summary>Begins to listen.</summary>
    /// <param name="events">What hears; null if nothing may.</param>
    /// <returns>0, or the negative error number.</returns>
    public static int Open(out ProcessEvents? events)
    {
        events = null;
        var file = socket(Netlink, Datagram, Connector);
        if (file < 0) return -Marshal.GetLastPInvokeError();
        var error = Subscribe(file);
        if (error == 0) events = new(file);
        else _ = close(file);
        return error;
    }

    /// <inheritdoc />
    public int Next(out int pid, out bool vcpu)
    {
        (pid, vcpu) = (0, false);
        while (true)
        {
            var n = (int)recv(_socket, _message, _message.Length, 0);
            if (n < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Errno.Interrupted) continue;
                return error == Again ? 0 : -error;
            }
            if (n < NameAt) continue;
            // Process, not thread: the second number.
            pid = BinaryPrimitives.ReadInt32LittleEndian(_message.AsSpan(PidAt + 4));
            vcpu = BinaryPrimitives.ReadUInt32LittleEndian(_message.AsSpan(WhatAt)) == Named;
            return 1;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _ = close(_socket);

    private static unsafe int Subscribe(int file)
    {
        var address = stackalloc byte[12];
        new Span<byte>(address, 12).Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(new(address, 2), Netlink);
        BinaryPrimitives.WriteInt32LittleEndian(new(address + 8, 4), Process); // the group
        var filter = Filter();
        fixed (Instruction* code = filter)
        {
            var program = new Program { Length = (ushort)filter.Length, Code = code };
            if (setsockopt(file, SocketLevel, AttachFilter, &program, sizeof(Program)) < 0)
                return -Marshal.GetLastPInvokeError();
        }
        if (bind(file, address, 12) < 0) return -Marshal.GetLastPInvokeError();
        var message = new byte[40];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), 3); // NLMSG_DONE
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(16), Process);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(20), Process);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(32), 4); // bytes behind the header
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(36), Listen);
        return send(file, message, message.Length, 0) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    // Programs of the classic packet filter read numbers as a network has them, most significant byte first.
    private static Instruction[] Filter()
    {
        const ushort load = 0x20, equal = 0x15, end = 0x06; // BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
        uint Bytes(uint machine) => BinaryPrimitives.ReverseEndianness(machine);
        uint Text(string four) => BinaryPrimitives.ReadUInt32BigEndian(System.Text.Encoding.ASCII.GetBytes(four));
        return
        [
            new(load, 0, 0, WhatAt),
            new(equal, 6, 0, Bytes(Executed)), // to the last
            new(equal, 0, 4, Bytes(Named)),    // else to the last but one
            new(load, 0, 0, NameAt),
            new(equal, 3, 0, Text("CPU ")),
            new(equal, 2, 0, Text("vcpu")),
            new(equal, 1, 0, Text("fc_v")),
            new(end, 0, 0, 0),                 // nothing of it
            new(end, 0, 0, uint.MaxValue),     // all of it
        ];
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte True, byte False, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Program
    {
        public ushort Length;
        public Instruction* Code;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int kind, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int setsockopt(int file, int level, int option, Program* value, int bytes);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int bind(int file, byte* address, int bytes);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int file, ReadOnlySpan<byte> message, nint bytes, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int file, Span<byte> message, nint bytes, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
