namespace Flms.Core;

/// <summary>Who runs on the reserved vCPUs of a mixed VM: the rule of the paper's section 3.1, for simulated guests and
/// for real ones.</summary>
public static class MixedGuest
{
    /// <summary>Does a process change its place after a look?</summary>
    /// <remarks>One that uses very little CPU goes to the reserved vCPUs; back it goes once it uses more than that by a
    /// margin (spec/xen.md 6.2 A23).</remarks>
    /// <param name="reserved">Is it on the reserved vCPUs now?</param>
    /// <param name="ranNs">CPU time that it had since the last look, in ns.</param>
    /// <param name="wallNs">Time since then, in ns.</param>
    /// <param name="low">Percent of a vCPU: whoever uses less, goes.</param>
    /// <param name="high">Percent of a vCPU: whoever uses more, goes back; not less than <paramref name="low"/>.
    /// </param>
    public static bool Moves(bool reserved, long ranNs, long wallNs, int low, int high)
    {
        var percent = (Int128)ranNs * 100;
        return reserved ? percent > (Int128)wallNs * high : percent < (Int128)wallNs * low;
    }
}
