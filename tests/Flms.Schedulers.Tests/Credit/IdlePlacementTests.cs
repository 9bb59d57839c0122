using System.Text.Json;
using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.Tests.Credit;

public sealed class IdlePlacementTests
{
    [Fact]
    public void Places_as_the_genuine_code_placed()
    {
        Topology? topology = null;
        var placements = 0;
        foreach (var line in Golden.Lines("credit_pick_cpu.jsonl"))
        {
            if (line.TryGetProperty("topology", out var cpus))
            {
                topology = Read(cpus);
                continue;
            }
            placements++;
            var current = new PcpuId(line.GetProperty("current").GetInt32());
            var placement = new IdlePlacement(topology!);
            var bias = line.GetProperty("idle_bias").EnumerateArray().ToArray();
            for (var p = 0; p < bias.Length; p++) placement.Bias[p] = new(bias[p].GetInt32());

            var picked = placement.Pick(Mask(topology!, line.GetProperty("affinity").GetUInt64()),
                Soft(topology!, line), current, Mask(topology!, line.GetProperty("idlers").GetUInt64()),
                line.GetProperty("runq_only_idle").GetInt32() != 0, commit: true);

            Assert.True(line.GetProperty("picked").GetInt32() == picked.Index, $"{line} but picked {picked}");
            Assert.True(line.GetProperty("bias_updated_on").GetInt32() == placement.BiasChanged.Index,
                $"{line} but changed {placement.BiasChanged}");
        }
        Assert.True(placements >= 300);
    }

    private static Topology Read(JsonElement cpus)
    {
        var list = cpus.EnumerateArray().ToArray();
        int[] Column(string name) => [.. list.Select(c => c.GetProperty(name).GetInt32())];
        return new(Column("core"), Column("socket"), Column("socket"));
    }

    private static CpuMask Mask(Topology topology, ulong bits)
    {
        var mask = new CpuMask(topology.Count);
        for (var p = 0; p < topology.Count; p++)
            if ((bits >> p & 1) != 0) mask.Add(new(p));
        return mask;
    }

    private static CpuMask? Soft(Topology topology, JsonElement line)
    {
        var nodes = line.GetProperty("node_affinity");
        if (nodes.ValueKind == JsonValueKind.Null) return null;
        var mask = new CpuMask(topology.Count);
        for (var n = 0; n < topology.Nodes; n++)
            if ((nodes.GetUInt64() >> n & 1) != 0) mask.UnionWith(topology.Node(n));
        return mask;
    }
}
