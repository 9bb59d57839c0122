using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Flms.Report.Tests;

public sealed class PaperReportPageTests
{
    private static readonly PaperReportData Data = new()
    {
        Title = "The paper's figures </script>",
        Summary = "Made up.",
        Command = "flms paper --report paper.html",
        Version = "0.1.0",
        Replications = 2,
        Systems = [new() { Name = "credit", What = "The baseline.", Family = "paper" }],
        Figures =
        [
            new()
            {
                Name = "fig9", Title = "Figure 9", Caption = "how far", Place = "p. 408",
                Summary = "Made up.", Form = "bars", Groups = [""], Xs = ["50", "95"],
                Quantities = [new() { Name = "part", Unit = "%", Title = "part", Better = "lower", OfPaper = true }],
                Rows = [new() { System = "credit", X = "50", Values = [new()], Published = [double.NaN] }],
                Claims =
                [
                    new()
                    {
                        Name = "part", Text = "31 %.", Place = "p. 408", Paper = 31,
                        Ours = new() { Mean = 34, Ci95 = [33, 35] },
                        Degree = "direction", Verdict = "agrees in order and direction", Because = "Made up.",
                        System = "credit", Quantity = "part",
                    },
                ],
            },
        ],
    };

    [Fact]
    public void A_number_that_does_not_exist_is_null_and_its_interval_empty()
    {
        using var json = JsonDocument.Parse(ReportJson.Serialize(Data));
        var root = json.RootElement;
        Assert.Equal("paper", root.GetProperty("kind").GetString());
        var row = root.GetProperty("figures")[0].GetProperty("rows")[0];
        Assert.Equal(JsonValueKind.Null, row.GetProperty("values")[0].GetProperty("mean").ValueKind);
        Assert.Equal(0, row.GetProperty("values")[0].GetProperty("ci95").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("published")[0].ValueKind);
    }

    [Fact]
    public void The_page_knows_every_field_by_its_name_and_expects_no_other()
    {
        using var json = JsonDocument.Parse(ReportJson.Serialize(Data));
        var written = new SortedSet<string>(StringComparer.Ordinal);
        Collect(json.RootElement, written);

        var known = Regex.Matches(File.ReadAllText(PageData()), @"^  (\w+): ", RegexOptions.Multiline)
            .Select(m => m.Groups[1].Value);
        Assert.Equal(new SortedSet<string>(known, StringComparer.Ordinal), written);
    }

    [SkippableFact]
    public void It_is_written_into_the_built_in_page_and_cannot_end_its_element()
    {
        Skip.IfNot(ReportPage.Available, "needs the report page (./flms builds it with Node.js)");
        using var to = new MemoryStream();
        ReportPage.Write(Data, to);

        var page = Encoding.UTF8.GetString(to.ToArray());
        Assert.Contains("\"kind\":\"paper\"", page, StringComparison.Ordinal);
        Assert.Contains("The paper\\u0027s figures \\u003C/script\\u003E", page, StringComparison.Ordinal);
        Assert.DoesNotContain(ReportPage.Slot, page, StringComparison.Ordinal);
    }

    private static void Collect(JsonElement element, SortedSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) Collect(item, names);
        if (element.ValueKind != JsonValueKind.Object) return;
        foreach (var property in element.EnumerateObject())
        {
            names.Add(property.Name);
            Collect(property.Value, names);
        }
    }

    private static string PageData([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../web/src/paper/data.ts"));
}
