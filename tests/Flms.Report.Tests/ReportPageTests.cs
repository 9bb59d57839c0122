using System.Text;
using System.Text.Json;

namespace Flms.Report.Tests;

public sealed class ReportPageTests
{
    private const string Page = "<html>" + ReportPage.Slot + "<script>1</script></html>";

    private static string Write(ReportData data, string? page = Page)
    {
        var to = new StringWriter();
        ReportPage.Write(data, to, page);
        return to.ToString();
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("</SCRIPT >")]
    [InlineData("<!-- <script>")]
    [InlineData("-->]]>")]
    [InlineData("quotes \" ' back\\slash, line\nbreak, \u2028, 延时, \ud83d\ude00")]
    public void No_text_can_leave_the_element_that_holds_the_data(string text)
    {
        var written = Write(Sample.With(("credit", 10, 1)) with { Title = text, Assumptions = [text] });

        const string end = "</script><script>1</script></html>";
        var start = ReportPage.Slot.IndexOf("</", StringComparison.Ordinal);
        Assert.EndsWith(end, written, StringComparison.Ordinal);
        var json = written["<html>".Length..^end.Length][start..];
        Assert.DoesNotContain('<', json);
        Assert.DoesNotContain('>', json);
        Assert.All(json, c => Assert.InRange(c, ' ', '~'));
        using var parsed = JsonDocument.Parse(json);
        Assert.Equal(text, parsed.RootElement.GetProperty("title").GetString());
        Assert.Equal(text, parsed.RootElement.GetProperty("assumptions")[0].GetString());
    }

    [Fact]
    public void Without_the_page_the_error_is_one_line_that_says_what_to_do_and_nothing_is_written()
    {
        var to = new StringWriter();
        var error = Assert.Throws<ReportException>(() => ReportPage.Write(Sample.With(("credit", 10, 1)), to, null));

        Assert.Contains("./flms", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(to.ToString());
    }

    [Theory]
    [InlineData("<html></html>")]
    [InlineData(ReportPage.Slot + ReportPage.Slot)]
    public void A_page_without_its_one_slot_is_refused(string page) =>
        Assert.Throws<ReportException>(() => Write(Sample.With(("credit", 10, 1)), page));

    [Fact]
    public void The_same_data_give_the_same_bytes()
    {
        var first = Write(ReportJson.Deserialize(ReportJson.Serialize(Sample.Fixture())));
        Assert.Equal(first, Write(Sample.Fixture()));
    }

    [SkippableFact]
    public void The_built_in_page_is_written_as_UTF8_without_a_mark_and_ends_as_HTML()
    {
        Skip.IfNot(ReportPage.Available, "needs the report page (./flms builds it with Node.js)");
        using var to = new MemoryStream();
        ReportPage.Write(Sample.Fixture(), to);

        var bytes = to.ToArray();
        Assert.Equal("<!doctype html>", Encoding.UTF8.GetString(bytes, 0, 15));
        Assert.EndsWith("</html>", Encoding.UTF8.GetString(bytes).TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(ReportPage.Slot, Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
    }
}
