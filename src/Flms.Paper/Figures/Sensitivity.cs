using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>How Table 1's latencies, as a part of Credit's, move when an assumption is halved or doubled.</summary>
internal sealed class Sensitivity : PaperFigure
{
    private const string Half = "half";
    private const string Double = "double";
    private const string Asis = "as it is";

    public override string Name => "sensitivity";
    public override string Title => "How much hangs on what was assumed";
    public override string Place => "";

    public override string Summary =>
        "The paper names no machine, no lengths of slices and no periods. Each thing that was assumed is halved and "
        + "doubled here, one at a time, and the latencies of table 1 are shown as a part of Credit's with the same "
        + "change. What moves a ratio across 1 would turn a conclusion.";

    public override string XTitle => "changed to";
    public override bool ByDefault => false;

    public override IReadOnlyList<FigureCase> Cases =>
    [
        At("nothing", Asis),
        At("lookbusy's feedback", "on", [.. Busy.Select(d => $"domains.{d}.workloads.lookbusy.feedback=true")]),
        .. Both("machine (cores)", v => [$"machine.cores={v}"], "2", "8"),
        .. Both("dom0's vCPUs", v => [$"domains.dom0.vcpus={v}"], "2", "8"),
        .. Both("work of dom0's back end",
            v => [$"domains.vm1.network.back_end={v}", $"domains.vm1.network.notify={v}"], "1500ns", "6us"),
        .. Both("context switch", v => [$"machine.costs.context_switch={v}"], "750ns", "3us"),
        Caches(Half, "12500ns", "50us"), Caches(Double, "50us", "200us"),
        .. Both("loss by a busy sibling thread", v => [$"machine.costs.smt_speed={v}"], "0.8125", "0.25"),
        .. Both("lookbusy's round", v => [.. Busy.Select(d => $"domains.{d}.workloads.lookbusy.round={v}")],
            "50ms", "200ms"),
        Pings(Half, "9ms", "27500us"), Pings(Double, "36ms", "110ms"),
        .. Flms("FLMS: short slice", "sp_slice", "2500us", "10ms"),
        .. Flms("FLMS: long slice", "lp_slice", "15ms", "60ms"),
        .. Flms("FLMS: isolation period", "period", "150ms", "600ms"),
        .. Flms("FLMS: alpha", "alpha", "0.0625", "0.25"),
        .. Flms("FLMS: load period", "load_period", "5ms", "20ms"),
        Thresholds(Half, 20, 40), Thresholds(Double, 80, 160),
    ];

    public override IReadOnlyList<Quantity> Quantities =>
    [
        new("latency_to_credit", "", "latency, as a part of Credit's")
        {
            Of = r => Estimate.Of(r[$"{Measured.Target}.ping.rtt_ms"]?.VsFirst),
            Better = "lower",
        },
        Measured.Latency, Measured.Neighbours,
    ];

    public override IReadOnlyList<Claim> Claims => [];

    private static IReadOnlyList<string> Busy => ["vm1", "latency", "compute", "mixed"];

    private static FigureCase At(string what, string x, params IReadOnlyList<string> set) => new("table1.yaml")
    {
        Group = what,
        X = x,
        Set = set,
        Schedulers = $"{Systems.Credit},{Systems.Flms},{Systems.Kvm},{Systems.FlmsInTurn},{Systems.FlmsDefault}",
    };

    private static IEnumerable<FigureCase> Both(
        string what, Func<string, IReadOnlyList<string>> set, string half, string twice) =>
        [At(what, Half, set(half)), At(what, Double, set(twice))];

    private static IEnumerable<FigureCase> Flms(string what, string option, string half, string twice) =>
        Both(what, v => OfFlms(option, v), half, twice);

    private static FigureCase Thresholds(string x, int a, int b) =>
        At("FLMS: thresholds A and B", x, [.. OfFlms("a", $"{a}"), .. OfFlms("b", $"{b}")]);

    // The repaired FLMS keeps its own slices; all else is changed in every reading.
    private static IReadOnlyList<string> OfFlms(string option, string value) =>
    [
        $"schedulers.{Systems.Flms}.options.{option}={value}",
        $"schedulers.{Systems.FlmsInTurn}.options.{option}={value}",
        .. option == "sp_slice" ? [] : (string[])[$"schedulers.{Systems.FlmsDefault}.options.{option}={value}"],
    ];

    private static FigureCase Caches(string x, string socket, string node) => At("refilling caches", x,
        [$"machine.costs.refill_same_socket={socket}", $"machine.costs.refill_same_node={node}"]);

    private static FigureCase Pings(string x, string min, string max) => At("time between pings", x,
        [$"domains.vm1.workloads.ping.interval_min={min}", $"domains.vm1.workloads.ping.interval_max={max}"]);
}
