namespace Flms.Report;

/// <summary>The report cannot be written, for a reason the user can mend: the message is one line.</summary>
public sealed class ReportException(string message) : Exception(message);

/// <summary>Writes the HTML report: the page built from <c>web/</c>, with the data put into it.</summary>
/// <remarks>The result is one file that needs nothing else: no network, no server. The same data give the same
/// bytes.</remarks>
public static class ReportPage
{
    /// <summary>The element of the page that holds the data, as the page's build leaves it: empty.</summary>
    public const string Slot = "<script type=\"application/json\" id=\"flms-data\"></script>";

    private const string ResourceName = "report.html";

    /// <summary>Was the page there when this library was built?</summary>
    public static bool Available => typeof(ReportPage).Assembly.GetManifestResourceInfo(ResourceName) is not null;

    /// <summary>Write the report.</summary>
    /// <param name="data">What to show. A missing finding and missing columns are made from the measures.</param>
    /// <param name="to">Where to. Nothing is written before the whole report is ready.</param>
    /// <exception cref="ReportException">The page was not built into this library.</exception>
    public static void Write(ReportData data, TextWriter to) => Write(data, to, EmbeddedPage());

    /// <summary>Write the report as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write(ReportData, TextWriter)"/>
    public static void Write(ReportData data, Stream to)
    {
        using var writer = new StreamWriter(to, new System.Text.UTF8Encoding(false), leaveOpen: true);
        Write(data, writer);
    }

    /// <summary>Write the report into a page other than the built-in one.</summary>
    /// <param name="data">What to show.</param>
    /// <param name="to">Where to.</param>
    /// <param name="page">The page, with <see cref="Slot"/> in it exactly once; null when there is none.</param>
    /// <exception cref="ReportException">There is no page, or it has no one slot.</exception>
    public static void Write(ReportData data, TextWriter to, string? page) =>
        WriteJson(ReportJson.Serialize(Complete(data)), to, page);

    /// <summary>Write the report of a sweep as UTF-8 without a byte order mark.</summary>
    /// <param name="data">What to show.</param>
    /// <param name="to">Where to. Nothing is written before the whole report is ready.</param>
    /// <exception cref="ReportException">The page was not built into this library.</exception>
    public static void Write(SweepReportData data, Stream to)
    {
        using var writer = new StreamWriter(to, new System.Text.UTF8Encoding(false), leaveOpen: true);
        WriteJson(ReportJson.Serialize(data), writer, EmbeddedPage());
    }

    /// <summary>Write the report of the paper's figures as UTF-8 without a byte order mark.</summary>
    /// <param name="data">What to show.</param>
    /// <param name="to">Where to. Nothing is written before the whole report is ready.</param>
    /// <exception cref="ReportException">The page was not built into this library.</exception>
    public static void Write(PaperReportData data, Stream to)
    {
        using var writer = new StreamWriter(to, new System.Text.UTF8Encoding(false), leaveOpen: true);
        WriteJson(ReportJson.Serialize(data), writer, EmbeddedPage());
    }

    private static void WriteJson(string json, TextWriter to, string? page)
    {
        if (page is null)
            throw new ReportException(
                "the report page was not built into this program; build it with ./flms (it needs Node.js)");
        var slot = page.IndexOf(Slot, StringComparison.Ordinal);
        if (slot < 0 || page.IndexOf(Slot, slot + 1, StringComparison.Ordinal) >= 0)
            throw new ReportException(
                "the report page must have one empty flms-data element; build it again with ./flms");
        to.Write(page.AsSpan(0, slot));
        to.Write(Slot.AsSpan(0, Slot.IndexOf("</", StringComparison.Ordinal)));
        to.Write(json);
        to.Write(page.AsSpan(slot + Slot.IndexOf("</", StringComparison.Ordinal)));
    }

    /// <summary>The data with the finding and the summary's columns filled in where they were missing.</summary>
    internal static ReportData Complete(ReportData data)
    {
        if (data.Columns.Count == 0) data = data with { Columns = SummaryColumns.Of(data) };
        if (data.Finding.Length == 0) data = data with { Finding = Headline.Of(data) };
        return data;
    }

    private static string? EmbeddedPage()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream(ResourceName);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
