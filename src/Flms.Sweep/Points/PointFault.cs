using Flms.Core;

namespace Flms.Sweep.Points;

/// <summary>The run of one point failed: the policy broke the contract, or there is a bug.</summary>
public sealed class PointFault : Exception
{
    internal PointFault(Instant at, Exception inner) : base($"at {at}: {inner.Message}", inner) { }

    /// <summary>Did the policy break the contract? Otherwise it is a bug of the product.</summary>
    public bool IsPolicyFault => InnerException is PolicyFault;
}
