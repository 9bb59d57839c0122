using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Linux;

namespace Flms.Agent.Libvirt;

/// <summary>Reads what libvirt's description of a domain says to us.</summary>
/// <remarks>Elements and attributes as libvirt documents them (Domain XML format: <c>vcpu</c>, <c>cputune</c>,
/// <c>numatune</c>, <c>metadata</c>).</remarks>
public static class DomainXml
{
    /// <summary>The namespace of the operator's word: <c>&lt;flms:policy xmlns:flms="urn:flms:policy:1" class="mix"
    /// sp-vcpus="0"/&gt;</c>.</summary>
    public const string PolicyNamespace = "urn:flms:policy:1";

    private const int MostPcpus = HostCpus.Most;

    /// <summary>Reads a description.</summary>
    /// <param name="text">XML of a domain.</param>
    /// <param name="nodes">The machine's NUMA nodes.</param>
    /// <returns>Null if it is none.</returns>
    public static ManagedVm? Read(string text, IReadOnlyList<int> nodes)
    {
        XElement domain;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text),
                new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            domain = XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
        var uuid = (domain.Element("uuid")?.Value ?? "").Trim();
        if (domain.Name != "domain" || uuid == "") return null;
        var (word, problem) = WordOf(domain);
        var pins = PinsOf(domain);
        return new()
        {
            Uuid = uuid,
            Name = ProcText.Plain(System.Text.Encoding.UTF8.GetBytes(domain.Element("name")?.Value ?? "")),
            Run = int.TryParse(domain.Attribute("id")?.Value, CultureInfo.InvariantCulture, out var id) ? id : 0,
            Word = word,
            Problem = problem,
            Pins = pins,
            Claim = pins.Count > 0 ? ManagedClaim.Pinned : ClaimOf(domain, nodes),
        };
    }

    private static ManagedClaim ClaimOf(XElement domain, IReadOnlyList<int> nodes)
    {
        var vcpu = domain.Element("vcpu");
        if (vcpu?.Attribute("cpuset") != null || vcpu?.Attribute("placement")?.Value == "auto")
            return ManagedClaim.Cpuset;
        foreach (var element in domain.Element("cputune")?.Elements() ?? [])
            if (element.Name.LocalName.EndsWith("sched", StringComparison.Ordinal)
                && element.Attribute("scheduler")?.Value is "fifo" or "rr") return ManagedClaim.RealTime;
        return IsBoundToNodes(domain.Element("numatune"), nodes) ? ManagedClaim.Numatune : ManagedClaim.None;
    }

    // On a machine of one node, or if all nodes are named, the memory is bound to nothing.
    private static bool IsBoundToNodes(XElement? numatune, IReadOnlyList<int> nodes)
    {
        foreach (var memory in numatune?.Elements() ?? [])
        {
            // Strict is what it is if it is not said (libvirt: "Defaults to strict").
            if ((memory.Attribute("mode")?.Value ?? "strict") is not ("strict" or "restrictive")) continue;
            if (memory.Attribute("placement")?.Value == "auto" && nodes.Count > 1) return true;
            if (memory.Attribute("nodeset")?.Value is not { } list) continue;
            if (!CpuList.TryParse(list, MostPcpus, out var named) || nodes.Any(n => !named.Contains(n))) return true;
        }
        return false;
    }

    private static Dictionary<PinTarget, string> PinsOf(XElement domain)
    {
        var pins = new Dictionary<PinTarget, string>();
        foreach (var element in domain.Element("cputune")?.Elements() ?? [])
        {
            var name = element.Name.LocalName;
            if (!name.EndsWith("pin", StringComparison.Ordinal)) continue;
            // As the events name it.
            var number = element.Attribute("vcpu")?.Value ?? element.Attribute("iothread")?.Value ?? "";
            if (!PinTarget.TryParse($"cputune.{name}{number}", out var target)) continue;
            var cpus = element.Attribute("cpuset")?.Value ?? "";
            pins[target] = pins.TryGetValue(target, out var others) ? $"{others};{cpus}" : cpus;
        }
        return pins;
    }

    private static (VmWord? Word, string Problem) WordOf(XElement domain)
    {
        var policy = domain.Element("metadata")?.Element(XName.Get("policy", PolicyNamespace));
        if (policy == null) return (null, "");
        var name = policy.Attribute("class")?.Value ?? "";
        var vcpus = policy.Attribute("sp-vcpus")?.Value;
        if (VmWord.TryParse(vcpus == null ? name : $"{name}:{vcpus}", out var word)) return (word, "");
        return (null, $"class=\"{name}\"{(vcpus == null ? "" : $" sp-vcpus=\"{vcpus}\"")}: class is latency, "
            + "compute, mix, service or ignore, and with mix sp-vcpus may list vCPUs, as in 0,2-3");
    }
}
