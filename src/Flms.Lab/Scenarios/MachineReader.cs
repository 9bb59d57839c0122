using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Sim;

namespace Flms.Lab.Scenarios;

/// <summary>Reads the machine's shape and costs.</summary>
internal sealed class MachineReader(Problems problems)
{
    private static readonly Setting[] Regular =
        [ScenarioKeys.Sockets, ScenarioKeys.Cores, ScenarioKeys.Threads, ScenarioKeys.Nodes];

    /// <summary>Reads <c>machine</c>.</summary>
    /// <param name="node">The map; null if the scenario has none.</param>
    /// <param name="top">Where the document begins.</param>
    public (Topology Topology, CostModel Costs, MachineDevices Devices) Read(Node? node, Place top)
    {
        var section = new Section(node, ScenarioKeys.OfMachine, "machine", top, problems);
        return (ReadTopology(section), ReadCosts(section[ScenarioKeys.Costs]), DeviceReader.Read(section, problems));
    }

    private Topology ReadTopology(Section section)
    {
        var one = Topology.Of(1, 1);
        var sockets = section.Read(ScenarioKeys.Sockets, 1);
        var cores = section.Read(ScenarioKeys.Cores, 1);
        var threads = section.Read(ScenarioKeys.Threads, 1);
        var nodes = section.Read(ScenarioKeys.Nodes, 0);
        var list = section[ScenarioKeys.Pcpus];
        foreach (var key in Regular)
            if (list != null && section[key] != null)
                problems.Add(section.PlaceOf(key), $"machine has both pcpus and {key.Name}", "keep one of the two");
        if (problems.Any && list == null) return one;
        if (list == null && (long)sockets * cores * threads > ScenarioKeys.MaxPcpus)
        {
            problems.Add(section.Place, $"the machine has {(long)sockets * cores * threads} pCPUs",
                $"at most {ScenarioKeys.MaxPcpus} can be simulated");
            return one;
        }
        try
        {
            return list == null ? Topology.Of(sockets, cores, threads, nodes) : ReadPcpus(list);
        }
        catch (ArgumentException e)
        {
            problems.Add(list?.Place ?? section.PlaceOf(ScenarioKeys.Nodes), e.Message,
                list == null ? "choose a number of nodes that divides the cores"
                    : "number cores, sockets and nodes from 0");
            return one;
        }
    }

    private Topology ReadPcpus(Node node)
    {
        if (node is not Sequence { Items.Count: > 0 and <= ScenarioKeys.MaxPcpus } list)
        {
            problems.Add(node.Place, $"pcpus is {node.Form}, not a list of 1 to {ScenarioKeys.MaxPcpus} pCPUs",
                "write it like [{core: 0}, {core: 1}]");
            return Topology.Of(1, 1);
        }
        var numbers = new List<(int Core, int Socket, int Node)>();
        foreach (var item in list.Items)
        {
            var pcpu = new Section(item, ScenarioKeys.OfPcpu, "a pCPU", item.Place, problems);
            var socket = pcpu.Read(ScenarioKeys.PcpuSocket, 0);
            numbers.Add((pcpu.Read(ScenarioKeys.PcpuCore, 0), socket, pcpu.Read(ScenarioKeys.PcpuNode, socket)));
        }
        return problems.Any ? Topology.Of(1, 1)
            : new([.. numbers.Select(n => n.Core)], [.. numbers.Select(n => n.Socket)],
                [.. numbers.Select(n => n.Node)]);
    }

    private CostModel ReadCosts(Node? node)
    {
        if (node == null) return CostModel.Typical;
        var map = node as Mapping;
        var name = map == null ? node : map["base"];
        var form = map == null ? ScenarioKeys.CostsBase with { Name = "costs" } : ScenarioKeys.CostsBase;
        var preset = name == null ? null : OptionBinder.Read(name, form, problems) as string;
        var from = preset == null ? CostModel.Typical : Named(preset);
        if (map == null) return from;
        var rest = new Mapping(map.Place);
        foreach (var (key, value) in map.Entries)
            if (key.Value != "base") rest.Set(key, value);
        return OptionBinder.Bind(rest, from, "costs", problems);
    }

    private static CostModel Named(string name) => name switch
    {
        "harness" => CostModel.Harness,
        "none" => CostModel.None,
        _ => CostModel.Typical,
    };
}
