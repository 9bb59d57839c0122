using System.Text;

namespace Flms.Sweep.Plans;

/// <summary>One combination of a scheduler and the values of the axes; its points differ in the seed only.</summary>
/// <param name="Scheduler">The scheduler's label.</param>
/// <param name="Options">Its settings that differ from the policy's defaults, as in <c>sp_slice=1ms, vtrc=false</c>;
/// may be empty.</param>
/// <param name="Values">For each axis the value, as the sweep file has it; empty where the axis does not concern the
/// scheduler.</param>
public sealed record VariantRow(string Scheduler, string Options, IReadOnlyList<string> Values)
{
    /// <summary>The scheduler and the values in words, as in <c>flms, flms.sp_slice=1ms</c>.</summary>
    /// <param name="axes">The names of the axes.</param>
    public string Describe(IReadOnlyList<string> axes) => string.Join(", ",
        axes.Zip(Values).Where(p => p.Second != "").Select(p => $"{p.First}={p.Second}").Prepend(Scheduler));
}

/// <summary>One run of one machine under one scheduler.</summary>
/// <param name="Number">Its place in the plan, from 0: the order of rows in every listing.</param>
/// <param name="Variant">The place of its variant in the plan.</param>
/// <param name="Replication">Which of the variant's runs, from 0.</param>
/// <param name="Seed">From which its random numbers are made.</param>
/// <param name="Hash">The name of its content: scenario, policy, settings, seed and version; 32 hexadecimal
/// digits.</param>
public sealed record PlanPoint(int Number, int Variant, int Replication, int Seed, string Hash);

/// <summary>Which measures the report sets against each other.</summary>
/// <param name="Latency">Less is better; as in <c>web.ping.rtt_ms.p99</c>.</param>
/// <param name="Throughput">More is better; as in <c>batch*.cpu_share</c>, a sum over all that match.</param>
/// <param name="Fairness">More is better; as in <c>host.fairness</c>.</param>
public sealed record Objectives(string Latency, string Throughput, string Fairness);

/// <summary>The points of a sweep, as they are listed and kept: plain data, without the scenarios.</summary>
public sealed record PlanTable
{
    /// <summary>What the sweep is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about; may be empty.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Which code computes its points: <see cref="SweepVersion.Text"/>.</summary>
    public required string Version { get; init; }

    /// <summary>The names of the axes.</summary>
    public required IReadOnlyList<string> Axes { get; init; }

    /// <summary>Those of the axes that are settings of schedulers; the others make the load.</summary>
    public required IReadOnlyList<string> SettingAxes { get; init; }

    /// <summary>What the report looks at.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>Every combination of scheduler and values.</summary>
    public required IReadOnlyList<VariantRow> Variants { get; init; }

    /// <summary>Every run, in the order of their numbers.</summary>
    public required IReadOnlyList<PlanPoint> Points { get; init; }

    /// <summary>One part of the points, in the order of their numbers.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="only">The points that are parted, by hash; null for all.</param>
    public List<PlanPoint> Part(Shard shard, IReadOnlySet<string>? only = null) =>
    [
        .. Points.Where(p => only?.Contains(p.Hash) != false)
            .Where((_, place) => DigitSum(place, shard.Of) % shard.Of == shard.Index),
    ];

    // By the sum of a place's digits to the base of the number of parts, not by the last digit alone: of any so many
    // neighbours each part still gets one, but a part does not get the same scheduler or the same load every time.
    private static int DigitSum(int place, int of)
    {
        var sum = 0;
        for (; place > 0 && of > 1; place /= of) sum += place % of;
        return sum;
    }

    /// <summary>Names the plan: two with the same points under the same names have the same.</summary>
    public string MakeId()
    {
        var text = new StringBuilder();
        text.AppendJoin('\t', Axes).Append('\n');
        foreach (var variant in Variants)
            text.Append(variant.Scheduler).Append('\t').AppendJoin('\t', variant.Values).Append('\n');
        foreach (var point in Points)
            text.Append(point.Variant).Append('\t').Append(point.Replication).Append('\t').Append(point.Hash)
                .Append('\n');
        return Canonical.Hash(text.ToString());
    }
}
