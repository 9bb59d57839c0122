using Flms.Core;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Linux;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Eevdf;

/// <summary>EEVDF in random worlds, under the Referee.</summary>
public sealed class EevdfWorldTests
{
    // Long slices may starve nobody for ever, but there is no bound that holds for all affinities and weights.
    private static readonly Claims Claims = new() { StarvedAfter = 1000.Seconds };

    public static TheoryData<string, Grouping> Kernels()
    {
        var data = new TheoryData<string, Grouping>();
        foreach (var (name, _) in SchedulerCatalog.Find("eevdf")!.Presets)
        {
            data.Add(name, Grouping.Flat);
            data.Add(name, Grouping.Grouped);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void No_law_is_broken_in_random_worlds(string kernel, Grouping grouping) =>
        Swarm.Run(Make(kernel, grouping), worlds: 10, claims: Claims, firstSeed: 100);

    // Grouped, as the presets are, they run in the catalog's swarm.
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("6.12")]
    [InlineData("6.18")]
    [InlineData("7.2")]
    [InlineData("7.3")]
    public void Flat_no_law_is_broken_in_many_random_worlds(string kernel) =>
        Swarm.Run(Make(kernel, Grouping.Flat), worlds: 150, claims: Claims);

    private static Func<ISchedHost, Scheduler> Make(string kernel, Grouping grouping)
    {
        var preset = SchedulerCatalog.Find("eevdf")!.Presets.First(p => p.Name == kernel);
        var options = (EevdfOptions)preset.Options with { Grouping = grouping };
        return host => new EevdfScheduler(host, options);
    }
}
