using System.Runtime.InteropServices;
using Flms.Agent.Host;
using Flms.Core;

namespace Flms.Agent.Linux;

/// <summary>The calls of the kernel that this process runs on.</summary>
public sealed partial class LinuxSched : ISchedCalls
{
    private const int MaskBytes = HostCpus.Most / 8;

    // The C library has no function for these two.
    private static readonly (nint Set, nint Get) Calls = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (314, 315),
        _ => (274, 275), // the numbers that arm64, riscv64 and loongarch64 share
    };

    [StructLayout(LayoutKind.Sequential)]
    private struct SchedAttr
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }

    /// <inheritdoc />
    public unsafe int GetAffinity(int tid, CpuMask into)
    {
        into.Clear();
        var bits = stackalloc byte[MaskBytes];
        if (sched_getaffinity(tid, MaskBytes, bits) < 0) return -Marshal.GetLastPInvokeError();
        for (var c = 0; c < into.Size; c++)
            if ((bits[c >> 3] >> (c & 7) & 1) != 0) into.Add(new(c));
        return 0;
    }

    /// <inheritdoc />
    public unsafe int SetAffinity(int tid, CpuMask cpus)
    {
        var bits = stackalloc byte[MaskBytes];
        new Span<byte>(bits, MaskBytes).Clear();
        for (var c = cpus.First(); !c.IsNone; c = cpus.After(c)) bits[c.Index >> 3] |= (byte)(1 << (c.Index & 7));
        return sched_setaffinity(tid, MaskBytes, bits) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    /// <inheritdoc />
    public unsafe int GetAttributes(int tid, out SchedAttributes attributes)
    {
        var a = new SchedAttr { Size = (uint)sizeof(SchedAttr) };
        attributes = default;
        if (syscall(Calls.Get, tid, &a, sizeof(SchedAttr), 0) < 0) return -Marshal.GetLastPInvokeError();
        attributes = new()
        {
            Policy = a.Policy,
            Flags = a.Flags,
            Nice = a.Nice,
            Priority = a.Priority,
            RuntimeNs = a.Runtime,
            DeadlineNs = a.Deadline,
            PeriodNs = a.Period,
        };
        return 0;
    }

    /// <inheritdoc />
    public unsafe int SetAttributes(int tid, in SchedAttributes attributes)
    {
        var a = new SchedAttr
        {
            Size = (uint)sizeof(SchedAttr),
            Policy = attributes.Policy,
            Flags = attributes.Flags,
            Nice = attributes.Nice,
            Priority = attributes.Priority,
            Runtime = attributes.RuntimeNs,
            Deadline = attributes.DeadlineNs,
            Period = attributes.PeriodNs,
        };
        return syscall(Calls.Set, tid, &a, 0, 0) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int sched_getaffinity(int tid, nint bytes, byte* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int sched_setaffinity(int tid, nint bytes, byte* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint syscall(nint number, nint tid, SchedAttr* attr, nint third, nint fourth);
}
