using System.Globalization;
using Flms.Agent.Linux;

namespace Flms.Agent.Host;

/// <summary>What the doctor says of those around the agent: who tells it of VMs, and who else has a hand in when they
/// run. Reads only.</summary>
/// <param name="files">The machine's files.</param>
internal sealed class Surroundings(ISystemFiles files)
{
    private const int NetAdminCapability = 12; // CAP_NET_ADMIN
    private const long LongPollingNs = 50_000;

    private static readonly string[] Sockets =
        ["/run/libvirt/virtqemud-sock-ro", "/run/libvirt/libvirt-sock-ro"];

    /// <summary>The capabilities of this process, a bit each.</summary>
    public static ulong Capabilities(ISystemFiles files)
    {
        var line = (files.Read("/proc/self/status") ?? "").Split('\n')
            .FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return ulong.TryParse(line?["CapEff:".Length..].Trim(), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out var mask) ? mask : 0;
    }

    /// <summary>Is a process hidden from those whose it is not?</summary>
    public static bool Hides(ISystemFiles files)
    {
        var proc = (files.Read("/proc/mounts") ?? "").Split('\n')
            .LastOrDefault(l => l.Split(' ') is [_, "/proc", ..]);
        return proc?.Contains("hidepid=", StringComparison.Ordinal) == true
            && !proc.Contains("hidepid=0", StringComparison.Ordinal)
            && !proc.Contains("hidepid=off", StringComparison.Ordinal);
    }

    /// <summary>Everything there is to say of them.</summary>
    public IEnumerable<Finding?> Examine() => [Events(), Libvirt(), HaltPolling(), Balancer()];

    private Finding Events() => (Capabilities(files) >> NetAdminCapability & 1) != 0
        ? new("events", Severity.Fine, "the kernel tells of new VMs and vCPUs at once")
        : new("events", Severity.Fine, "new VMs and vCPUs are found by looking (rescan), as the kernel's process "
            + "events need CAP_NET_ADMIN");

    // A socket cannot be opened as a file, but that fails otherwise than where there is none.
    private Finding? Libvirt()
    {
        foreach (var socket in Sockets)
        {
            var file = files.Open(socket);
            if (file >= 0) files.Close(file);
            if (file != -Errno.NoEntry)
                return new("libvirt", Severity.Fine, "it is asked what operators have said and pinned");
        }
        return null;
    }

    private Finding? HaltPolling()
    {
        if (files.Read("/sys/module/kvm/parameters/halt_poll_ns") is not { } text
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ns)
            || ns == 0) return null;
        return new("halt-polling", ns > LongPollingNs ? Severity.Limit : Severity.Fine,
            $"a vCPU with nothing to do keeps its pCPU for up to {new Core.Duration(ns)}, and counts as running",
            ns > LongPollingNs ? "with more vCPUs than pCPUs: echo 0 > /sys/module/kvm/parameters/halt_poll_ns, and see"
                : "");
    }

    private Finding? Balancer()
    {
        var folder = files.Open("/proc");
        if (folder < 0) return null;
        var pids = new List<int>();
        files.List(folder, pids);
        files.Close(folder);
        return pids.Exists(pid => files.Read($"/proc/{pid}/comm") is "irqbalance")
            ? new("irqbalance", Severity.Fine, "it moves interrupts, and no threads: it is not in the way; "
                + "interrupts of a latency-sensitive VM's devices are best kept off the long-slice pCPUs")
            : null;
    }
}
