using System.CommandLine;
using System.Globalization;
using Flms.Agent.Control;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says why a VM is taken for what it is, and is where it is.</summary>
internal sealed class AgentExplainVerb : Verb
{
    private readonly Argument<string> _vm = new("vm")
    {
        Description = "A VM by name, UUID or process number, or one vCPU of it, as in web or web:1.",
        HelpName = "VM[:VCPU]",
    };

    private readonly LookOptions _look = new();
    private readonly Option<bool> _json = CommonOptions.Json("as flms agent top, only that VM, with \"bounds\"");

    public AgentExplainVerb() : base("explain", "Say why a VM, or a vCPU of it, is taken for what it is")
    {
        Add(_vm);
        Take("Options", [.. _look.All, _json]);
    }

    public override string Lesson =>
        "Shows the figures of each vCPU beside the bounds that they are held against, and where the plan has it and "
            + "why: those of the running agent, or, if none runs (or --for or --config is given), of some periods of "
            + "its own. What the operator has said counts more than any figure. Exit code 7 if there is no such VM.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent explain web", ""), ("flms agent explain web:0 --for 1min", "look yourself, one vCPU")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var (name, vcpu) = Split(line.GetValue(_vm)!);
        var all = _look.Link(line)?.AskIfThere(ControlVerbs.Vms, ReportJson.Line.VmsReport) ?? Own(line, terminal);
        var found = all.Vms.Where(vm => vm.Vm == name || (vm.Uuid != "" && vm.Uuid == name)
            || vm.Pid.ToString(CultureInfo.InvariantCulture) == name).ToList();
        if (found.Count == 0)
            throw Failure.Host($"no VM is called {Quote.Text(name)}" + Nearest.Hint(name, all.Vms.Select(vm => vm.Vm)));
        if (vcpu is { } only)
            found = found.ConvertAll(vm => vm with { Vcpus = [.. vm.Vcpus.Where(v => v.Vcpu == only)] });
        if (found.Exists(vm => vm.Vcpus.Count == 0)) throw Failure.Host($"{found[0].Vm} has no vCPU {vcpu}");
        if (line.GetValue(_json))
            JsonOutput.Write(terminal, all with { Vms = found }, ReportJson.Indented.VmsReport);
        else
            foreach (var vm in found) Explain(terminal, vm, all.Bounds);
        return ExitCode.Fine;
    }

    private VmsReport Own(ParseResult line, Terminal terminal)
    {
        var settings = _look.Settings(line, terminal);
        using var observer = Watching.Watch(settings, _look.Span(line, settings), terminal);
        return AgentReports.Vms(observer);
    }

    private static (string Name, int? Vcpu) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out var vcpu) ? (text[..colon], vcpu) : (text, null);
    }

    private static void Explain(Terminal terminal, VmReport vm, ClassBounds bounds)
    {
        terminal.Paragraph($"{vm.Vm}, process {vm.Pid}" + (vm.Cgroup == "" ? "" : $", control group {vm.Cgroup}") + ": "
            + (vm.Said is { } said ? $"{said}, since the operator says so"
                : $"{vm.Class}, as measured, {vm.Confidence}% sure") + (vm.Paused ? "; paused" : ""));
        if (vm.Libvirt is { } libvirt) terminal.Text($"libvirt: {libvirt}", 2);
        terminal.Text("threads that serve its devices: " + string.Join(", ", vm.Serving), 2);
        if (vm.Boost is { } boost) terminal.Text($"boost: {PlanText.Boost(boost, named: false)}", 2);
        if (vm.HaltsPerSecond is { } all)
            terminal.Text($"KVM: {all} halts, {vm.InterruptsPerSecond} interrupts, {vm.ExitsPerSecond} exits a second, "
                + "all vCPUs together; no class depends on them", 2);
        foreach (var vcpu in vm.Vcpus)
        {
            terminal.Out.WriteLine();
            terminal.Text($"vCPU {vcpu.Vcpu}, thread {vcpu.Tid}: {vcpu.Class}, {vcpu.Confidence}% sure; the last "
                + $"period says {vcpu.Verdict}", 2);
            List<(string, string)> rows =
            [
                ("wakes", $"{vcpu.WakesPerSecond} a second; latency from {bounds.LatencyWakes}, mixed from "
                    + $"{bounds.MixedWakes}, compute below {bounds.ComputeWakes}"),
                ("work", $"{VmText.Work(vcpu)} a wake-up; latency up to {new Duration(bounds.LatencyWorkNs)}, compute "
                    + $"from {new Duration(bounds.ComputeWorkNs)}"),
                ("run", $"{VmText.Percent(vcpu.RunRatio)}% of a pCPU; latency below {Thousandths(bounds.LatencyUse)}"),
                ("delay", $"{VmText.Percent(vcpu.DelayRatio)}% of the time it was runnable and had no pCPU"),
                ("demand", $"{VmText.Percent(vcpu.DemandRatio)}%: run and delay; compute from "
                    + $"{Thousandths(bounds.ComputeDemand)}, mixed from {Thousandths(bounds.MixedDemand)}"),
                ("devices", $"{vcpu.DeviceWakesPerSecond} wake-ups a second of the threads that serve them; latency or "
                    + $"mixed from {bounds.DeviceWakes}"),
            ];
            if (vcpu.HaltsPerSecond is { } halts)
                rows.Add(("KVM", $"{halts} halts, {vcpu.InterruptsPerSecond} interrupts, {vcpu.ExitsPerSecond} exits a "
                    + "second, as the VM's monitor tells; no class depends on them"));
            if (vcpu.Reason is { } reason)
                rows.Add(("placed", (vcpu.Group == null ? "" : $"{VmText.Group(vcpu)}, slice {VmText.Slice(vcpu)}: ")
                    + PlanText.Because(reason)));
            terminal.Rows(rows);
        }
    }

    private static string Thousandths(int n) => VmText.Percent(n / 1000m) + "%";
}
