using System.Globalization;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Lab.Settings;

/// <summary>Reads sets of pCPUs as Linux lists them: <c>0-3,8</c>, or <c>all</c>.</summary>
internal static class PcpuList
{
    /// <summary>Reads a set.</summary>
    /// <returns>Null if a problem was noted.</returns>
    public static CpuMask? Read(Node node, string name, int pcpus, Problems problems)
    {
        const string form = "write pCPUs like 0-3,8, or all";
        if (node is not Scalar { IsNull: false } scalar)
        {
            problems.Add(node.Place, $"{name} is {node.Form}, not a set of pCPUs", form);
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
                problems.Add(node.Place, $"{name} is {Quote.Text(scalar.Value)}, which is not a set of pCPUs", form);
                return null;
            }
            if (last >= pcpus)
            {
                problems.Add(node.Place, $"{name} names pCPU {last}, which does not exist",
                    pcpus == 1 ? "this machine has only pCPU 0" : $"this machine has pCPUs 0 to {pcpus - 1}");
                return null;
            }
            for (var p = first; p <= last; p++) mask.Add(new(p));
        }
        return mask;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
