using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>The load generator lookbusy: spins a calibrated amount, sleeps a fixed time, and corrects itself.</summary>
/// <remarks>
/// Exactly its controller (spec/compared-systems.md 0.2): each round of 100 ms spins <c>utilisation</c> percent of the
/// work of 100 ms and then sleeps the rest; after the round it reads from the guest's own accounting what share of the
/// CPUs the whole guest had (user, nice and system of /proc/stat: all threads, no interrupts) and changes the spin by
/// (wanted - had) * spin / 100 / vCPUs, in integers. Stolen time is not in the guest's accounting, so under contention
/// it believes that it ran too little and spins ever longer.
/// Assumed: it was calibrated on an idle machine, and one copy runs on each vCPU (as its defaults do).
/// </remarks>
public sealed record LookbusySetup : WorkloadSetup
{
    /// <summary>Share of a vCPU that it aims at. Default 50 (lookbusy's own, and the paper's).</summary>
    [Option("Share of a vCPU that it aims at.", "spec/compared-systems.md 0.2: default 50",
        Unit = "%", Min = "1", Max = "100")]
    public int Utilisation { get; init; } = 50;

    /// <summary>Length of a round. Default 100 ms.</summary>
    [Option("Length of a round: spin and sleep.", "spec/compared-systems.md 0.2: 100 ms", Min = "1ms", Max = "10s")]
    public Duration Round { get; init; } = 100.Ms;

    /// <summary>Does it correct its spin by what it sees? Default: yes.</summary>
    [Option("Does it correct its spin by what the guest's accounting shows?", "spec/compared-systems.md 0.2")]
    public bool Feedback { get; init; } = true;

    /// <summary>The grain of the guest's accounting. Default 10 ms.</summary>
    [Option("The grain of the guest's accounting (/proc/stat counts jiffies).",
        "spec/compared-systems.md 5: 10 ms", Min = "1ns")]
    public Duration Jiffy { get; init; } = 10.Ms;

    /// <summary>How many vCPUs share the accounting: what was had, and the correction, is divided by it. Default: as
    /// many as the domain has.</summary>
    [Option("vCPUs whose accounting it reads: what they had and the correction are divided by their number; without "
        + "it, as many as the domain has.", "spec/compared-systems.md 0.2", Min = "1")]
    public int? Vcpus { get; init; }

    /// <summary>When it begins. Default: at once.</summary>
    [Option("When it begins.", "ours", Min = "0")]
    public Duration At { get; init; } = Duration.Zero;

    /// <summary>It begins up to this much later, at random. Default: none.</summary>
    [Option("It begins up to this much later, at random (uniform).", "ours", Min = "0")]
    public Duration Stagger { get; init; } = Duration.Zero;

    /// <summary>How many there are, dealt over the vCPUs; null, the default, for one on each.</summary>
    [Option("How many there are, dealt over the vCPUs in turn; without it, one on each vCPU.", "ours", Min = "1",
        Max = "4096")]
    public override int? Threads { get; init; }

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Lookbusy(this, random);
}

internal sealed class Lookbusy(LookbusySetup setup, RandomStream random) : Workload
{
    // The original counts loops; one loop here is one nanosecond of work.
    private long _spin = setup.Round.Ns * setup.Utilisation / 100;
    private long _busyJiffies;
    private readonly List<Workload> _threads = [];  // all of the guest
    private int _vcpus;
    private Instant _roundBegan;
    private bool _hasSpun;

    protected internal override void Start(Instant now)
    {
        _vcpus = setup.Vcpus ?? Machine![Vcpu].Siblings;
        foreach (var w in Machine!.Workloads)
            if (w.Urgency >= Urgency.Thread && Machine[w.Vcpu].Domain == Machine[Vcpu].Domain) _threads.Add(w);
        var at = setup.At;
        if (setup.Stagger > Duration.Zero) at += random.Uniform(Duration.Zero, setup.Stagger);
        if (at == Duration.Zero) Spin(now);
        else AlarmAt(now + at);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (_hasSpun && setup.Feedback) Correct(now);
        Spin(now);
    }

    protected internal override void WorkDone(Instant now)
    {
        var sleep = setup.Round.Ns - setup.Round.Ns * setup.Utilisation / 100;
        if (sleep > 0) AlarmAt(now + new Duration(sleep));
        else AlarmFired(now);
    }

    private void Spin(Instant now)
    {
        if (!_hasSpun) _busyJiffies = Jiffies();
        _hasSpun = true;
        _roundBegan = now;
        Want(new(_spin));
    }

    // User, nice and system time of the guest. What runs just now counts up to now, as a tick would see it.
    private long Jiffies()
    {
        var ran = 0L;
        foreach (var w in _threads) ran += Machine!.RanOf(w);
        return ran / setup.Jiffy.Ns;
    }

    private void Correct(Instant now)
    {
        var jiffies = Jiffies();
        var wall = (now - _roundBegan).Ns / setup.Jiffy.Ns * _vcpus;
        var busy = jiffies - _busyJiffies;
        _busyJiffies = jiffies;
        if (wall == 0) return;
        var had = busy * 100 / wall;
        // Kept above one part in a thousand of a round, as a program that spins zero loops could never correct itself,
        // and below an hour, beyond which it is a hog in every respect.
        _spin = Math.Clamp(_spin + (setup.Utilisation - had) * _spin / 100 / _vcpus,
            setup.Round.Ns / 1000, 3_600_000_000_000);
    }
}
