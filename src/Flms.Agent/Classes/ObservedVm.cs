using Flms.Agent.Discovery;
using Flms.Agent.Libvirt;
using Flms.Agent.Qmp;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Classes;

/// <summary>A thread that is being read, and what came of it.</summary>
public sealed class ObservedThread
{
    /// <summary>The classifier of a vCPU; of no use for another thread.</summary>
    internal VcpuClassifier Classifier;

    /// <summary>Begins.</summary>
    /// <param name="thread">Which.</param>
    /// <param name="slot">Its number in the sampler, which is its number as a vCPU of the plan.</param>
    internal ObservedThread(VmThread thread, int slot) => (Thread, Slot) = (thread, slot);

    /// <summary>Which thread.</summary>
    public VmThread Thread { get; internal set; }

    /// <summary>Its number in the <see cref="Sampling.Sampler"/>.</summary>
    public int Slot { get; }

    /// <summary>What a vCPU is taken for.</summary>
    public VcpuClass Class => Classifier.Class;

    /// <summary>What the last period alone says.</summary>
    public VcpuClass Verdict => Classifier.Verdict;

    /// <summary>How sure the class is, 0 to 100 %.</summary>
    public int Confidence => Classifier.Confidence;

    /// <summary>What KVM counts of a vCPU, where the VM's monitor tells; no class depends on it.</summary>
    public KvmRates? Rates { get; internal set; }

    /// <summary>The figures behind it.</summary>
    public VcpuFigures Figures => Classifier.Figures;
}

/// <summary>A VM that is being watched, and what it is taken for.</summary>
public sealed class ObservedVm
{
    private readonly List<ObservedThread> _threads = [];

    internal ObservedVm(Vm vm) => Vm = vm;

    /// <summary>Which VM.</summary>
    public Vm Vm { get; }

    /// <summary>Its threads that are read: vCPUs by number, then those that serve its devices.</summary>
    public IReadOnlyList<ObservedThread> Threads => _threads;

    /// <summary>What KVM counts of all its vCPUs together, where debugfs can be read; no class depends on it.</summary>
    public KvmRates? Rates { get; internal set; }

    /// <summary>What the operator says; null if nothing.</summary>
    public VmWord? Word { get; internal set; }

    /// <summary>What those who manage it say; null if nobody does, as far as is known.</summary>
    public ManagedVm? Managed { get; internal set; }

    /// <summary>What it is: by the operator's word, else by what was measured.</summary>
    public DomainKind Kind { get; private set; }

    /// <summary>Its vCPUs.</summary>
    public IEnumerable<ObservedThread> Vcpus => _threads.Where(t => t.Thread.Role == ThreadRole.Vcpu);

    /// <summary>How sure <see cref="Kind"/> is, 0 to 100 %: as sure as the least sure of its vCPUs that are not idle;
    /// 100 if the operator said it.</summary>
    public int Confidence => Word != null ? 100
        : Vcpus.Where(t => t.Class is not (VcpuClass.Idle or VcpuClass.Undecided)).Select(t => t.Confidence)
            .DefaultIfEmpty(0).Min();

    internal List<ObservedThread> Changeable => _threads;

    /// <summary>How a vCPU of it is treated by FLMS.</summary>
    /// <param name="vcpu">One of <see cref="Vcpus"/>.</param>
    /// <param name="options">For what the operator has left open.</param>
    public Treatment TreatmentOf(ObservedThread vcpu, FlmsOptions options) => Kind switch
    {
        DomainKind.Latency => Treatment.Latency,
        DomainKind.Compute => Treatment.Compute,
        DomainKind.Service => options.Service,
        DomainKind.Mixed => Serves(vcpu) ? Treatment.Latency : Treatment.Compute,
        _ => options.Unmarked,
    };

    /// <summary>Decides anew what it is.</summary>
    internal void Decide()
    {
        if (Word is { Ignore: false } word)
        {
            Kind = word.Kind;
            return;
        }
        bool latency = false, compute = false, mixed = false;
        foreach (var thread in _threads)
        {
            if (thread.Thread.Role != ThreadRole.Vcpu) continue;
            latency |= thread.Class == VcpuClass.Latency;
            compute |= thread.Class == VcpuClass.Compute;
            mixed |= thread.Class == VcpuClass.Mixed;
        }
        // What has only gone idle stays what it was.
        if (mixed || (latency && compute)) Kind = DomainKind.Mixed;
        else if (latency) Kind = DomainKind.Latency;
        else if (compute) Kind = DomainKind.Compute;
    }

    // Of a mixed VM: is it one of the vCPUs that serve requests?
    private bool Serves(ObservedThread vcpu)
    {
        if (Word is { } word)
            return Vm.Vcpus == 1
                || (word.Vcpus?.Contains(vcpu.Thread.Number) ?? vcpu.Thread.Number < new FlmsDomain().Reserved);
        return vcpu.Class is VcpuClass.Latency or VcpuClass.Mixed;
    }
}
