using Flms.Agent.Discovery;
using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>Whether a latency-sensitive VM is boosted, and why not.</summary>
public enum BoostState : byte
{
    /// <summary>It is not kept waiting while others want pCPUs.</summary>
    Calm,

    /// <summary>It is boosted.</summary>
    Boosted,

    /// <summary>It waits, but not for long enough yet.</summary>
    Waiting,

    /// <summary>Its threads may not use every pCPU, and the kernel gives budgets only to those who may.</summary>
    Narrow,

    /// <summary>Others have reserved all that may be.</summary>
    NoRoom,

    /// <summary>The kernel would not, or did not let a boosted thread of it run for two periods.</summary>
    Refused,
}

/// <summary>What the plan has decided of a latency-sensitive VM.</summary>
/// <param name="Process">Its process.</param>
/// <param name="Vm">Its name.</param>
/// <param name="State">Is it boosted?</param>
/// <param name="FairShare">Its fair share of the pool, in thousandths of a pCPU.</param>
/// <param name="Used">What it used in the period, likewise.</param>
/// <param name="Owed">What it has used above its share, and now gets less for, in thousandths of a pCPU over one
/// period; 0 if it is not boosted.</param>
/// <param name="Reserved">What is reserved for all its threads, in thousandths of a pCPU.</param>
public sealed record VmBoost(
    ThreadIdentity Process, string Vm, BoostState State, int FairShare, int Used, int Owed, int Reserved);
