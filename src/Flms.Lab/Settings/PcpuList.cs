using System.Globalization;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Lab.Settings;

/// <summary>Reads sets of pCPUs as Linux lists them: <c>0-3,8</c>, or <c>all</c>.</summary>
internal static class PcpuList
{
    /// <summary>Reads a set.</summary>
    /// <param name="node">Where it is written.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="pcpus">How many there are.</param>
    /// <param name="problems">Where problems are noted.</param>
    /// <param name="what">What it is a set of.</param>
    /// <param name="owner">What has them.</param>
    /// <returns>Null if a problem was noted.</returns>
    public static CpuMask? Read(Node node, string name, int pcpus, Problems problems, string what = "pCPU",
        string owner = "this machine")
    {
        var form = $"write {what}s like 0-3,8, or all";
        if (node is not Scalar { IsNull: false } scalar)
        {
            problems.Add(node.Place, $"{name} is {node.Form}, not a set of {what}s", form);
            return null;
        }
        var mask = new CpuMask(pcpus);
        if (scalar.Value.Trim() == "all") return mask.Fill();
        foreach (var part in scalar.Value.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last)
                || last < first)
            {
                problems.Add(node.Place, $"{name} is {Quote.Text(scalar.Value)}, which is not a set of {what}s", form);
                return null;
            }
            if (last >= pcpus)
            {
                problems.Add(node.Place, $"{name} names {what} {last}, which does not exist",
                    pcpus == 1 ? $"{owner} has only {what} 0" : $"{owner} has {what}s 0 to {pcpus - 1}");
                return null;
            }
            for (var p = first; p <= last; p++) mask.Add(new(p));
        }
        return mask;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
