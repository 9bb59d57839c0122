using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>Which threads of a recording take part in its replay.</summary>
public enum ReplayThreads : byte
{
    /// <summary>The virtual processors only.</summary>
    Vcpus,

    /// <summary>All threads of the virtual machines: each that is not a virtual processor (QEMU's main loop, which
    /// carries virtio) becomes one more vCPU of its domain, after the others.</summary>
    VmThreads,

    /// <summary>Everything that ran: the threads of no virtual machine form one more domain, <c>other</c>.</summary>
    All,
}

/// <summary>How a recording is to be replayed.</summary>
public sealed record ReplayOptions
{
    /// <summary>Which threads take part. Default: all threads of the virtual machines, so that the host has as much CPU
    /// left for them as it had.</summary>
    [Option("Which recorded threads take part.", "ours: virtio runs in QEMU's main threads")]
    public ReplayThreads Include { get; init; } = ReplayThreads.VmThreads;

    /// <summary>What the machine charges. Recorded run times hold the recorded host's own costs already. Default:
    /// <see cref="CostModel.Typical"/>.</summary>
    public CostModel Costs { get; init; } = CostModel.Typical;

    /// <summary>The machine; null, the default, for one socket of as many cores as the recording shows pCPUs.</summary>
    public Topology? Topology { get; init; }

    /// <summary>The kind of virtual machines, by name; for those not named it is guessed
    /// (<see cref="ReplayPlan.GuessKind"/>).
    /// </summary>
    public IReadOnlyDictionary<string, DomainKind> Kinds { get; init; } = new Dictionary<string, DomainKind>();
}

/// <summary>A recording made ready to be run on a simulated host, under any policy.</summary>
public sealed class ReplayPlan
{
    private static readonly Duration ShortBurst = 5.Ms;

    private readonly int[] _vcpuOf; // by place in the recording's threads; -1 if it takes no part

    private ReplayPlan(Recording recording, int[] vcpuOf, IReadOnlyList<DomainSetup> domains)
    {
        Recording = recording;
        Domains = domains;
        _vcpuOf = vcpuOf;
    }

    /// <summary>What is replayed.</summary>
    public Recording Recording { get; }

    /// <summary>The virtual machines as domains, in the recording's order; then <c>other</c>, if asked for.</summary>
    public IReadOnlyList<DomainSetup> Domains { get; }

    /// <summary>The whole host.</summary>
    public required MachineSetup Machine { get; init; }

    /// <summary>The host under <see cref="RecordedPolicy"/>: the same, but nothing is charged, as recorded run times
    /// hold the recorded host's costs already; and bursts too short for the recording's clock are left out, as they ran
    /// at no time.</summary>
    /// <remarks>So each burst is done when its thread was seen to block. Any more work would be left over, wait until
    /// the thread is next seen to run, and delay all that comes after.</remarks>
    public MachineSetup RecordedMachine
    {
        get
        {
            var domains = new List<DomainSetup>();
            foreach (var domain in Domains)
            {
                var workloads = new List<WorkloadSetup>();
                foreach (var workload in domain.Workloads)
                    workloads.Add(workload is ReplaySetup replay ? replay with { Bursts = Seen(replay.Bursts) }
                        : workload);
                domains.Add(domain with { Workloads = workloads });
            }
            return Machine with { Costs = CostModel.None, Domains = domains };
        }
    }

    /// <summary>When the recording ends: run the replay up to here.</summary>
    public Instant Until => Instant.Zero + Recording.Length;

