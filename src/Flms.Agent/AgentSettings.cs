using Flms.Agent.Classes;
using Flms.Agent.Control;
using Flms.Agent.Discovery;
using Flms.Agent.Libvirt;
using Flms.Agent.Plans;
using Flms.Agent.Qmp;
using Flms.Agent.Running;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent;

/// <summary>What the operator says of the VMs whose name matches.</summary>
/// <param name="Pattern">A name, in which <c>*</c> stands for any letters and <c>?</c> for one.</param>
/// <param name="Word">What they are; null if the rule does not say, and a later one may.</param>
/// <param name="Qmp">The socket of a monitor that is ours to ask, in which <c>{name}</c> stands for the VM's name; null
/// for none.</param>
public sealed record VmRule(string Pattern, VmWord? Word, string? Qmp = null)
{
    /// <summary>Does it speak of a VM of that name?</summary>
    public bool Matches(string vm) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Pattern, vm, ignoreCase: false);
}

/// <summary>Everything the operator can set.</summary>
public sealed record AgentSettings
{
    /// <summary>What a running agent may do. Default: observe.</summary>
    [Option("What a running agent may do: observe, advise or enforce.",
        "spec host-agent 4.2: never enforce unless told to")]
    public AgentMode Mode { get; init; } = AgentMode.Observe;

    /// <summary>How often threads are read. Default 1 s.</summary>
    [Option("How often threads are read.", "spec linux-host 4, 10.5: windows of a second", Min = "100ms", Max = "1min")]
    public Duration Period { get; init; } = 1.Seconds;

    /// <summary>How often VMs are looked for. Default 5 s.</summary>
    [Option("How often VMs are looked for; at once when a thread has ended.",
        "ours: a scan costs some microseconds a process", Min = "1s", Max = "10min")]
    public Duration Rescan { get; init; } = 5.Seconds;

    /// <summary>Whom to ask about the VMs that libvirt runs: <c>auto</c> (the system's libvirt, if there is one),
    /// <c>off</c>, or a URI as libvirt has them. Default auto.</summary>
    public string Libvirt { get; init; } = LibvirtWatch.Auto;

    /// <summary>What the operator says of VMs; the first rule that matches counts.</summary>
    public IReadOnlyList<VmRule> Vms { get; init; } = [];

    /// <summary>From which figures on a vCPU is what.</summary>
    public ClassRules Classes { get; init; } = new();

    /// <summary>FLMS's settings, as the simulated FLMS has them.</summary>
    public FlmsOptions Flms { get; init; } = FlmsOptions.Default;

    /// <summary>Slices and lending.</summary>
    public PlanRules Plan { get; init; } = new();

    /// <summary>How fast a running agent may change things.</summary>
    public PaceRules Pace { get; init; } = new();

    /// <summary>The control socket.</summary>
    public ControlRules Control { get; init; } = new();

    /// <summary>Metrics.</summary>
    public MetricsRules Metrics { get; init; } = new();

    /// <summary>CPUs that are kept out of FLMS's hands, by Linux's numbers.</summary>
    public IReadOnlyList<int> ExcludedCpus { get; init; } = [];

    /// <summary>What the operator says of a VM; null for nothing.</summary>
    public VmWord? WordOf(Vm vm)
    {
        foreach (var rule in Vms)
            if (rule.Word != null && rule.Matches(vm.Name)) return rule.Word;
        return null;
    }

    /// <summary>The socket of the monitor that is ours to ask about a VM of that name; null for none.</summary>
    public string? MonitorOf(string name)
    {
        foreach (var rule in Vms)
            if (rule.Qmp != null && rule.Matches(name)) return QmpMonitors.PathFor(rule.Qmp, name);
        return null;
    }
}
