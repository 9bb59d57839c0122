using System.Text.Json;

namespace Flms.Report.Tests;

public sealed class ReportJsonTests
{
    /// <summary>The page's tests read this file: it keeps the two sides of the page in step. After a change of the
    /// data's shape, run with FLMS_UPDATE=1, read the difference, and commit it.</summary>
    [Fact]
    public void The_pages_fixture_is_what_this_library_writes()
    {
        var data = Sample.Fixture() with { Columns = [], Finding = "" };
        var json = ReportJson.Serialize(ReportPage.Complete(data)) + "\n";
        if (Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1") File.WriteAllText(Sample.FixturePath(), json);
        Assert.Equal(json, File.ReadAllText(Sample.FixturePath()));
    }

    [Fact]
    public void A_figure_that_does_not_exist_is_null_and_comes_back_as_NaN()
    {
        var data = Sample.With(("credit", 10, 1)) with { DurationS = double.PositiveInfinity };
        var json = ReportJson.Serialize(data);

        Assert.Contains("\"p90\":null", json, StringComparison.Ordinal);
        Assert.Contains("\"duration_s\":null", json, StringComparison.Ordinal);
        Assert.True(double.IsNaN(ReportJson.Deserialize(json).Schedulers[0].Measures["web.ping.rtt_ms"].P90));
    }

    [Fact]
    public void A_seed_beyond_the_exact_range_of_a_JSON_number_is_text()
    {
        var json = ReportJson.Serialize(Sample.With(("credit", 10, 1)) with { Seed = long.MaxValue });

        Assert.Contains("\"seed\":\"9223372036854775807\"", json, StringComparison.Ordinal);
        Assert.Equal(long.MaxValue, ReportJson.Deserialize(json).Seed);
    }

    [Fact]
    public void Text_that_is_no_report_is_refused() =>
        Assert.Throws<JsonException>(() => ReportJson.Deserialize("{\"title\":1}"));
}
