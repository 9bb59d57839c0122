namespace Flms.Agent.Discovery;

/// <summary>The program that runs a VM.</summary>
public enum Hypervisor : byte
{
    /// <summary>QEMU, whoever started it (libvirt, Proxmox, a script).</summary>
    Qemu,

    /// <summary>Cloud Hypervisor.</summary>
    CloudHypervisor,

    /// <summary>Firecracker.</summary>
    Firecracker,
}

/// <summary>What a thread of a VM's process does.</summary>
public enum ThreadRole : byte
{
    /// <summary>Something that is not on the way of any request: the agent leaves it alone.</summary>
    Other,

    /// <summary>It is a vCPU.</summary>
    Vcpu,

    /// <summary>The process's first thread: QEMU's main loop, on the way of all I/O that has no thread of its
    /// own.</summary>
    Main,

    /// <summary>It serves devices: an I/O thread, a queue's thread.</summary>
    Io,

    /// <summary>It serves virtio in the kernel: <c>vhost-PID</c>.</summary>
    Vhost,
}

/// <summary>One thread, for good: its number can be given to another, the number with the moment of its start
/// cannot.</summary>
/// <param name="Tid">Its number.</param>
/// <param name="Started">When it was started, in clock ticks since the machine booted.</param>
public readonly record struct ThreadIdentity(int Tid, long Started)
{
    /// <inheritdoc />
    public override string ToString() => $"{Tid}@{Started}";
}

/// <summary>A thread that belongs to a VM.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">As the kernel has it, at most 15 bytes.</param>
/// <param name="Role">What it does.</param>
/// <param name="Number">Of a vCPU, its number in the VM; else 0.</param>
/// <param name="FileFolder">Where its files are, as in <c>/proc/812/task/815</c>.</param>
public sealed record VmThread(ThreadIdentity Id, string Name, ThreadRole Role, int Number, string FileFolder);

/// <summary>A virtual machine that runs on this host.</summary>
/// <remarks>It is the same as long as its process is: <see cref="Process"/> tells. Threads come and go.</remarks>
/// <param name="process">The process.</param>
/// <param name="hypervisor">The program.</param>
/// <param name="name">What people call it.</param>
/// <param name="uuid">Its UUID; empty if its command line has none.</param>
/// <param name="cgroup">Its control group, as in <c>/machine.slice/machine-qemu\x2d1\x2dweb.scope</c>.</param>
public sealed class Vm(ThreadIdentity process, Hypervisor hypervisor, string name, string uuid, string cgroup)
{
    private VmThread[] _threads = [];

    /// <summary>The process: its first thread.</summary>
    public ThreadIdentity Process { get; } = process;

    /// <summary>The program.</summary>
    public Hypervisor Hypervisor { get; } = hypervisor;

    /// <summary>What people call it: from the command line, else <c>qemu-PID</c> and the like.</summary>
    public string Name { get; } = name;

    /// <summary>Its UUID; empty if its command line has none.</summary>
    public string Uuid { get; } = uuid;

    /// <summary>Its control group at the time it was found; empty if unknown.</summary>
    public string Cgroup { get; } = cgroup;

    /// <summary>Its threads as last seen: vCPUs by number, then all others by identity.</summary>
    public IReadOnlyList<VmThread> Threads => _threads;

    /// <summary>How many of <see cref="Threads"/> are vCPUs; they come first.</summary>
    public int Vcpus { get; private set; }

    /// <summary>Replaces the threads.</summary>
    internal void Set(List<VmThread> threads)
    {
        threads.Sort(static (a, b) =>
        {
            var byRole = (a.Role != ThreadRole.Vcpu).CompareTo(b.Role != ThreadRole.Vcpu);
            if (byRole != 0) return byRole;
            return a.Number != b.Number ? a.Number.CompareTo(b.Number) : a.Id.Tid.CompareTo(b.Id.Tid);
        });
        _threads = [.. threads];
        Vcpus = 0;
        while (Vcpus < _threads.Length && _threads[Vcpus].Role == ThreadRole.Vcpu) Vcpus++;
    }

    /// <inheritdoc />
    public override string ToString() => Name;
}
