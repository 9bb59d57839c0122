namespace Flms.Bench.Peers;

/// <summary>A workload that every engine can run.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Arguments">How a peer's program is told to run it; bench/peers/README.md.</param>
/// <param name="Vrr">The workload, if it is <c>vrr</c>; null for <c>hold</c>.</param>
/// <param name="Published">What must be counted; null if nothing is published.</param>
/// <param name="Pending">Pending events, if it is <c>hold</c>.</param>
/// <param name="Events">Events in all, if it is <c>hold</c>.</param>
public sealed record PeerWorkload(
    string Name, IReadOnlyList<string> Arguments, Vrr? Vrr, VrrCounts? Published, int Pending, long Events)
{
    /// <summary>The workloads of <see cref="All(bool)"/> whose name holds a text.</summary>
    /// <param name="quick">Those of the quick list.</param>
    /// <param name="only">The text; null for all.</param>
    public static IReadOnlyList<PeerWorkload> All(bool quick, string? only) =>
        [.. All(quick).Where(w => only == null || w.Name.Contains(only, StringComparison.Ordinal))];

    /// <summary>The published workloads; a quick list is shorter, and so are its runs.</summary>
    public static IReadOnlyList<PeerWorkload> All(bool quick) => quick
        ?
        [
            Part(4, 4, 10_000_000, new(12_912, 38_708, 12_897, 51_609, 20_908_563, 2_099)),
            Glob(4, 4, 10_000_000, new(12_914, 38_708, 12_900, 51_612, 20_901_451, 2_099)),
            Of(256, 300_000),
        ]
        :
        [
            Part(4, 4, 500_000_000, new(645_169, 1_935_484, 645_160, 2_580_648, 1_046_122_540, 2_099)),
            Part(16, 8, 100_000_000, new(732_927, 1_526_706, 732_840, 2_259_562, 2_715_935_872, 4_298)),
            Part(128, 16, 10_000_000, new(784_529, 1_201_643, 782_898, 1_984_669, 6_240_844_367, 8_694)),
            Glob(4, 4, 10_000_000, new(12_914, 38_708, 12_900, 51_612, 20_901_451, 2_099)),
            Glob(16, 8, 100_000_000, new(751_020, 1_524_899, 750_928, 2_275_843, 2_630_962_764, 4_198)),
            Of(16, 3_000_000), Of(256, 3_000_000), Of(4096, 3_000_000),
        ];

    private static PeerWorkload Part(int pcpus, int perPcpu, long end, VrrCounts published) =>
        Of(new(VrrMode.Part, pcpus, perPcpu, 1000, end), "part", published);

    private static PeerWorkload Glob(int pcpus, int perPcpu, long end, VrrCounts published) =>
        Of(new(VrrMode.Glob, pcpus, perPcpu, 1000, end), "glob", published);

    private static PeerWorkload Of(Vrr vrr, string mode, VrrCounts published) => new(
        $"vrr {mode} {vrr.Pcpus}x{vrr.PerPcpu}",
        ["vrr", mode, $"{vrr.Pcpus}", $"{vrr.PerPcpu}", $"{vrr.SliceUs}", $"{vrr.EndUs}"], vrr, published, 0, 0);

    private static PeerWorkload Of(int pending, long events) =>
        new($"hold {pending}", ["hold", $"{pending}", $"{events}"], null, null, pending, events);
}
