using Flms.Agent.Classes;
using Flms.Agent.Discovery;

namespace Flms.Agent.Running;

/// <summary>What the operator says of VMs: in the configuration, and to the running agent, whose word wins until it is
/// taken back or the agent ends.</summary>
/// <remarks>What is said to the running agent is said of a VM's name, so it holds when the VM is started anew.
/// </remarks>
/// <param name="settings">The configuration.</param>
public sealed class OperatorWords(AgentSettings settings)
{
    /// <summary>Of so many names something can be said.</summary>
    public const int Most = 1000;

    private readonly SortedDictionary<string, VmWord> _said = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _paused = new(StringComparer.Ordinal);

    /// <summary>The configuration.</summary>
    public AgentSettings Settings { get; set; } = settings;

    /// <summary>What was said to the running agent, by the VM's name.</summary>
    public IReadOnlyDictionary<string, VmWord> Said => _said;

    /// <summary>The names of VMs that are paused.</summary>
    public IReadOnlyCollection<string> Paused => _paused;

    /// <summary>Are all VMs paused, whatever they are called?</summary>
    public bool AllPaused { get; private set; }

    /// <summary>What is said of a VM; null for nothing.</summary>
    public VmWord? Of(Vm vm) => _said.TryGetValue(vm.Name, out var word) ? word : Settings.WordOf(vm);

    /// <summary>Is the VM to be left alone for now?</summary>
    public bool IsPaused(Vm vm) => AllPaused || _paused.Contains(vm.Name);

    /// <summary>Says what a VM is; null to say nothing of it any more.</summary>
    /// <returns>False if something is said of too many.</returns>
    public bool Say(string vm, VmWord? word)
    {
        if (word == null) _said.Remove(vm);
        else if (_said.Count >= Most && !_said.ContainsKey(vm)) return false;
        else _said[vm] = word;
        return true;
    }

    /// <summary>Pauses a VM, or all.</summary>
    /// <returns>False if too many are.</returns>
    public bool Pause(string? vm)
    {
        if (vm == null) AllPaused = true;
        else if (_paused.Count >= Most && !_paused.Contains(vm)) return false;
        else _paused.Add(vm);
        return true;
    }

    /// <summary>Goes on with a VM, or all.</summary>
    public void Resume(string? vm)
    {
        if (vm != null)
        {
            _paused.Remove(vm);
            return;
        }
        AllPaused = false;
        _paused.Clear();
    }
}
