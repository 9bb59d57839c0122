using System.Globalization;

namespace Flms.TestBed.Guests;

/// <summary>What a guest says of itself.</summary>
/// <param name="Loops">Pieces of work that it has done since it was started.</param>
/// <param name="Duty">Percent of each period that it burns.</param>
/// <param name="PeriodUs">How long that period is, in us.</param>
public sealed record GuestReport(long Loops, int Duty, int PeriodUs)
{
    /// <summary>Reads a guest's answer.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static GuestReport Parse(string text)
    {
        if (text.Split(' ') is ["loops", var loops, "duty", var duty, "period", var period]
            && long.TryParse(loops, NumberStyles.None, CultureInfo.InvariantCulture, out var done)
            && int.TryParse(duty, NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            && int.TryParse(period, NumberStyles.None, CultureInfo.InvariantCulture, out var us))
            return new(done, percent, us);
        throw new FormatException($"a guest said: {text}");
    }
}
