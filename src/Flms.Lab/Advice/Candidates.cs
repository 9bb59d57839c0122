using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Schedulers.Boost2ms;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Flms;
using Flms.Schedulers.ShortSlice;

namespace Flms.Lab.Advice;

/// <summary>What is tried: the policies that a recording tells enough for, each with a small grid of its
/// settings.</summary>
/// <remarks>
/// Left out are policies that go by what a recording does not tell: device events (ecredit, xcollopts, hu2010, vturbo,
/// asymsched), threads within the guest (task-aware, pvsched), caches and memory nodes (aql, brm, best-numa-node), or
/// what an operator must give each VM (rtds, sedf, bvt, tableau, null). Who names one of them gets it, as it is.
/// </remarks>
internal static class Candidates
{
    private static readonly string[] Usual =
        ["credit", "credit2", "flms", "short-slice", "boost2ms", "vslicer", "io-bounding", "round-robin"];

    /// <summary>What is tried if nobody says: policies of other hypervisors.</summary>
    public static IReadOnlyList<SchedulerChoice> UsualSchedulers =>
        [.. Usual.Select(name => SchedulerChoice.Of(SchedulerCatalog.Find(name)!))];

    /// <summary>A policy with each point of its grid.</summary>
    /// <param name="choice">The policy, with the settings that stay.</param>
    /// <param name="isFixed">Is a setting of that name to stay as it is?</param>
    public static IEnumerable<AdviceCandidate> GridOf(SchedulerChoice choice, Func<string, bool> isFixed)
    {
        var seen = new HashSet<SchedulerOptions> { choice.Options };
        yield return Point(choice, choice.Options);
        // Who names a preset wants that.
        if (choice.Preset != "") yield break;
        foreach (var options in Grid(choice.Options))
        {
            if (options.Problem() != null || !seen.Add(options)) continue;
            var changed = HostModel.Difference(options, choice.Options).Split(", ");
            if (!changed.Any(c => isFixed(c.Split('=')[0]))) yield return Point(choice, options);
        }
    }

    private static AdviceCandidate Point(SchedulerChoice choice, SchedulerOptions options) => new(choice.Label,
        HostModel.Difference(options, choice.Options), AdviceReach.Hypervisor, choice with { Options = options });

    // Slices, as they are what these policies differ by most for a VM that waits.
    private static IEnumerable<SchedulerOptions> Grid(SchedulerOptions options) => options switch
    {
        FlmsOptions o =>
            from sp in (Duration[])[100.Us, 500.Us, 1.Ms, 5.Ms]
            from lp in (Duration[])[30.Ms, 10.Ms, 3.Ms]
            select o with { SpSlice = sp, LpSlice = lp },
        ShortSliceOptions o =>
        [
            .. ((Duration[])[10.Ms, 5.Ms, 2.Ms, 1.Ms]).Select(slice => o with { Tslice = slice }),
            .. ((Duration[])[5.Ms, 1.Ms, 500.Us, 100.Us])
                .Select(slice => o with { Form = ShortSliceForm.Rr, RrSlice = slice }),
        ],
        Boost2msOptions o => ((Duration[])[2.Ms, 5.Ms, 10.Ms]).Select(slice => o with { BoostSlice = slice }),
        // Its own shortest slices are the policy short-slice.
        CreditOptions o when o.GetType() == typeof(CreditOptions) =>
            ((Duration[])[Duration.Zero, 100.Us]).Select(limit => o with { Ratelimit = limit }),
        RoundRobinOptions o => ((Duration[])[10.Ms, 1.Ms]).Select(slice => o with { Slice = slice }),
        _ => [],
    };

    /// <summary>Settings of the recorded host's own kernel that an operator can change.</summary>
    public static IEnumerable<AdviceCandidate> SettingsOf(AdviceCandidate now)
    {
        if (now.Choice.Options is EevdfOptions eevdf)
            foreach (var slice in (Duration?[])[null, 100.Us, 500.Us, 3.Ms, 10.Ms])
                foreach (var hrtick in (bool[])[false, true])
                    foreach (var full in (bool[])[false, true])
                        if ((slice != null || hrtick || full) && !(hrtick && eevdf.Hrtick) && !(full && !eevdf.Lazy))
                            yield return Setting(now, eevdf, slice, hrtick, full);
        if (now.Choice.Options is not CfsOptions cfs) yield break;
        foreach (var granularity in (Duration[])[100.Us, 750.Us, 3.Ms])
            foreach (var wakeup in (Duration[])[Duration.Zero, 1.Ms])
            {
                var options = cfs with
                {
                    MinGranularity = granularity,
                    Latency = granularity * 8,
                    WakeupGranularity = wakeup,
                    Scaling = TunableScaling.None,
                };
                yield return new("this kernel", HostModel.Difference(options, cfs), AdviceReach.Setting,
                    now.Choice with { Options = options })
                {
                    Steps =
                    [
                        Debug("latency_ns", $"{options.Latency.Ns}"),
                        Debug("min_granularity_ns", $"{granularity.Ns}"),
                        Debug("wakeup_granularity_ns", $"{wakeup.Ns}"),
                    ],
                };
            }
    }

    /// <summary>EEVDF as other kernels have it.</summary>
    public static IEnumerable<AdviceCandidate> KernelsBeside(AdviceCandidate now)
    {
        var entry = SchedulerCatalog.Find("eevdf")!;
        var from = (now.Choice.Options as Schedulers.Linux.FairOptions)!;
        foreach (var (preset, options) in entry.Presets)
        {
            if (entry == now.Choice.Entry && preset == now.Choice.Preset) continue;
            var same = (EevdfOptions)options with { Grouping = from.Grouping, Waker = from.Waker, Tick = from.Tick };
            yield return new($"eevdf:{preset}", "", AdviceReach.Kernel, new($"eevdf:{preset}", entry, preset, same))
            {
                Steps = [$"boot a kernel of version {preset}, with its own settings"],
            };
        }
    }

    private static AdviceCandidate Setting(AdviceCandidate now, EevdfOptions options, Duration? slice, bool hrtick,
        bool full)
    {
        List<string> words = [], steps = [];
        if (slice is { } length)
        {
            options = options with { BaseSlice = length, SliceScaling = SliceScaling.None };
            words.Add($"base_slice={length}");
            steps.Add(Debug("base_slice_ns", $"{length.Ns}"));
        }
        if (hrtick)
        {
            options = options with { Hrtick = true };
            words.Add("hrtick=true");
            steps.Add(Debug("features", "HRTICK"));
        }
        if (full)
        {
            options = options with { Lazy = false };
            words.Add("preempt=full");
            steps.Add(Debug("preempt", "full"));
        }
        return new("this kernel", string.Join(", ", words), AdviceReach.Setting, now.Choice with { Options = options })
        {
            Steps = steps,
        };
    }

    private static string Debug(string file, string value) => $"echo {value} > /sys/kernel/debug/sched/{file}";
}
