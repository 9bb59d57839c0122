using Flms.Paper.Claims;

namespace Flms.Paper.Figures;

/// <summary>Beyond the paper: table 1's load on machines of 2 to 128 pCPUs.</summary>
internal sealed class Scale : PaperFigure
{
    public override string Name => "scale";
    public override string Title => "Table 1's load, from 2 to 128 pCPUs";
    public override string Place => "";

    public override string Summary =>
        "The same load for each pCPU as in table 1, on machines of 2, 8, 32 and 128 pCPUs. The paper measured one "
        + "machine. A larger one has more places to run at, and more to choose among.";

    public override string XTitle => "pCPUs";
    public override string Form => "lines";

    public override IReadOnlyList<FigureCase> Cases =>
        [new("scale-2.yaml") { X = "2" }, At(2, 2, 2), At(2, 8, 8), At(4, 16, 32)];

    public override IReadOnlyList<Quantity> Quantities =>
        [Measured.Latency, Measured.Tail, Measured.Neighbours, Measured.Fairness, Measured.Switches];

    public override IReadOnlyList<Claim> Claims => [];

    // So many VMs of each type; VM 1 is one of the latency-sensitive.
    private static FigureCase At(int sockets, int cores, int vms) => new("scale.yaml")
    {
        X = $"{sockets * cores * 2}",
        Set =
        [
            $"machine.sockets={sockets}", $"machine.cores={cores}", $"domains.latency.count={vms - 1}",
            $"domains.compute.count={vms}", $"domains.mixed.count={vms}",
        ],
    };
}
