using Flms.Core;
using Flms.Testing;

namespace Flms.Schedulers.Tests;

/// <summary>Every policy of the catalog, with every preset, in the same random worlds: few of them here, many in
/// <see cref="CatalogSwarmSlowTests"/>.</summary>
public sealed class CatalogSwarmTests
{
    // What a policy's page says that it does not promise. Everybody else is held to what the policy says of itself,
    // and to run everyone who waits within half a minute.
    private static readonly Dictionary<string, Claims> _declared = new()
    {
        ["bvt"] = MayStarve,
        ["sedf"] = MayStarve,
    };

    /// <summary>Policies and presets, as users name them.</summary>
    public static TheoryData<string> Choices => new(Names());

    private static Claims MayStarve => new() { StarvedAfter = 1000.Seconds };

    [Theory]
    [MemberData(nameof(Choices))]
    public void No_law_is_broken_in_ten_random_worlds(string choice) => RunIn(choice, worlds: 10, firstSeed: 9_000);

    [Fact]
    public void Only_policies_of_the_catalog_are_excused() => Assert.All(_declared.Keys,
        name => Assert.NotNull(SchedulerCatalog.Find(name)));

    internal static IEnumerable<string> Names()
    {
        foreach (var entry in SchedulerCatalog.All)
        {
            if (entry.Presets.Count == 0) yield return entry.Name;
            foreach (var (preset, _) in entry.Presets) yield return $"{entry.Name}:{preset}";
        }
    }

    internal static void RunIn(string choice, int worlds, ulong firstSeed)
    {
        var parts = choice.Split(':');
        var entry = SchedulerCatalog.Find(parts[0])!;
        var options = entry.Defaults;
        foreach (var (name, preset) in entry.Presets)
            if (parts.Length > 1 && name == parts[1]) options = preset;
        Swarm.Run(host => entry.Create(host, options), worlds, claims: _declared.GetValueOrDefault(entry.Name),
            firstSeed: firstSeed);
    }
}
