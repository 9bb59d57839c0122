using System.Text.Json;
using Flms.Core;

namespace Flms.Agent;

/// <summary>Names of the code as people and programs read them.</summary>
public static class Names
{
    /// <summary>As in <c>taken-over</c>.</summary>
    public static string Of<T>(T value) where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>A set of pCPUs as Linux lists it; empty for none.</summary>
    public static string Of(CpuMask cpus) => cpus.IsEmpty ? "" : cpus.ToString();

    /// <summary>As in <c>1 thread</c>, <c>3 threads</c>.</summary>
    public static string Count(int n, string thing) => n == 1 ? $"1 {thing}" : $"{n} {thing}s";

    /// <summary>What a VM is, as the operator writes it.</summary>
    public static string Of(DomainKind kind) => kind switch
    {
        DomainKind.Mixed => "mix",
        DomainKind.Unmarked => "undecided",
        _ => Of<DomainKind>(kind),
    };
}
