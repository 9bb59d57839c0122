using System.Globalization;
using Flms.Agent.Linux;

namespace Flms.Agent.Discovery;

/// <summary>Finds the vCPUs of a QEMU that does not name its threads, by the files they use.</summary>
/// <remarks>
/// A vCPU is a file of the process, a link to <c>anon_inode:kvm-vcpu:N</c>, and the thread that runs it spends its life
/// in one system call, ioctl(that file, KVM_RUN). /proc/TID/syscall tells a thread's call while it is blocked, so a
/// vCPU is found once it has been seen asleep; found once, it is kept (spec host-agent 3.1, measured). Needs the right
/// to look into the process (root, or CAP_SYS_PTRACE). Without KVM there is nothing to find, and QEMU under TCG needs
/// <c>-name NAME,debug-threads=on</c>.
/// </remarks>
internal sealed class UnnamedVcpus(ISystemFiles files)
{
    private const string VcpuLink = "anon_inode:kvm-vcpu:";
    private const string RunCall = "0xae80"; // KVM_RUN
    private const string IoctlCall = "16";

    private readonly Dictionary<ThreadIdentity, int> _known = [];
    private readonly List<int> _numbers = [];

    /// <summary>Is the thread a vCPU, as far as can be seen?</summary>
    /// <param name="pid">Its process.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="folder">Its folder of files.</param>
    /// <param name="number">The vCPU's number.</param>
    public bool TryFind(int pid, ThreadIdentity thread, string folder, out int number)
    {
        if (_known.TryGetValue(thread, out number)) return true;
        var call = files.Read(folder + "/syscall")?.Split(' ');
        if (call is not [IoctlCall, var file, RunCall, ..]) return false;
        if (!file.StartsWith("0x", StringComparison.Ordinal)
            || !int.TryParse(file.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var fd))
            return false;
        var link = files.LinkTarget($"/proc/{pid}/fd/{fd}");
        if (link == null || !link.StartsWith(VcpuLink, StringComparison.Ordinal)
            || !int.TryParse(link.AsSpan(VcpuLink.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return false;
        _known[thread] = number;
        return true;
    }

    /// <summary>Does the process have vCPUs at all?</summary>
    public bool HasVcpus(int pid)
    {
        var folder = files.Open($"/proc/{pid}/fd");
        if (folder < 0) return false;
        files.List(folder, _numbers);
        files.Close(folder);
        foreach (var fd in _numbers)
            if (files.LinkTarget($"/proc/{pid}/fd/{fd}")?.StartsWith(VcpuLink, StringComparison.Ordinal) == true)
                return true;
        return false;
    }

    /// <summary>Forgets threads that are gone.</summary>
    /// <param name="lives">Is it still there?</param>
    public void Keep(Func<ThreadIdentity, bool> lives)
    {
        foreach (var thread in _known.Keys)
            if (!lives(thread)) _known.Remove(thread);
    }
}
