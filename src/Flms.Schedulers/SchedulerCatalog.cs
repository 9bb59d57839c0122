using Flms.Core;
using Flms.Schedulers.BestNumaNode;
using Flms.Schedulers.Boost2ms;
using Flms.Schedulers.Brm;
using Flms.Schedulers.Bvt;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Credit2;
using Flms.Schedulers.ECredit;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Flms;
using Flms.Schedulers.Null;
using Flms.Schedulers.Pooled;
using Flms.Schedulers.Pvsched;
using Flms.Schedulers.Rtds;
using Flms.Schedulers.Sedf;
using Flms.Schedulers.ShortSlice;
using Flms.Schedulers.Tableau;
using Flms.Schedulers.TaskAware;
using Flms.Schedulers.VSlicer;
using Flms.Schedulers.Xcollopts;

namespace Flms.Schedulers;

/// <summary>One policy as users meet it: a name, what it is, its settings, and how it is made.</summary>
/// <param name="Name">As typed on the command line: lower case, hyphens.</param>
/// <param name="Summary">What it is, in one sentence.</param>
/// <param name="Source">Where it was published, and which specification it is built from.</param>
/// <param name="Defaults">Its settings as they are if nothing is said; the type tells what can be set.</param>
/// <param name="Presets">Named settings; the first is the default.</param>
/// <param name="DomainParameters">What a domain can be given for this policy, as an example with the defaults; null for
/// nothing.</param>
/// <param name="Create">Makes the policy for a host, from settings of the type of <paramref name="Defaults"/>.</param>
public sealed record SchedulerEntry(
    string Name,
    string Summary,
    string Source,
    SchedulerOptions Defaults,
    IReadOnlyList<(string Name, SchedulerOptions Options)> Presets,
    object? DomainParameters,
    Func<ISchedHost, SchedulerOptions, Scheduler> Create)
{
    /// <summary>The policy's admission control, asked ahead of a run with the host as it will be: the first domain that
    /// it refuses, or null. Null, the default, if it takes everybody.</summary>
    public Func<ISchedHost, SchedulerOptions, Refusal?>? Refusal { get; init; }
}

