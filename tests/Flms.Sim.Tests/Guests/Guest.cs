using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Guests;

namespace Flms.Sim.Tests.Guests;

/// <summary>Small hosts for guests with a kernel.</summary>
internal static class Guest
{
    /// <summary>A kernel whose own work is free and whose interrupts arrive at once.</summary>
    public static GuestOptions Free { get; } = new()
    {
        TickWork = Duration.Zero,
        SwitchWork = Duration.Zero,
        IpiDelay = Duration.Zero,
        IpiWork = Duration.Zero,
        InterruptWork = Duration.Zero,
    };

    public static DomainSetup Of(int vcpus, GuestOptions kernel, params WorkloadSetup[] workloads) =>
        new() { Name = "guest", Vcpus = vcpus, Guest = kernel, Workloads = workloads };

    public static Trial On(int pcpus, params DomainSetup[] domains) =>
        new(Trial.Setup(Topology.Of(1, pcpus), CostModel.None, domains));

    public static Trial On(int pcpus, Duration slice, params DomainSetup[] domains) =>
        new(Trial.Setup(Topology.Of(1, pcpus), CostModel.None, domains),
            host => new RoundRobinScheduler(host, new() { Slice = slice }));

    /// <summary>A thread that never sleeps.</summary>
    public static Scripted Burner() => new((w, _) => w.WantForever());

    /// <summary>A thread that sleeps until it is woken, and then wants so much.</summary>
    public static Scripted Sleeper(Duration work) => new((_, _) => { }) { OnWoken = (w, _) => w.Want(work) };

    /// <summary>A thread that wants so much work once, from a given moment on.</summary>
    public static Scripted Once(Duration at, Duration work) =>
        new((w, _) => w.At(at)) { OnAlarm = (w, _) => w.Want(work) };

    public static WorkloadSetup[] Setups(params Scripted[] threads) => [.. threads.Select(t => new ScriptedSetup(t))];

    public static GuestStatistics Kernel(this Trial trial, int domain = 0) =>
        trial.Machine.GuestStatistics(new(domain))!;
}

/// <summary>A thread that a test writes down.</summary>
internal sealed class Scripted(Action<Scripted, Instant> start) : Workload
{
    public List<Duration> Done { get; } = [];

    public Action<Scripted, Instant> OnDone { get; set; } = (_, _) => { };

    public Action<Scripted, Instant> OnWoken { get; set; } = (_, _) => { };

    public Action<Scripted, Instant> OnAlarm { get; set; } = (_, _) => { };

    public Action<Scripted, Instant> OnLocked { get; set; } = (_, _) => { };

    public Urgency Context { get; init; } = Urgency.Thread;

    public override Urgency Urgency => Context;

    public new Duration Ran => base.Ran;

    public new void Want(Duration work) => base.Want(work);

    public new void WantForever() => base.WantForever();

    public void At(Duration at) => AlarmAt(Instant.Zero + at);

    public new void Wake(Workload other) => base.Wake(other);

    public new bool Lock(GuestLock spinlock) => base.Lock(spinlock);

    public new void Unlock(GuestLock spinlock) => base.Unlock(spinlock);

    public new void SetAffinity(CpuMask vcpus) => base.SetAffinity(vcpus);

    protected override void Start(Instant now) => start(this, now);

    protected override void AlarmFired(Instant now) => OnAlarm(this, now);

    protected override void Woken(Instant now) => OnWoken(this, now);

    protected override void Locked(Instant now) => OnLocked(this, now);

    protected override void WorkDone(Instant now)
    {
        Done.Add(now - Instant.Zero);
        OnDone(this, now);
    }
}

/// <summary>Puts one <see cref="Scripted"/> into a domain.</summary>
internal sealed record ScriptedSetup(Scripted Work) : WorkloadSetup
{
    public override int? Threads { get; init; } = 1;

    public override Workload Create(RandomStream random) => Work;
}
