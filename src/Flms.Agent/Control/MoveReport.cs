namespace Flms.Agent.Control;

/// <summary>A vCPU that belongs on another NUMA node from now on.</summary>
/// <param name="Vm">Its VM.</param>
/// <param name="Vcpu">Its number in the VM.</param>
/// <param name="Tid">Its thread.</param>
/// <param name="From">The node it was on.</param>
/// <param name="To">The node it is on now.</param>
/// <param name="Reason">The balancer's step: same-socket, other-socket, or rather-than-idle (below the thresholds,
/// since the nodes were wanted unevenly).</param>
public sealed record MoveReport(string Vm, int Vcpu, int Tid, int From, int To, string Reason);
