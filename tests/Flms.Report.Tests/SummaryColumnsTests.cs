namespace Flms.Report.Tests;

public sealed class SummaryColumnsTests
{
    [Fact]
    public void A_latency_VM_has_mean_median_and_99th_percentile_and_the_host_has_its_costs()
    {
        var columns = SummaryColumns.Of(Sample.With(("credit", 16, 1), ("flms", 1, 0.1)));
        Assert.Equal(
            ["web round trip: mean", "web round trip: p50", "web round trip: p99",
                "neighbours: CPU share", "neighbours: Jain", "host: switches", "host: migrations"],
            columns.Select(c => $"{c.Group}: {c.Label}"));
        Assert.Equal([16, 1], columns[0].Cells.Select(c => c.Value));
        Assert.Equal([64, 4], columns[2].Cells.Select(c => c.Value));
    }

    [Fact]
    public void The_lowest_latency_is_best_and_an_overlapping_interval_is_tied()
    {
        var data = Sample.With(("a", 10, 1), ("b", 9, 0.5), ("c", 12, 0.5));
        var cells = Sample.Column(data, "web round trip", "mean").Cells;
        Assert.Equal([false, true, false], cells.Select(c => c.Best));
        Assert.Equal([true, false, false], cells.Select(c => c.Tied));
    }

    [Fact]
    public void Pairs_of_replications_tell_apart_what_overlapping_intervals_do_not()
    {
        Assert.False(Tied(0.9, 0.8, 0.97));
        Assert.True(Tied(0.9, 0.7, 1.1));

        static bool Tied(double ratio, double low, double high)
        {
            var data = Sample.With(("first", 10, 5), ("second", 9, 5));
            var name = "web.ping.rtt_ms";
            var second = data.Schedulers[1].Measures;
            second[name] = second[name] with { VsFirst = new() { Mean = ratio, Ci95 = [low, high] } };
            return Sample.Column(data, "web round trip", "mean").Cells[0].Tied;
        }
    }

    [Fact]
    public void Nothing_is_best_when_all_are_alike()
    {
        var cells = Sample.Column(Sample.With(("a", 10, 1), ("b", 9, 1)), "host", "switches").Cells;
        Assert.All(cells, c => Assert.False(c.Best));
    }

    [Fact]
    public void Migrations_are_the_sum_of_their_distances_and_a_part_of_one_is_not_counted_twice()
    {
        var data = Sample.With(("a", 10, 1));
        data.Schedulers[0].Measures["host.migrations_per_s.other_node"] = new() { Mean = 1 };
        Assert.Equal(3, Sample.Column(data, "host", "migrations").Cells[0].Value);
    }

    [Fact]
    public void A_measured_fairness_is_shown_instead_of_a_computed_one()
    {
        var data = Sample.With(("a", 10, 1));
        data.Schedulers[0].Measures["host.fairness"] = new() { Mean = 0.5 };
        Assert.Equal(0.5, Sample.Column(data, "neighbours", "Jain").Cells[0].Value);
    }

    [Fact]
    public void The_neighbours_share_is_theirs_alone_and_Jain_says_how_evenly_it_fell()
    {
        var data = Sample.With(("a", 10, 1));
        Assert.Equal(90, Sample.Column(data, "neighbours", "CPU share").Cells[0].Value);
        // (60 + 30)² / (2 · (60² + 30²)) = 8100 / 9000
        Assert.Equal(0.9, Sample.Column(data, "neighbours", "Jain").Cells[0].Value, 12);
    }

    [Fact]
    public void Jain_goes_by_weight()
    {
        var data = Sample.With(("a", 10, 1));
        data = data with { Vms = [data.Vms[0], data.Vms[1] with { Weight = 512 }, data.Vms[2]] };
        Assert.Equal(1, Sample.Column(data, "neighbours", "Jain").Cells[0].Value, 12);
    }