    /// <summary>Prepares a replay.</summary>
    /// <param name="recording">What to replay.</param>
    /// <param name="options">How.</param>
    /// <param name="plan">The replay; null on an error.</param>
    /// <returns>What is wrong, in one line; null if nothing is.</returns>
    public static string? TryMake(Recording recording, ReplayOptions options, out ReplayPlan? plan)
    {
        plan = null;
        var vcpuOf = new int[recording.Threads.Count];
        Array.Fill(vcpuOf, -1);
        var places = new Dictionary<RecordedThread, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < recording.Threads.Count; i++) places.Add(recording.Threads[i], i);
        foreach (var (name, _) in options.Kinds)
            if (!Has(recording, name))
                return $"no virtual machine `{name}` in {recording.File}; it has {Names(recording)}";
        var domains = new List<DomainSetup>();
        var vcpus = 0;
        foreach (var vm in recording.Vms)
        {
            var part = new List<RecordedThread>();
            foreach (var t in vm.Threads)
                if (t.Vcpu >= 0 || (options.Include != ReplayThreads.Vcpus && t.Bursts.Length > 0)) part.Add(t);
            var kind = options.Kinds.TryGetValue(vm.Name, out var given) ? given : GuessKind(recording, vm);
            Add(vm.Name, kind, part);
        }
        if (options.Include == ReplayThreads.All)
        {
            var rest = new List<RecordedThread>();
            foreach (var t in recording.Threads)
                if (t.Vm == null && t.Bursts.Length > 0) rest.Add(t);
            if (rest.Count > 0) Add(FreeName(recording), DomainKind.Unmarked, rest);
        }
        var topology = options.Topology ?? Topology.Of(1, Math.Max(1, recording.Pcpus));
        if (topology.Count + 2L * vcpus + 2 > EventQueue.MaxEntities)
            return $"{recording.File}: {vcpus} threads are more than one machine holds; "
                + "replay the virtual machines only";
        plan = new(recording, vcpuOf, domains)
        {
            Machine = new() { Topology = topology, Costs = options.Costs, Domains = domains },
        };
        return null;

        void Add(string name, DomainKind kind, List<RecordedThread> part)
        {
            var workloads = new List<WorkloadSetup>();
            for (var i = 0; i < part.Count; i++, vcpus++)
            {
                if (places.TryGetValue(part[i], out var place)) vcpuOf[place] = vcpus;
                workloads.Add(new ReplaySetup { Vcpu = i, Bursts = part[i].Bursts });
            }
            domains.Add(new() { Name = name, Vcpus = part.Count, Kind = kind, Workloads = workloads });
        }
    }

    /// <summary>The kind of a virtual machine as its behaviour suggests: latency if its virtual processors woke and
    /// blocked, ran less than 5 ms a wake-up on average, and used less than half of their time; else compute.</summary>
    public static DomainKind GuessKind(Recording recording, RecordedVm vm)
    {
        long run = 0, bursts = 0;
        var endless = false;
        for (var i = 0; i < vm.Vcpus; i++)
        {
            run += vm.Threads[i].Run.Ns;
            bursts += vm.Threads[i].Bursts.Length;
            endless |= vm.Threads[i].Endless;
        }
        if (bursts == 0) return DomainKind.Unmarked;
        var seldom = run < recording.Length.Ns * vm.Vcpus / 2;
        return !endless && seldom && run / bursts < ShortBurst.Ns ? DomainKind.Latency : DomainKind.Compute;
    }

    private static Burst[] Seen(ReadOnlyMemory<Burst> bursts)
    {
        var seen = new List<Burst>();
        foreach (var burst in bursts.Span)
            if (burst.Work.Ns > DemandRecovery.ShortestNs) seen.Add(burst);
        return [.. seen];
    }

    /// <summary>The policy that does on each pCPU what the recorded host did; for <see cref="RecordedMachine"/>.
    /// </summary>
    public RecordedScheduler RecordedPolicy(ISchedHost host) => new(host, RecordedSlots());

    // For each pCPU of the machine: from when on which vCPU, or nobody, ran there.
    private IReadOnlyList<IReadOnlyList<RecordedSlot>> RecordedSlots()
    {
        var slots = new List<IReadOnlyList<RecordedSlot>>();
        foreach (var pcpu in Recording.Stretches)
        {
            var list = new List<RecordedSlot>();
            var end = Instant.Zero;
            foreach (var stretch in pcpu)
            {
                var vcpu = new VcpuId(_vcpuOf[stretch.Thread]);
                if (vcpu.IsNone) continue;
                if (stretch.From > end) list.Add(new(end, VcpuId.None));
                list.Add(new(stretch.From, vcpu));
                end = stretch.To;
            }
            list.Add(new(end, VcpuId.None));
            slots.Add(list);
        }
        return slots;
    }

    private static string FreeName(Recording recording)
    {
        var name = "other";
        while (Has(recording, name)) name += "_";
        return name;
    }

    private static bool Has(Recording recording, string name)
    {
        foreach (var vm in recording.Vms)
            if (vm.Name == name) return true;
        return false;
    }

    private static string Names(Recording recording)
    {
        var names = new List<string>();
        foreach (var vm in recording.Vms) names.Add(vm.Name);
        return string.Join(", ", names);
    }
}
