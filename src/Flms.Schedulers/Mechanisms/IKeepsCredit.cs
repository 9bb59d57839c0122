using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>A policy that shares by credit: what a vCPU holds or owes can go with it from pool to pool.</summary>
/// <remarks>One credit is <see cref="CreditLedger.CreditNs"/> of one pCPU.</remarks>
public interface IKeepsCredit
{
    /// <summary>What the vCPU holds, or owes if below zero.</summary>
    long CreditOf(VcpuId v);

    /// <summary>Gives a vCPU that was just added what it held elsewhere, clipped to what it may hold or owe
    /// here.</summary>
    void SetCredit(VcpuId v, long credit);

    /// <summary>Charges the vCPU for time that it, or its domain, used where nobody keeps accounts; never beyond what
    /// it may owe.</summary>
    void Debit(VcpuId v, long credits);
}
