using System.Text;
using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>A host with guests and operators, made from one number, and how long it runs.</summary>
/// <param name="Seed">The number.</param>
/// <param name="Setup">The host.</param>
/// <param name="Length">How long it runs.</param>
public sealed record World(ulong Seed, MachineSetup Setup, Duration Length)
{
    /// <summary>The whole world in words, a line a thing.</summary>
    public override string ToString()
    {
        var t = Setup.Topology;
        var text = new StringBuilder()
            .Append($"seed {Seed}, runs {Length}\n")
            .Append($"machine: {t.Count} pCPUs, {t.Cores} cores, {t.Sockets} sockets, {t.Nodes} nodes; costs ")
            .Append(Setup.Costs == CostModel.None ? "none" : Setup.Costs == CostModel.Typical ? "typical" : "own")
            .Append('\n');
        for (var d = 0; d < Setup.Domains.Count; d++) AppendDomain(text, d, Setup.Domains[d]);
        foreach (var o in Setup.Operations)
        {
            text.Append($"at {o.At}: {o.Kind} {Setup.Domains[o.Domain].Name}");
            if (o.Mask != null) text.Append(' ').Append(o.Mask);
            else if (o.Kind is OperationKind.SetWeight or OperationKind.SetCap or OperationKind.SetKind)
                text.Append(' ').Append(o.Value);
            text.Append('\n');
        }
        return text.ToString();
    }

    private static void AppendDomain(StringBuilder text, int number, DomainSetup d)
    {
        text.Append($"d{number} {d.Name}: {d.Vcpus} vCPUs");
        if (d.Weight != 256) text.Append($" weight={d.Weight}");
        if (d.Cap != 0) text.Append($" cap={d.Cap}");
        if (d.Kind != DomainKind.Unmarked) text.Append($" kind={d.Kind}");
        if (d.Affinity != null) text.Append($" affinity={d.Affinity}");
        for (var v = 0; v < d.VcpuAffinity?.Count; v++) text.Append($" affinity[{v}]={d.VcpuAffinity[v]}");
        if (d.SoftAffinity != null) text.Append($" soft={d.SoftAffinity}");
        if (d.MemoryNode >= 0) text.Append($" node={d.MemoryNode}");
        if (d.LlcReferences > 0) text.Append($" llc={d.LlcReferences}/ms misses={d.LlcMissRatio}");
        if (d.StartsAt > Instant.Zero) text.Append($" starts={d.StartsAt}");
        text.Append('\n');
        foreach (var w in d.Workloads) text.Append("   ").Append(w).Append('\n');
    }
}

/// <summary>What random worlds may hold. Everything but <see cref="Signals"/>, unless it is left out.</summary>
public sealed record WorldOptions
{
    /// <summary>Everything.</summary>
    public static WorldOptions All { get; } = new();

    /// <summary>No hard affinities, caps or operators: what a policy must master first.</summary>
    public static WorldOptions Plain { get; } = new()
    {
        HardAffinity = false,
        SoftAffinity = false,
        Caps = false,
        Operations = false,
    };

    /// <summary>Everything, and guests that give signals.</summary>
    public static WorldOptions WithSignals { get; } = new() { Signals = true };

    /// <summary>The most pCPUs. Default 16.</summary>
    public int MaxPcpus { get; init; } = 16;

    /// <summary>May vCPUs be pinned?</summary>
    public bool HardAffinity { get; init; } = true;

    /// <summary>May domains have wishes where to run?</summary>
    public bool SoftAffinity { get; init; } = true;

    /// <summary>May domains have caps?</summary>
    public bool Caps { get; init; } = true;

    /// <summary>May weights differ?</summary>
    public bool Weights { get; init; } = true;

    /// <summary>May domains be of a kind?</summary>
    public bool Kinds { get; init; } = true;

    /// <summary>May switches, moves and kicks cost something?</summary>
    public bool Costs { get; init; } = true;

    /// <summary>May guests also use the cache, wait by spinning, take requests in two parts, serve jobs and ping each
    /// other: what policies look at that know more of a guest than whether it is runnable? Default no; the rest of a
    /// world is the same with and without.</summary>
    public bool Signals { get; init; }

    /// <summary>May operators pause, resume, change and destroy, and domains start late?</summary>
    public bool Operations { get; init; } = true;
}
