using System.CommandLine;
using System.Globalization;
using Flms.Agent.Classes;
using Flms.Core;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows what every vCPU runs and waits.</summary>
internal sealed class AgentTopVerb : Verb
{
    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _for = AgentOptions.For();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"vms":[{"vm", "pid", "uuid", "class", "by", "confidence", """
        + """ "vcpus":[{"vcpu", "tid", "class", "confidence", "run_ratio", "wait_ratio", """
        + """ "wakes_per_second", "work_ns", "device_wakes_per_second"}]}]}""");

    public AgentTopVerb() : base("top", "Show what every vCPU of this host runs and waits, and what it is")
    {
        Take("Options", _for, _config, _json);
    }

    public override string Lesson =>
        "Watches for some periods and prints the averages, the latest weighing most. Wait is time that a vCPU was "
        + "runnable and had no pCPU (\"CPU ready\"). Classes need a few periods: with --for 1min they are surer. Exit "
        + "code 7 if no VM runs here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent top", ""), ("flms agent top --for 30s --json", "for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var settings = AgentOptions.Settings(line, _config, terminal);
        using var observer = Watching.Watch(settings, AgentOptions.Span(line, _for, settings), terminal);
        if (line.GetValue(_json)) Write(terminal, observer);
        else Show(terminal, observer);
        return ExitCode.Fine;
    }

    /// <summary>The name of a VM's kind, as the operator writes it.</summary>
    internal static string Named(DomainKind kind) => kind switch
    {
        DomainKind.Mixed => "mix",
        DomainKind.Unmarked => "undecided",
        _ => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>How long it runs when it wakes, as people read it.</summary>
    internal static string Work(in VcpuFigures f) =>
        f.WorkNs == long.MaxValue ? "never sleeps" : new Duration(f.WorkNs / 1000 * 1000).ToString();

    private static void Show(Terminal terminal, Observer observer)
    {
        List<string[]> rows = [["VM", "vCPU", "class", "sure", "run %", "wait %", "wakes/s", "work", "devices/s"]];
        foreach (var vm in observer.Vms)
            foreach (var vcpu in vm.Vcpus)
            {
                var f = vcpu.Figures;
                rows.Add([vcpu.Thread.Number == vm.Vcpus.First().Thread.Number ? Label(vm) : "",
                    Whole(vcpu.Thread.Number), OptionCatalog.Write(vcpu.Class), $"{vcpu.Confidence}%", Percent(f.Run),
                    Percent(f.Wait), Whole(f.Wakes), Work(f), Whole(f.DeviceWakes)]);
            }
        Columns.Write(terminal, rows, left: 3);
    }

    private static string Label(ObservedVm vm) =>
        $"{vm.Vm.Name} ({Named(vm.Kind)}{(vm.Word != null ? ", as said" : "")})";

    private static string Percent(long thousandths) =>
        (thousandths / 10m).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Whole(long n) => n.ToString(CultureInfo.InvariantCulture);

    private static void Write(Terminal terminal, Observer observer) => JsonOutput.Write(terminal, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("vms");
        foreach (var vm in observer.Vms)
        {
            json.WriteStartObject();
            json.WriteString("vm", vm.Vm.Name);
            json.WriteNumber("pid", vm.Vm.Process.Tid);
            json.WriteString("uuid", vm.Vm.Uuid);
            json.WriteString("class", Named(vm.Kind));
            json.WriteString("by", vm.Word != null ? "operator" : "measurement");
            json.WriteNumber("confidence", vm.Confidence);
            json.WriteStartArray("vcpus");
            foreach (var vcpu in vm.Vcpus) Write(json, vcpu);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void Write(System.Text.Json.Utf8JsonWriter json, ObservedThread vcpu)
    {
        var f = vcpu.Figures;
        json.WriteStartObject();
        json.WriteNumber("vcpu", vcpu.Thread.Number);
        json.WriteNumber("tid", vcpu.Thread.Id.Tid);
        json.WriteString("class", OptionCatalog.Write(vcpu.Class));
        json.WriteNumber("confidence", vcpu.Confidence);
        json.WriteNumber("run_ratio", f.Run / 1000m);
        json.WriteNumber("wait_ratio", f.Wait / 1000m);
        json.WriteNumber("wakes_per_second", f.Wakes);
        if (f.WorkNs == long.MaxValue) json.WriteNull("work_ns");
        else json.WriteNumber("work_ns", f.WorkNs);
        json.WriteNumber("device_wakes_per_second", f.DeviceWakes);
        json.WriteEndObject();
    }
}