    [Fact]
    public void Three_latency_VMs_are_shown_by_their_mean_and_their_worst()
    {
        var data = Sample.With(("a", 10, 1));
        foreach (var (vm, mean) in new[] { ("a", 20.0), ("b", 60.0) })
            data.Schedulers[0].Measures[vm + ".ping.rtt_ms"] = new() { Mean = mean, P99 = mean * 2 };

        Assert.Equal(30, Sample.Column(data, "round trips", "mean").Cells[0].Value);
        Assert.Equal(60, Sample.Column(data, "round trips", "worst mean").Cells[0].Value);
        Assert.Equal(120, Sample.Column(data, "round trips", "worst p99").Cells[0].Value);
        Assert.DoesNotContain(SummaryColumns.Of(data), c => c.Group == "neighbours");
    }

    [Fact]
    public void Without_pings_the_waiting_counts()
    {
        var data = Sample.With(("credit", 16, 1));
        data.Schedulers[0].Measures.Remove("web.ping.rtt_ms");
        data.Schedulers[0].Measures["web.wait_ms"] = new() { Mean = 3 };
        data.Schedulers[0].Measures["a.wait_ms"] = new() { Mean = 30 };
        Assert.Equal(3, Sample.Column(data, "web wait", "mean").Cells[0].Value);
        Assert.DoesNotContain(SummaryColumns.Of(data), c => c.Group == "a wait");
    }

    [Fact]
    public void Every_round_trip_is_a_latency_and_that_of_pings_goes_first()
    {
        var data = Sample.With(("credit", 16, 1));
        var measures = data.Schedulers[0].Measures;
        measures["web.request.rtt_ms"] = new() { Mean = 5 };
        Assert.Equal(16, Sample.Column(data, "web round trip", "mean").Cells[0].Value);
        measures.Remove("web.ping.rtt_ms");
        Assert.Equal(5, Sample.Column(data, "web round trip", "mean").Cells[0].Value);
        measures["web.peer_ping.rtt_ms"] = new() { Mean = 7 };
        Assert.Equal(7, Sample.Column(data, "web round trip", "mean").Cells[0].Value);
    }

    [Fact]
    public void What_a_workload_counts_has_a_column_and_of_several_VMs_the_sum()
    {
        var data = Sample.With(("credit", 16, 1), ("flms", 4, 1));
        foreach (var (s, factor) in new[] { (0, 1), (1, 2) })
        {
            data.Schedulers[s].Measures["web.webbench.pages_per_min"] = new() { Mean = 600 * factor };
            foreach (var vm in new[] { "a", "b" })
                data.Schedulers[s].Measures[vm + ".tcp_stream.throughput_mbps"] = new() { Mean = 500 * factor };
        }
        var pages = Sample.Column(data, "web webbench", "pages");
        Assert.Equal(("/min", "higher", true), (pages.Unit, pages.Better, pages.Cells[1].Best));
        var stream = Sample.Column(data, "2 VMs' tcp_stream", "throughput");
        Assert.Equal(("Mbit/s", 1000.0, 2000.0), (stream.Unit, stream.Cells[0].Value, stream.Cells[1].Value));
    }

    [Theory]
    [InlineData("web.ping.rtt_ms", "ms", false)]
    [InlineData("web.sip.lost", "", false)]
    [InlineData("web.cpu_share", "", false)]
    [InlineData("host.migrations_per_s.remote", "/s", false)]
    [InlineData("web2.tcp_rr.transactions_per_s", "/s", false)]
    [InlineData("web.guest.switches_per_s", "/s", false)]
    [InlineData("web.tcp_rr.transactions_per_s", "/s", true)]
    [InlineData("web.iozone.write_kb_per_s", "KB/s", true)]
    public void A_measure_says_its_unit_and_whether_it_is_a_rate(string measure, string unit, bool rate) =>
        Assert.Equal((unit, rate), (MeasureNames.UnitOf(measure), MeasureNames.IsRate(measure, "web")));
}
