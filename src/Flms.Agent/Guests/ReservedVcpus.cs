using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Guests;

/// <summary>Which vCPUs of this guest are reserved for latency, and which are for all others.</summary>
public sealed class ReservedVcpus
{
    /// <summary>Where QEMU's <c>-fw_cfg name=opt/flms/sp-vcpus,string=0</c> is read in the guest.</summary>
    public const string Firmware = "/sys/firmware/qemu_fw_cfg/by_name/opt/flms/sp-vcpus/raw";

    private ReservedVcpus(CpuMask reserved, CpuMask others) => (Reserved, Others) = (reserved, others);

    /// <summary>Those that are reserved, of the ones that are online. Not to be changed.</summary>
    public CpuMask Reserved { get; }

    /// <summary>All other usual vCPUs. Not to be changed.</summary>
    public CpuMask Others { get; }

    /// <summary>As the operator says, else as the host says, else the first.</summary>
    /// <param name="files">The guest's files.</param>
    /// <param name="cpus">The guest's vCPUs.</param>
    /// <param name="list">What the operator says, as in <c>0,2-3</c>; null for nothing.</param>
    /// <param name="problem">What is wrong; empty for nothing.</param>
    /// <returns>Null if there is nothing to keep apart.</returns>
    public static ReservedVcpus? Of(ISystemFiles files, HostCpus cpus, string? list, out string problem)
    {
        var text = list ?? files.Read(Firmware) ?? "0";
        var by = list != null ? "--vcpus" : "the host (fw_cfg opt/flms/sp-vcpus)";
        problem = $"{by} {text}: write vCPUs as in 0 or 0,2-3";
        if (!CpuList.TryParse(text, HostCpus.Most, out var numbers) || numbers.Count == 0) return null;
        var (reserved, others) = (new CpuMask(cpus.Size), CpuMask.Copy(cpus.Usual));
        foreach (var n in numbers)
        {
            if (n >= cpus.Size || !cpus.Usual.Contains(new(n))) continue;
            reserved.Add(new(n));
            others.Remove(new(n));
        }
        problem = reserved.IsEmpty ? $"none of the reserved vCPUs {text} is online"
            : others.IsEmpty ? "all vCPUs would be reserved: there is nothing to keep apart" : "";
        return problem == "" ? new(reserved, others) : null;
    }
}
