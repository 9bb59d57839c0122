using System.Globalization;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>By what the rows of top are sorted.</summary>
internal enum TopOrder
{
    /// <summary>Who waits most comes first.</summary>
    Delay,

    /// <summary>Who runs most comes first.</summary>
    Run,

    /// <summary>Who wakes most comes first.</summary>
    Wakes,

    /// <summary>By the VM's name and the vCPU's number.</summary>
    Vm,
}

/// <summary>The table that top shows: a row a vCPU.</summary>
internal static class TopTable
{
    private static readonly string[] Heads =
    [
        "VM", "class", "vCPU", "is", "sure", "group", "slice", "run %", "delay %", "wakes/s", "work", "devices/s",
    ];

    private const int WordColumns = 7;

    /// <summary>Reads the word for an order.</summary>
    /// <exception cref="Failure">It is none.</exception>
    public static TopOrder OrderOf(string word) => word switch
    {
        "delay" => TopOrder.Delay,
        "run" => TopOrder.Run,
        "wakes" => TopOrder.Wakes,
        "vm" => TopOrder.Vm,
        _ => throw Failure.Usage($"--sort {word}: write delay, run, wakes or vm"),
    };

    /// <summary>What the running agent is about, in a line.</summary>
    public static string Headline(StatusReport s) => string.Create(CultureInfo.InvariantCulture,
        $"{s.Mode}{(s.Paused ? ", paused" : "")}: {s.Vms} VMs, {s.Vcpus} vCPUs, {s.ThreadsPlaced} threads placed; "
        + $"{GroupsOf(s.Groups)}; own cost {100 * s.Cost.CpuRatio:0.0}%");

    /// <summary>Writes the table.</summary>
    public static void Write(Terminal terminal, VmsReport vms, TopOrder order) =>
        Columns.Write(terminal, [Heads, .. Rows(vms, order).Select(r => Cells(r.Vm, r.Vcpu))], WordColumns);

    /// <summary>Its rows in order.</summary>
    public static IReadOnlyList<(VmReport Vm, VcpuReport Vcpu)> Rows(VmsReport vms, TopOrder order)
    {
        var rows = vms.Vms.SelectMany(vm => vm.Vcpus.Select(vcpu => (Vm: vm, Vcpu: vcpu)));
        var sorted = order switch
        {
            TopOrder.Delay => rows.OrderByDescending(r => r.Vcpu.DelayRatio).ThenByDescending(r => r.Vcpu.RunRatio),
            TopOrder.Run => rows.OrderByDescending(r => r.Vcpu.RunRatio).ThenByDescending(r => r.Vcpu.DelayRatio),
            TopOrder.Wakes => rows.OrderByDescending(r => r.Vcpu.WakesPerSecond),
            _ => rows.OrderBy(r => 0),
        };
        return [.. sorted.ThenBy(r => r.Vm.Vm, StringComparer.Ordinal).ThenBy(r => r.Vm.Pid).ThenBy(r => r.Vcpu.Vcpu)];
    }

    private static string[] Cells(VmReport vm, VcpuReport vcpu) =>
    [
        vm.Vm, vm.Class + (vm.Said != null ? "*" : ""), Whole(vcpu.Vcpu), vcpu.Class, $"{vcpu.Confidence}%",
        VmText.Group(vcpu), VmText.Slice(vcpu), VmText.Percent(vcpu.RunRatio), VmText.Percent(vcpu.DelayRatio),
        Whole(vcpu.WakesPerSecond), VmText.Work(vcpu), Whole(vcpu.DeviceWakesPerSecond),
    ];

    private static string GroupsOf(GroupsReport? g) => g == null ? "no plan yet"
        : !g.Split ? "one group"
        : $"short slices on {g.Sp}, long on {g.Lp}{(g.Lent ? ", lent" : "")}";

    private static string Whole(long n) => n.ToString(CultureInfo.InvariantCulture);
}
