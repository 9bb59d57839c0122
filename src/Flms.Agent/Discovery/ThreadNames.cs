using Flms.Agent.Linux;

namespace Flms.Agent.Discovery;

/// <summary>What the names of processes and threads tell.</summary>
/// <remarks>QEMU calls its names a help for debugging and promises nothing, so a name that is not known makes a thread
/// <see cref="ThreadRole.Other"/>, which is left alone (spec host-agent 3.1). Names seen: QEMU 7.2 and 10.0,
/// cloud-hypervisor and Firecracker as their issue trackers quote them.</remarks>
public static class ThreadNames
{
    /// <summary>Which hypervisor has a process of that name?</summary>
    /// <param name="comm">The process's name, as the kernel cuts it.</param>
    /// <param name="hypervisor">Which.</param>
    /// <returns>Whether it may be one; what its threads are called decides.</returns>
    public static bool TryHypervisor(ReadOnlySpan<byte> comm, out Hypervisor hypervisor)
    {
        hypervisor = Hypervisor.Qemu;
        if (comm.StartsWith("qemu-system-"u8) || comm.SequenceEqual("qemu-kvm"u8) || comm.SequenceEqual("kvm"u8))
            return true;
        hypervisor = Hypervisor.CloudHypervisor;
        if (comm.StartsWith("cloud-hyperviso"u8)) return true;
        hypervisor = Hypervisor.Firecracker;
        return comm.SequenceEqual("firecracker"u8);
    }

    /// <summary>What does a thread of that name do?</summary>
    /// <param name="hypervisor">Whose thread.</param>
    /// <param name="comm">The thread's name.</param>
    /// <param name="first">Is it the process's first thread?</param>
    /// <param name="number">Of a vCPU, its number; else 0.</param>
    public static ThreadRole RoleOf(Hypervisor hypervisor, ReadOnlySpan<byte> comm, bool first, out int number)
    {
        number = 0;
        if (first) return ThreadRole.Main;
        // Since Linux 6.4 vhost's threads are threads of the process that they serve.
        if (comm.StartsWith("vhost-"u8)) return ThreadRole.Vhost;
        return hypervisor switch
        {
            Hypervisor.Qemu => Qemu(comm, out number),
            Hypervisor.CloudHypervisor => CloudHypervisor(comm, out number),
            _ => Numbered(comm, "fc_vcpu "u8, ""u8, out number) ? ThreadRole.Vcpu : ThreadRole.Other,
        };
    }

    /// <summary>The process that a kernel thread named <c>vhost-PID</c> serves.</summary>
    public static bool TryVhostOwner(ReadOnlySpan<byte> comm, out int pid) => Numbered(comm, "vhost-"u8, ""u8, out pid);

    private static ThreadRole Qemu(ReadOnlySpan<byte> comm, out int number)
    {
        if (Numbered(comm, "CPU "u8, "/KVM"u8, out number) || Numbered(comm, "CPU "u8, "/TCG"u8, out number))
            return ThreadRole.Vcpu;
        number = 0;
        // Not the monitor's: that one serves people.
        return comm.StartsWith("IO "u8) && !comm.StartsWith("IO mon_"u8) ? ThreadRole.Io : ThreadRole.Other;
    }

    // As in vcpu0, _disk0_q0, _net1_qp0.
    private static ThreadRole CloudHypervisor(ReadOnlySpan<byte> comm, out int number)
    {
        if (Numbered(comm, "vcpu"u8, ""u8, out number)) return ThreadRole.Vcpu;
        number = 0;
        return comm.StartsWith("_disk"u8) || comm.StartsWith("_net"u8) ? ThreadRole.Io : ThreadRole.Other;
    }

    private static bool Numbered(
        ReadOnlySpan<byte> text, ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind, out int number)
    {
        number = 0;
        if (!text.StartsWith(before) || !text.EndsWith(behind) || text.Length <= before.Length + behind.Length)
            return false;
        if (!ProcText.TryNumber(text[before.Length..^behind.Length], out var n) || n > int.MaxValue) return false;
        number = (int)n;
        return true;
    }
}
