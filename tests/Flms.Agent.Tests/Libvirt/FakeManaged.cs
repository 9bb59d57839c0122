using Flms.Agent.Discovery;
using Flms.Agent.Libvirt;

namespace Flms.Agent.Tests.Libvirt;

/// <summary>Says of VMs, by name, what a test wants said.</summary>
internal sealed class FakeManaged : IManagedVms
{
    private readonly Dictionary<string, ManagedVm> _vms = [];

    public long Version { get; private set; }

    public void Say(string vm, ManagedVm? what)
    {
        if (what == null) _vms.Remove(vm);
        else _vms[vm] = what;
        Version++;
    }

    public ManagedVm? Of(Vm vm) => Of(vm.Name);

    public ManagedVm? Of(string vm) => _vms.GetValueOrDefault(vm);

    public bool TryTell(out string message)
    {
        message = "";
        return false;
    }

    public void Dispose() { }
}
