using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Linux;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>How near the model of the recorded host comes to what was recorded, for one VM.</summary>
/// <param name="Vm">Its name.</param>
/// <param name="Recorded">What it met.</param>
/// <param name="Model">What it meets on the simulated host under the same demand.</param>
public sealed record VmFit(string Vm, VmFigures Recorded, VmFigures Model)
{
    /// <summary>Lengths of time that differ by less than this are alike: the model has no interrupts, and the host's
    /// clock ticks.</summary>
    private const double GrainMs = 0.1;

    /// <summary>How many times too long or too short the model's figure is, 1 or more.</summary>
    public double Error(AdviceObjective objective) =>
        Factor(Model.Of(objective) + GrainMs, Recorded.Of(objective) + GrainMs);

    /// <summary>How many times too much or too little work the model does, 1 or more.</summary>
    public double WorkError => Factor(Model.WorkS + GrainMs / 1e3, Recorded.WorkS + GrainMs / 1e3);

    private static double Factor(double a, double b) => Math.Max(a / b, b / a);
}

/// <summary>What may stand for the recorded host: the policies of its kernel, in the variants that the recording leaves
/// open.</summary>
internal static class HostModel
{
    private static readonly Duration[] Ticks = [4.Ms, 1.Ms];

    /// <summary>The variants, the likeliest first.</summary>
    public static IReadOnlyList<AdviceCandidate> Variants(RecordedHost host)
    {
        var variants = new List<AdviceCandidate>();
        foreach (var (preset, options) in Kernels(host))
            foreach (var lazy in Lazies(host, options))
                foreach (var grouping in Enum.GetValues<Grouping>())
                    foreach (var waker in Enum.GetValues<WakerRule>())
                        foreach (var tick in Ticks)
                            variants.Add(Of(preset, With(options, lazy) with
                            {
                                Grouping = grouping,
                                Waker = waker,
                                Tick = tick,
                            }, options));
        return variants;
    }

    /// <summary>The settings of a policy that differ from others, as in <c>tick=1ms, lazy=false</c>.</summary>
    public static string Difference(SchedulerOptions options, SchedulerOptions from) => string.Join(", ",
        OptionCatalog.Of(options).Zip(OptionCatalog.Of(from)).Where(p => p.First.Default != p.Second.Default)
            .Select(p => $"{p.First.Name}={p.First.Default}"));

    /// <summary>The preset of EEVDF for a kernel of that version.</summary>
    public static string PresetOf((int Major, int Minor) version) => version switch
    {
        var v when v.CompareTo((6, 16)) < 0 => "6.12",
        var v when v.CompareTo((7, 2)) < 0 => "6.18",
        var v when v.CompareTo((7, 3)) < 0 => "7.2",
        _ => "7.3",
    };

    // What the kernel's version says; all that it may be where it is not known.
    private static IEnumerable<(string Preset, FairOptions Options)> Kernels(RecordedHost host)
    {
        if (host.Version is not { } version) return [Eevdf("6.18"), Eevdf("6.12"), ("", new CfsOptions())];
        if (version.CompareTo((6, 6)) < 0) return [("", new CfsOptions())];
        return [Eevdf(PresetOf(version))];

        (string, FairOptions) Eevdf(string preset)
        {
            var options = (EevdfOptions)SchedulerCatalog.Find("eevdf")!.Presets.First(p => p.Name == preset).Options;
            if (host.Hrtick is { } hrtick) options = options with { Hrtick = hrtick };
            if (host.BaseSliceNs is >= 100_000 and <= 100_000_000)
                options = options with { BaseSlice = new(host.BaseSliceNs), SliceScaling = SliceScaling.None };
            return (preset, options);
        }
    }

    private static bool[] Lazies(RecordedHost host, FairOptions options) =>
        options is not EevdfOptions eevdf ? [false]
        : host.Lazy is { } said ? [said]
        : host.Version is { } v && v.CompareTo((6, 13)) < 0 ? [false]
        : [eevdf.Lazy, !eevdf.Lazy];

    private static FairOptions With(FairOptions options, bool lazy) =>
        options is EevdfOptions eevdf ? eevdf with { Lazy = lazy } : options;

    private static AdviceCandidate Of(string preset, FairOptions options, FairOptions from)
    {
        var entry = SchedulerCatalog.Find(options is EevdfOptions ? "eevdf" : "cfs")!;
        var name = preset == "" ? entry.Name : $"{entry.Name}:{preset}";
        return new(name, Difference(options, from), AdviceReach.Now, new(name, entry, preset, options));
    }
}
