using System.Runtime.InteropServices;

namespace Flms.Agent.Tests;

/// <summary>The smallest VM there is: one vCPU under KVM that does nothing but halt, some hundred times a
/// second.</summary>
/// <remarks>From public headers (linux/kvm.h) and the processor's manual: a processor that is reset begins in real mode
/// at FFFFFFF0, 16 bytes below 4 GiB.</remarks>
internal static unsafe partial class TinyVm
{
    private const int ReadWriteCloseOnExec = 0x80002;
    private const nuint CreateVm = 0xAE01, MapSize = 0xAE04, CreateVcpu = 0xAE41, SetMemory = 0x4020AE46, Run = 0xAE80;
    private const int Page = 4096;
    private const uint Halted = 5; // why KVM_RUN came back, 8 bytes into the vCPU's page

    [StructLayout(LayoutKind.Sequential)]
    private struct Memory
    {
        public uint Slot, Flags;
        public ulong Guest, Size, Host;
    }

    /// <summary>Runs it for ever in a thread that is called like a QEMU's vCPU.</summary>
    /// <returns>Only if it cannot: why not.</returns>
    public static string Begin()
    {
        var kvm = open("/dev/kvm", ReadWriteCloseOnExec);
        if (kvm < 0) return "no /dev/kvm";
        var vm = ioctl(kvm, CreateVm, 0);
        if (vm < 0) return "no VM";
        var page = (byte*)mmap(0, Page, 3, 0x22, -1, 0); // private, of nobody
        (page[0xFF0], page[0xFF1], page[0xFF2]) = (0xF4, 0xEB, 0xFD); // hlt; and again
        var memory = new Memory { Guest = 0xFFFFF000, Size = Page, Host = (ulong)page };
        if (ioctl(vm, SetMemory, (nint)(&memory)) < 0) return "no memory";
        var vcpu = ioctl(vm, CreateVcpu, 0);
        var state = (uint*)mmap(0, (nuint)ioctl(kvm, MapSize, 0), 3, 1, vcpu, 0);
        using var ended = new ManualResetEventSlim();
        var why = "";
        new Thread(() =>
        {
            Pretender.Name("CPU 0/KVM");
            while (ioctl(vcpu, Run, 0) >= 0 && state[2] == Halted) Thread.Sleep(5);
            why = $"the vCPU has come back for {state[2]}";
            ended.Set();
        }).Start();
        Console.Out.WriteLine("ready");
        ended.Wait();
        return why;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int ioctl(int file, nuint request, nint argument);

    [LibraryImport("libc")]
    private static partial nint mmap(nint at, nuint length, int protection, int flags, int file, nint offset);
}
