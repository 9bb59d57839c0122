using System.CommandLine;
using System.Globalization;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says why a VM is taken for what it is.</summary>
internal sealed class AgentExplainVerb : Verb
{
    private readonly Argument<string> _vm = new("vm")
    {
        Description = "A VM by name or process number, or one vCPU of it, as in web or web:1.",
        HelpName = "VM[:VCPU]",
    };

    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _for = AgentOptions.For();

    public AgentExplainVerb() : base("explain", "Say why a VM, or a vCPU of it, is taken for what it is")
    {
        Add(_vm);
        Take("Options", _for, _config);
    }

    public override string Lesson =>
        "Watches for some periods, then shows the figures of each vCPU beside the bounds that they are held "
            + "against. What the operator has said in the configuration counts more than any figure. Exit code 7 if "
            + "there is no such VM.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent explain web", ""), ("flms agent explain web:0 --for 1min", "one vCPU, seen for longer")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var settings = AgentOptions.Settings(line, _config, terminal);
        var (name, vcpu) = Split(line.GetValue(_vm)!);
        using var observer = Watching.Watch(settings, AgentOptions.Span(line, _for, settings), terminal);
        var found = observer.Vms.Where(vm => vm.Vm.Name == name
            || vm.Vm.Process.Tid.ToString(CultureInfo.InvariantCulture) == name).ToList();
        if (found.Count == 0) throw Failure.Host($"no VM is called {Quote.Text(name)}"
            + Nearest.Hint(name, observer.Vms.Select(vm => vm.Vm.Name)));
        foreach (var vm in found) Explain(terminal, vm, vcpu, settings.Classes);
        return ExitCode.Fine;
    }

    private static (string Name, int? Vcpu) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out var vcpu) ? (text[..colon], vcpu) : (text, null);
    }

    private static void Explain(Terminal terminal, ObservedVm vm, int? only, ClassRules rules)
    {
        terminal.Paragraph($"{vm.Vm.Name}, process {vm.Vm.Process.Tid}"
            + (vm.Vm.Cgroup == "" ? "" : $", control group {vm.Vm.Cgroup}") + ": " + (vm.Word is { } word
            ? $"{word}, since the operator says so"
            : $"{AgentTopVerb.Named(vm.Kind)}, as measured, {vm.Confidence}% sure"));
        var serving = vm.Threads.Where(t => t.Thread.Role != ThreadRole.Vcpu).Select(t => t.Thread.Name).ToList();
        terminal.Text("threads that serve its devices: " + string.Join(", ", serving), 2);
        var vcpus = vm.Vcpus.Where(v => only == null || v.Thread.Number == only).ToList();
        if (vcpus.Count == 0) throw Failure.Host($"{vm.Vm.Name} has no vCPU {only}");
        foreach (var vcpu in vcpus)
        {
            var f = vcpu.Figures;
            terminal.Out.WriteLine();
            terminal.Text($"vCPU {vcpu.Thread.Number}, thread {vcpu.Thread.Id.Tid}: {OptionCatalog.Write(vcpu.Class)}, "
                + $"{vcpu.Confidence}% sure; the last period says {OptionCatalog.Write(vcpu.Verdict)}", 2);
            terminal.Rows(
            [
                ("wakes", $"{f.Wakes} a second; latency from {rules.LatencyWakes}, mixed from {rules.MixedWakes}, "
                    + $"compute below {rules.ComputeWakes}"),
                ("work", $"{AgentTopVerb.Work(f)} a wake-up; latency up to {rules.LatencyWork}, compute from "
                    + $"{rules.ComputeWork}"),
                ("run", $"{Thousandths(f.Run)} of a pCPU; latency below {Thousandths(rules.LatencyUse)}"),
                ("demand", $"{Thousandths(f.Demand)}: run and wait; compute from "
                    + $"{Thousandths(rules.ComputeDemand)}, mixed from "
                    + $"{Thousandths(rules.MixedDemand)}"),
                ("devices", $"{f.DeviceWakes} wake-ups a second of the threads that serve them; latency or mixed from "
                    + $"{rules.DeviceWakes}"),
            ]);
        }
    }

    private static string Thousandths(long n) => (n / 10m).ToString("0.0", CultureInfo.InvariantCulture) + "%";
}
