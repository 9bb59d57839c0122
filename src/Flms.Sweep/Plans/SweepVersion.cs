using System.Reflection;

namespace Flms.Sweep.Plans;

/// <summary>Which code computes points.</summary>
public static class SweepVersion
{
    private const int Digits = 12;

    /// <summary>The version of flms, and a hash of the sources on which results depend: as in
    /// <c>0.1.0-3f9c2d10ab77</c>. The same for every build of the same sources.</summary>
    public static string Text { get; } = $"{Version}-{Canonical.Hash(Sources)[..Digits]}";

    private static string Version => typeof(SweepVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    // In an order that does not depend on where they were built.
    private static string Sources => string.Join('\n',
        typeof(SweepVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(a => a.Key == "ResultSource").Select(a => a.Value!.ToLowerInvariant())
            .Order(StringComparer.Ordinal));
}
