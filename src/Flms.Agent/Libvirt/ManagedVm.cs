using Flms.Agent.Classes;
using Flms.Agent.Discovery;

namespace Flms.Agent.Libvirt;

/// <summary>Why a whole VM is left alone, as those who manage it have set it up (spec host-agent 4.2, rule
/// 2).</summary>
public enum ManagedClaim : byte
{
    /// <summary>Nobody has placed it.</summary>
    None,

    /// <summary><c>vcpupin</c>, <c>emulatorpin</c> or <c>iothreadpin</c>, already when it was first read.</summary>
    Pinned,

    /// <summary><c>vcpu cpuset</c>, or <c>placement="auto"</c>, by which libvirt chooses one.</summary>
    Cpuset,

    /// <summary><c>numatune</c>: its memory must be on some nodes of several.</summary>
    Numatune,

    /// <summary><c>vcpusched</c> and the like: a real-time policy.</summary>
    RealTime,

    /// <summary>Its manager has not told yet.</summary>
    NotRead,
}

/// <summary>Threads of a VM that libvirt can pin: of that role, a vCPU by its number.</summary>
/// <param name="Role">vCPU, main (libvirt's <i>emulator</i>, with vhost's threads) or I/O.</param>
/// <param name="Number">Of a vCPU; else 0.</param>
public readonly record struct PinTarget(ThreadRole Role, int Number)
{
    /// <summary>Reads the name of a tunable: <c>cputune.vcpupin2</c>, <c>cputune.emulatorpin</c>,
    /// <c>cputune.iothreadpin1</c>.</summary>
    public static bool TryParse(string field, out PinTarget target)
    {
        const string vcpu = "cputune.vcpupin";
        target = default;
        if (field.StartsWith(vcpu, StringComparison.Ordinal))
        {
            if (!int.TryParse(field.AsSpan(vcpu.Length), System.Globalization.NumberStyles.None, null, out var n))
                return false;
            target = new(ThreadRole.Vcpu, n);
            return true;
        }
        if (field == "cputune.emulatorpin") target = new(ThreadRole.Main, 0);
        // Which of the VM's I/O threads it is cannot be told from outside for sure: all of them.
        else if (field.StartsWith("cputune.iothreadpin", StringComparison.Ordinal)) target = new(ThreadRole.Io, 0);
        return target != default;
    }

    /// <summary>Is it this thread?</summary>
    public bool Is(VmThread thread) => Role switch
    {
        ThreadRole.Vcpu => thread.Role == ThreadRole.Vcpu && thread.Number == Number,
        ThreadRole.Main => thread.Role is ThreadRole.Main or ThreadRole.Vhost,
        _ => thread.Role == Role,
    };
}

/// <summary>What those who manage a VM say of it. Never changes once it is made.</summary>
public sealed record ManagedVm
{
    /// <summary>Of a VM whose manager has not told yet.</summary>
    public static readonly ManagedVm Unread = new() { Claim = ManagedClaim.NotRead };

    /// <summary>Its UUID, in small letters with hyphens.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>libvirt's number of this run of it: a VM that was started again has another.</summary>
    public int Run { get; init; }

    /// <summary>What its metadata says that it is; null if nothing.</summary>
    public VmWord? Word { get; init; }

    /// <summary>What is wrong with that metadata; empty if nothing.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Why the whole VM is left alone.</summary>
    public ManagedClaim Claim { get; init; }

    /// <summary>What is pinned to which pCPUs.</summary>
    public IReadOnlyDictionary<PinTarget, string> Pins { get; init; } = new Dictionary<PinTarget, string>();

    /// <summary>What the operator has pinned, or pinned elsewhere, since the VM was first read: theirs from then on,
    /// until the VM is started again.</summary>
    public IReadOnlySet<PinTarget> Taken { get; init; } = new HashSet<PinTarget>();

    /// <summary>Has the operator taken that thread over?</summary>
    public bool IsTaken(VmThread thread)
    {
        foreach (var target in Taken)
            if (target.Is(thread)) return true;
        return false;
    }
}

/// <summary>Whoever manages VMs on this host and can be asked about them.</summary>
/// <remarks>Never blocks: what is known is answered at once.</remarks>
public interface IManagedVms : IDisposable
{
    /// <summary>Grows whenever there is something new.</summary>
    long Version { get; }

    /// <summary>What is said of a VM; null if nobody manages it, as far as is known.</summary>
    ManagedVm? Of(Vm vm);

    /// <summary>Something that people should be told, oldest first.</summary>
    bool TryTell(out string message);
}
