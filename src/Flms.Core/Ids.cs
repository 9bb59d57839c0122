namespace Flms.Core;

/// <summary>One hardware thread: what a vCPU runs on. Dense from 0; prints as <c>p3</c>.</summary>
/// <param name="Index">0 to the number of pCPUs less one; -1 for <see cref="None"/>.</param>
public readonly record struct PcpuId(int Index)
{
    /// <summary>No pCPU.</summary>
    public static readonly PcpuId None = new(-1);

    /// <summary>Is this <see cref="None"/>?</summary>
    public bool IsNone => Index < 0;

    /// <inheritdoc />
    public override string ToString() => IsNone ? "p-" : $"p{Index}";
}

/// <summary>One virtual processor: the unit of scheduling. Dense from 0; prints as <c>v12</c>.</summary>
/// <param name="Index">0 to the host's capacity less one; -1 for <see cref="None"/>.</param>
public readonly record struct VcpuId(int Index)
{
    /// <summary>No vCPU: the pCPU idles.</summary>
    public static readonly VcpuId None = new(-1);

    /// <summary>Is this <see cref="None"/>?</summary>
    public bool IsNone => Index < 0;

    /// <inheritdoc />
    public override string ToString() => IsNone ? "idle" : $"v{Index}";
}

/// <summary>A virtual machine: some vCPUs with one weight and one cap. Dense from 0; prints as <c>d2</c>.</summary>
/// <param name="Index">0 to the host's number of domains less one; -1 for <see cref="None"/>.</param>
public readonly record struct DomainId(int Index)
{
    /// <summary>No domain.</summary>
    public static readonly DomainId None = new(-1);

    /// <summary>Is this <see cref="None"/>?</summary>
    public bool IsNone => Index < 0;

    /// <inheritdoc />
    public override string ToString() => IsNone ? "d-" : $"d{Index}";
}
