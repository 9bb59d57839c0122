using Flms.Agent.Discovery;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>A vCPU that belongs on another NUMA node from now on.</summary>
/// <param name="Thread">Its thread.</param>
/// <param name="Vm">Its VM's name.</param>
/// <param name="Vcpu">Its number in the VM.</param>
/// <param name="From">The node it was on, by Linux's number.</param>
/// <param name="To">The node it is on now.</param>
/// <param name="Reason">Why: the balancer's step.</param>
public sealed record NodeMove(ThreadIdentity Thread, string Vm, int Vcpu, int From, int To, BalanceReason Reason);