/// <summary>Every policy there is, in the order in which lists show them.</summary>
public static class SchedulerCatalog
{
    /// <summary>All policies.</summary>
    public static IReadOnlyList<SchedulerEntry> All { get; } =
    [
        // What everything is compared with, and what this project is about.
        Entry("credit", "Xen's Credit: weights and caps by credit, 30 ms slices, BOOST on wake, global stealing.",
            "Xen 4.4.2; spec/xen.md section 1", new CreditOptions(),
            [("xen-4.4.2", CreditOptions.Xen442), ("xen-master", CreditOptions.XenMaster)],
            (host, options) => new CreditScheduler(host, options)),
        Entry("flms",
            "FLMS: latency-sensitive VMs on short-slice pCPUs, compute on long-slice ones, shares as Credit's.",
            "Journal of Software 28(2), 2017; spec/xen.md section 6", FlmsOptions.Default,
            [("default", FlmsOptions.Default), ("paper", FlmsOptions.Paper)],
            (host, options) => new FlmsScheduler(host, options), new FlmsDomain()),
        // Xen's others, and those before Credit.
        Entry("credit2",
            "Xen's default since 4.12: the greatest credit first, a queue for each socket, evened out by load.",
            "Xen master; spec/xen.md 4.1", new Credit2Options(),
            [("xen-master", Credit2Options.XenMaster), ("xen-4.4", Credit2Options.Xen44)],
            (host, options) => new Credit2Scheduler(host, options)),
        Entry("rtds", "Xen's real-time deferrable server: a budget in every period, global earliest deadline first.",
            "Xen 4.5 and later; spec/xen.md 4.2", new RtdsOptions(), [],
            (host, options) => new RtdsScheduler(host, options), new RtdsDomain()),
        Entry("null", "One vCPU for each pCPU, for good: nothing is scheduled.", "Xen 4.9 and later; spec/xen.md 4.3",
            new NullOptions(), [], (host, _) => new NullScheduler(host)),
        Entry("bvt", "Borrowed virtual time: the earliest effective virtual time runs first; warps borrow latency.",
            "Duda and Cheriton, SOSP'99; Xen 3.0.0; spec/xen.md section 2", new BvtOptions(),
            [("xen-3.0", BvtOptions.Xen30), ("paper", BvtOptions.Paper),
                ("xen-3.0-wrapping", BvtOptions.Xen30Wrapping)],
            (host, options) => new BvtScheduler(host, options), new BvtDomain()),
        Entry("sedf", "Simple earliest deadline first: a slice in every period, and shares of the time left over.",
            "Xen 4.4.2; spec/xen.md section 3", new SedfOptions(),
            [("xen-4.4.2", SedfOptions.Xen44), ("xen-3.0", SedfOptions.Xen30)],
            (host, options) => new SedfScheduler(host, options), new SedfDomain())
            with
            { Refusal = (host, options) => SedfAdmission.Check(host, (SedfOptions)options) },
        // The simplest answers.
        Entry("round-robin", "First come, first served, a slice at a time.",
            "the baseline; spec/compared-systems.md 2.2",
            new RoundRobinOptions(), [], (host, options) => new RoundRobinScheduler(host, options)),
        Entry("short-slice", "A short slice for everybody: Credit with 5 ms, or round robin on equally long queues.",
            "Xen's tslice; Hu 2012's baseline; spec/compared-systems.md 2.2", new ShortSliceOptions(),
            [("credit-5ms", ShortSliceOptions.Credit5Ms), ("credit-1ms", ShortSliceOptions.Credit1Ms),
                ("rr-500us", ShortSliceOptions.RoundRobin)],
            (host, options) => new ShortSliceScheduler(host, options)),
        // The systems that the FLMS paper compares itself with.
        Entry("boost2ms", "Credit whose BOOST lasts 2 ms of run time and no longer.",
            "the FLMS paper on Zeng 2013; spec/compared-systems.md 2.4", new Boost2msOptions(), [],
            (host, options) => new Boost2msScheduler(host, options)),
        Entry("ecredit", "Credit whose queues are ordered by how many I/O requests a vCPU has, within each standing.",
            "Ding, Xiong, Yang, ICSESS 2013; spec/compared-systems.md 2.3", new ECreditOptions(), [],
            (host, options) => new ECreditScheduler(host, options)),
        Entry("xcollopts", "Credit that spreads boosts over pCPUs and lets a driver domain finish its work.",
            "Zeng et al., TNSM 2015; spec/compared-systems.md 2.4", new XcolloptsOptions(), [],
            (host, options) => new XcolloptsScheduler(host, options)),
        Entry("vslicer", "Credit in rounds, in which latency-sensitive VMs have their turn in small pieces.",
            "Xu et al., HPDC 2012; spec/compared-systems.md 2.5", new VSlicerOptions(),
            [("interleave", VSlicerOptions.Interleave), ("preemptive", VSlicerOptions.Preemptive)],
            (host, options) => new VSlicerScheduler(host, options)),
        Entry("vturbo", "A vCPU of each VM takes its interrupts, on turbo pCPUs with slices of 0.1 ms (vTurbo).",
            "Xu et al., USENIX ATC 2013; spec/compared-systems.md 2.6", new VturboOptions(), [],
            (host, options) => new VturboScheduler(host, options), new VturboDomain()),
        Entry("io-bounding", "A fixed number of pCPUs for VMs labelled latency or mixed, the rest for all others.",
            "FLMS's name; iSche (SJTU) as the published form; spec/compared-systems.md 2.7", new IoBoundingOptions(),
            [("flms", new IoBoundingOptions()), ("ische", IoBoundingOptions.ISche)],
            (host, options) => new IoBoundingScheduler(host, options)),
        Entry("brm", "Credit that sends vCPUs, by a biased draw, to the memory node where they stall least.",
            "Rao et al., HPCA 2013; spec/compared-systems.md 2.8", new BrmOptions(), [],
            (host, options) => new BrmScheduler(host, options)),
        Entry("best-numa-node",
            "A daemon that binds each VM to the memory node that suits it best; below it CFS, EEVDF or Credit.",
            "Cheng et al., APPT 2013; spec/compared-systems.md 2.9", new BestNumaNodeOptions(), [],
            (host, options) => new BestNumaNodeScheduler(host, options), new BestNumaNodeDomain()),
        Entry("task-aware", "Credit that boosts a vCPU for the I/O-bound tasks within it, and only while they run.",
            "Kim et al., VEE 2009; spec/compared-systems.md 2.10", new TaskAwareOptions(), [],
            (host, options) => new TaskAwareScheduler(host, options)),
        Entry("hu2010", "Driver, fast-tick and general pCPUs; a device event moves a vCPU to a fast-tick one at once.",
            "Hu et al., HPDC 2010; spec/compared-systems.md 2.11", new Hu2010Options(), [],
            (host, options) => new Hu2010Scheduler(host, options)),
        // Linux, which schedules the vCPUs of KVM.
        Entry("cfs", "Linux's CFS as it scheduled KVM's vCPUs up to 6.5: least virtual run time first, by VM and vCPU.",
            "Linux 6.1; spec/linux-host.md section 1", new CfsOptions(),
            [("kvm-2016", CfsOptions.Kvm2016), ("kvm-2016-flat", CfsOptions.Kvm2016Flat)],
            (host, options) => new CfsScheduler(host, options)),
        Entry("eevdf",
            "Linux's EEVDF as it schedules KVM's vCPUs since 6.6: the earliest virtual deadline of the eligible first.",
            "Linux 6.12 to 7.3; spec/linux-host.md section 2", new EevdfOptions(),
            [
                ("6.12", EevdfOptions.Linux612), ("6.18", EevdfOptions.Linux618), ("7.2", EevdfOptions.Linux72),
                ("7.3", EevdfOptions.Linux73),
            ],
            (host, options) => new EevdfScheduler(host, options), new EevdfDomain()),
        // Later and stronger ones.
        Entry("asymsched", "AsymSched: an I/O pool and a computing pool; domains move by predicted device events.",
            "Hu et al. 2012; spec/compared-systems.md 2.11", new AsymschedOptions(), [],
            (host, options) => new AsymschedScheduler(host, options), new AsymschedDomain()),
        Entry("aql", "AQL_Sched: vCPUs typed by their counters, in pools whose slice suits the type.",
            "Teabe et al., EuroSys 2016; spec/compared-systems.md 3.1", new AqlOptions(), [],
            (host, options) => new AqlScheduler(host, options)),
        Entry("tableau", "Tableau: a planned table of slots with bounded gaps; who sleeps leaves his to others there.",
            "Vanga, Gujarati, Brandenburg, EuroSys 2018; spec/compared-systems.md 3.3", new TableauOptions(), [],
            (host, options) => new TableauScheduler(host, options), new TableauDomain()),
        Entry("pvsched",
            "The host policy of pvsched v3: guests' interrupts and real-time tasks first, within budgets; EEVDF below.",
            "LKML 2023 to 2026; spec/compared-systems.md 3.8", new PvschedOptions(), [],
            (host, options) => new PvschedScheduler(host, options), new PvschedDomain()),
    ];

    /// <summary>The policy of that name; null if there is none.</summary>
    public static SchedulerEntry? Find(string name)
    {
        foreach (var entry in All)
            if (entry.Name == name) return entry;
        return null;
    }

    private static SchedulerEntry Entry<T>(string name, string summary, string source, T defaults,
        IReadOnlyList<(string, SchedulerOptions)> presets, Func<ISchedHost, T, Scheduler> create,
        object? domainParameters = null) where T : SchedulerOptions =>
        new(name, summary, source, defaults, presets, domainParameters,
            (host, options) => create(host, (T)options));
}
