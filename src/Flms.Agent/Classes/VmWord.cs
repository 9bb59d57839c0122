using Flms.Core;

namespace Flms.Agent.Classes;

/// <summary>What the operator says of a VM. It wins over whatever was measured.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Vcpus">Of a mixed one, the vCPUs that serve requests; null for those that FLMS reserves by itself (vCPU
/// 0).</param>
/// <param name="Ignore">Is the VM to be left alone altogether?</param>
/// <param name="Measured">Is the VM what it is measured to be, whatever anybody else says?</param>
public sealed record VmWord(
    DomainKind Kind, IReadOnlyList<int>? Vcpus = null, bool Ignore = false, bool Measured = false)
{
    /// <summary>The words, as they are written.</summary>
    public const string Forms = "latency, compute, mix, mix:VCPUS (as in mix:0,2-3), service, measured or ignore";

    private const int MostVcpus = 4096;

    /// <summary>Reads one of <see cref="Forms"/>.</summary>
    public static bool TryParse(string text, out VmWord? word)
    {
        word = text switch
        {
            "latency" => new(DomainKind.Latency),
            "compute" => new(DomainKind.Compute),
            "mix" => new(DomainKind.Mixed),
            "service" => new(DomainKind.Service),
            "measured" => new(DomainKind.Unmarked, Measured: true),
            "ignore" => new(DomainKind.Unmarked, Ignore: true),
            _ => null,
        };
        if (word == null && text.StartsWith("mix:", StringComparison.Ordinal)
            && Linux.CpuList.TryParse(text["mix:".Length..], MostVcpus, out var vcpus) && vcpus.Count > 0)
            word = new(DomainKind.Mixed, vcpus);
        return word != null;
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => Ignore ? "ignore" : Measured ? "measured" : Kind switch
    {
        DomainKind.Latency => "latency",
        DomainKind.Compute => "compute",
        DomainKind.Service => "service",
        DomainKind.Mixed => Vcpus == null ? "mix" : $"mix:{Linux.CpuList.Of(Vcpus)}",
        _ => "nothing",
    };
}
