using System.Text;
using Flms.Core;

namespace Flms.Schedulers.Sedf;

/// <summary>Admission control, which the original lacks: is there room for what every domain was promised?</summary>
/// <remarks>
/// Earliest deadline first keeps every promise on one pCPU if, and only if, the slices there need no more than all of
/// its time (Liu and Layland; spec/compared-systems.md 7, items 15 and 19). vCPUs stay on the pCPU that the placement
/// gives them, so time that is free on several pCPUs cannot be put together. Every domain counts, also one that is
/// created later. Weights claim nothing: they share what is left, if anything is.
/// </remarks>
public static class SedfAdmission
{
    private const int NamedPcpus = 8;

    /// <summary>Looks for the first domain that there is no room for.</summary>
    /// <param name="host">The machine and all its domains; nothing runs yet.</param>
    /// <param name="options">The settings; without <see cref="SedfOptions.Admission"/> nobody is refused.</param>
    /// <returns>The domain and the reason; null if there is room for all.</returns>
    public static Refusal? Check(ISchedHost host, SedfOptions options)
    {
        if (!options.Admission) return null;
        var homes = new SedfHomes(host.Topology.Count, options);
        for (var i = 0; i < host.VcpuCapacity; i++)
        {
            ref readonly var info = ref host[new(i)];
            // A machine without guests still has a capacity of one.
            if (info.Affinity == null) continue;
            var settings = homes.SettingsOf(host, new(i));
            var p = homes.Choose(new(i), info);
            var claim = homes.Claim(settings);
            if (homes.ReservedOn(p) + claim > options.WeightPeriod)
                return new(info.Domain, Reason(homes, options, info, p, claim));
            homes.Enter(p, settings);
        }
        return null;
    }

    private static string Reason(SedfHomes homes, SedfOptions options, in VcpuInfo info, PcpuId p, Duration claim)
    {
        var all = options.WeightPeriod;
        var text = new StringBuilder($"vCPU {info.Number} needs {Percent(claim, all)} of a pCPU");
        text.Append($" and belongs on {p}, where {Percent(all - homes.ReservedOn(p), all)} is free");
        if (info.Affinity.Count == 1) return text.ToString();
        text.Append("; free on its pCPUs:");
        var named = 0;
        for (var q = info.Affinity.First(); !q.IsNone && named < NamedPcpus; q = info.Affinity.After(q), named++)
            text.Append($"{(named == 0 ? "" : ",")} {q} {Percent(all - homes.ReservedOn(q), all)}");
        if (info.Affinity.Count > NamedPcpus) text.Append($", and {info.Affinity.Count - NamedPcpus} more");
        return text.ToString();
    }

    // With one decimal where it is not whole, to nearest.
    private static string Percent(Duration part, Duration all)
    {
        var tenths = (part.Ns * 1000 + all.Ns / 2) / all.Ns;
        return tenths % 10 == 0 ? $"{tenths / 10} %" : $"{tenths / 10}.{tenths % 10} %";
    }
}
