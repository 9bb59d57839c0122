using Flms.Core;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Tests.Linux;

/// <summary>spec/linux-host.md section 1, wake placement, rule by rule.</summary>
public sealed class WakePlacementTests
{
    private const long Load = 1024;

    // Two sockets of four cores.
    private static int Choose(string busy, int previous, int waker, int recent = -1, string allowed = "0-7",
        int threads = 1, bool limit = true, Instant? at = null)
    {
        var topology = Topology.Of(2, 4 / threads, threads);
        var domains = new SchedDomains(topology);
        var figures = new RunqueueFigures(domains, topology.Count);
        foreach (var p in Members(busy))
        {
            figures.Add(new(p), Instant.Zero);
            figures.SetLoad(new(p), figures.Load(new(p)) + Load, Instant.Zero);
        }
        var mask = new CpuMask(8);
        foreach (var p in Members(allowed)) mask.Add(new(p));
        var placement = new WakePlacement(domains, figures, new CfsOptions { ScanLimit = limit });
        return placement.Choose(new(previous), new(waker), new(recent), mask, Load, at ?? Instant.Zero).Index;
    }

    private static IEnumerable<int> Members(string list)
    {
        foreach (var part in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            for (var p = int.Parse(ends[0]); p <= int.Parse(ends[^1]); p++) yield return p;
        }
    }

    [Fact]
    public void It_stays_where_it_was_if_that_idles() => Assert.Equal(2, Choose("", previous: 2, waker: 2));

    [Fact]
    public void Near_an_idle_waker_it_goes_there() => Assert.Equal(1, Choose("2", previous: 2, waker: 1));

    [Fact]
    public void Its_own_pCPU_is_preferred_to_the_wakers_if_both_idle() => Assert.Equal(2, Choose("", 2, 1));

    [Fact]
    public void An_idle_waker_in_another_socket_does_not_draw_it() => Assert.Equal(2, Choose("", 2, 5));

    // Both busy: 2,048 here with the waker's own load against 1,024 less its own there.
    [Fact]
    public void The_less_loaded_neighbourhood_is_chosen()
    {
        var later = Instant.Zero + 1.Seconds;
        Assert.Equal(3, Choose("2,2,5", 2, 5, at: later));
        Assert.Equal(6, Choose("2,2,2,2,5", 2, 5, at: later));
    }

    [Fact]
    public void A_busy_pCPU_makes_it_look_at_the_one_before() => Assert.Equal(0, Choose("2", 2, 2, recent: 0));

    [Fact]
    public void The_scan_takes_the_next_idle_one_of_the_cache() => Assert.Equal(3, Choose("2", 2, 2));

    [Fact]
    public void The_scan_does_not_leave_the_cache() => Assert.Equal(2, Choose("0-3", 2, 2));

    [Fact]
    public void The_scan_keeps_to_the_affinity() => Assert.Equal(0, Choose("2", 2, 2, allowed: "0,2"));

    // Threads 0-1, 2-3: thread 3 idles beside busy 2, but the core of 0 and 1 idles as a whole.
    [Fact]
    public void An_idle_core_comes_before_an_idle_thread() => Assert.Equal(0, Choose("2", 2, 2, threads: 2));

    // Three of four were busy for a second: 75 % of 85 % leaves 1 - 0.78 of 4 steps, so one, and the idle one is
    // three steps away.
    [Fact]
    public void A_busy_cache_is_scanned_for_few_steps()
    {
        var later = Instant.Zero + 1.Seconds;
        Assert.Equal(2, Choose("0,2,3", 2, 2, at: later));
        Assert.Equal(1, Choose("0,2,3", 2, 2, limit: false, at: later));
    }
}
