namespace Flms.Agent.Libvirt;

/// <summary>What is known of every VM that libvirt runs: what was read, and what its operator has done since.</summary>
/// <remarks>A pin that was there when a VM was first read says that the VM is its operator's; one that came later, or
/// was changed, says that its thread is (spec host-agent 4.2, rules 2 and 5). Both hold until the VM is started again.
/// A VM is the same run of it as long as libvirt's number of the run is.</remarks>
internal sealed class ManagedTable
{
    private readonly Dictionary<string, ManagedVm> _vms = new(StringComparer.Ordinal);

    /// <summary>How many VMs are known.</summary>
    public int Count => _vms.Count;

    /// <summary>As it is now, not to change any more.</summary>
    public Dictionary<string, ManagedVm> Copy() => new(_vms, StringComparer.Ordinal);

    /// <summary>What is known of a VM; null if nothing.</summary>
    public ManagedVm? Of(string uuid) => _vms.GetValueOrDefault(uuid);

    /// <summary>A VM has been read.</summary>
    /// <returns>Whether anything is new.</returns>
    public bool Read(ManagedVm now)
    {
        if (!_vms.TryGetValue(now.Uuid, out var before) || before.Run != now.Run)
        {
            _vms[now.Uuid] = now;
            return true;
        }
        var taken = new HashSet<PinTarget>(before.Taken);
        foreach (var target in before.Pins.Keys.Concat(now.Pins.Keys))
            if (before.Pins.GetValueOrDefault(target) != now.Pins.GetValueOrDefault(target)) taken.Add(target);
        var same = taken.Count == before.Taken.Count && WordText(before) == WordText(now)
            && before.Problem == now.Problem && before.Name == now.Name;
        _vms[now.Uuid] = now with { Claim = before.Claim, Taken = taken };
        return !same;
    }

    /// <summary>The operator has set a tunable of a VM.</summary>
    /// <returns>Whether anything is new.</returns>
    public bool Tuned(string uuid, string field)
    {
        if (!_vms.TryGetValue(uuid, out var vm) || !PinTarget.TryParse(field, out var target)
            || vm.Taken.Contains(target)) return false;
        _vms[uuid] = vm with { Taken = new HashSet<PinTarget>(vm.Taken) { target } };
        return true;
    }

    /// <summary>A VM has stopped.</summary>
    /// <returns>Whether it was known.</returns>
    public bool Stopped(string uuid) => _vms.Remove(uuid);

    /// <summary>Forgets all VMs that are not among these.</summary>
    /// <returns>Whether one was forgotten.</returns>
    public bool Keep(IReadOnlySet<string> uuids)
    {
        var known = _vms.Count;
        foreach (var uuid in _vms.Keys)
            if (!uuids.Contains(uuid)) _vms.Remove(uuid);
        return _vms.Count < known;
    }

    // Lists of vCPUs are equal if they read the same.
    private static string? WordText(ManagedVm vm) => vm.Word?.ToString();
}
