using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>How jobs are spaced.</summary>
public enum Arrivals : byte
{
    /// <summary>Exponential intervals.</summary>
    Poisson,

    /// <summary>All intervals are the same.</summary>
    Periodic,
}

/// <summary>How long jobs are.</summary>
public enum JobLength : byte
{
    /// <summary>Exponential.</summary>
    Exponential,

    /// <summary>All the same.</summary>
    Fixed,

    /// <summary>Many short ones and a few long ones: exponential with one of two means, such that both kinds bring the
    /// same load.</summary>
    Hyperexponential,
}

/// <summary>Jobs come from outside, whatever the guest does, are done, and go: the queue of the textbooks.</summary>
/// <remarks>
/// On one vCPU they are served first come, first served. Without <c>vcpu</c> there is one stream for the whole domain,
/// and each job goes to a vCPU that is free, the one that became free last; if none is, it waits for the first that is.
/// So the host's policy decides the order in which jobs are served, and textbooks say what must come of it
/// (docs/oracles.md).
/// </remarks>
public sealed record JobsSetup : WorkloadSetup
{
    internal const int LineLength = 16_384;

    /// <summary>Mean time from one job to the next. Default 10 ms.</summary>
    [Option("Mean time from one job to the next.", "ours", Min = "1us")]
    public Duration Interval { get; init; } = 10.Ms;

    /// <summary>How jobs are spaced. Default: Poisson.</summary>
    [Option("How jobs are spaced.", "spec/compared-systems.md 7")]
    public Arrivals Arrivals { get; init; } = Arrivals.Poisson;

    /// <summary>Mean CPU time of a job. Default 1 ms.</summary>
    [Option("Mean CPU time of a job.", "ours", Min = "1ns")]
    public Duration Work { get; init; } = 1.Ms;

    /// <summary>How the CPU time of jobs is distributed. Default: exponential.</summary>
    [Option("How the CPU time of jobs is distributed.", "spec/compared-systems.md 7")]
    public JobLength Length { get; init; } = JobLength.Exponential;

    /// <summary>Squared coefficient of variation of hyperexponential jobs. Default 4.</summary>
    [Option("Squared coefficient of variation, of hyperexponential jobs.", "spec/compared-systems.md 7, item 2: 4",
        Min = "1", Max = "1000")]
    public Fraction Variation { get; init; } = new(4, 1);

    /// <summary>Is the arrival of a job a device's event? Default: no.</summary>
    [Option("Is the arrival of a job a device's event?", "ours")]
    public bool Device { get; init; }

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Jobs(this, random);
}

// The group's first takes the jobs as they come, and gives them to the others.
internal sealed class Jobs(JobsSetup setup, RandomStream random) : Workload
{
    private readonly Histogram _responses = new();
    private Ring _cameAt = null!;       // of the jobs for which no vCPU was free
    private Ring _works = null!;
    private int[] _free = [];           // members of the group, the one that became free last at the end
    private int _freeCount;
    private int _member;
    private long _jobCameAt;
    private long _lost;
    private double _shortPart;          // of hyperexponential jobs: this part has the short mean
    private Duration _short;
    private Duration _long;

    private Jobs First => (Jobs)Group[0];

    public override string? Measure => First == this ? "jobs.response" : null;

    public override Histogram? Samples => First == this ? _responses : null;

    public override long Lost => _lost;

    protected internal override void Start(Instant now)
    {
        if (First != this) return;
        _cameAt = new(JobsSetup.LineLength);
        _works = new(JobsSetup.LineLength);
        _free = new int[Group.Count];
        for (var m = Group.Count - 1; m >= 0; m--)
        {
            ((Jobs)Group[m])._member = m;
            _free[_freeCount++] = m;
        }
        var cv2 = (double)setup.Variation.Num / setup.Variation.Den;
        _shortPart = (1 + Math.Sqrt((cv2 - 1) / (cv2 + 1))) / 2;
        _short = new(Math.Max(1, (long)(setup.Work.Ns / (2 * _shortPart))));
        _long = new(Math.Max(1, (long)(setup.Work.Ns / (2 * (1 - _shortPart)))));
        AlarmAt(now + Interval());
    }

    protected internal override void AlarmFired(Instant now)
    {
        AlarmAt(now + Interval());
        var work = Work();
        if (_freeCount > 0)
        {
            ((Jobs)Group[_free[--_freeCount]]).Do(now.Ns, work);
        }
        else if (_cameAt.IsFull)
        {
            _lost++;
        }
        else
        {
            _cameAt.Add(now.Ns);
            _works.Add(work.Ns);
        }
    }

    protected internal override void WorkDone(Instant now)
    {
        var first = First;
        first._responses.Record(new(now.Ns - _jobCameAt));
        if (first._cameAt.Count > 0) Do(first._cameAt.Take(), new(first._works.Take()));
        else first._free[first._freeCount++] = _member;
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    private void Do(long cameAt, Duration work)
    {
        _jobCameAt = cameAt;
        if (setup.Device) DeviceEvent();
        Want(work);
    }

    private Duration Interval() =>
        setup.Arrivals == Arrivals.Periodic ? setup.Interval : random.Exponential(setup.Interval);

    private Duration Work() => setup.Length switch
    {
        JobLength.Fixed => setup.Work,
        JobLength.Exponential => random.Exponential(setup.Work),
        _ => random.Exponential(random.Next() < _shortPart ? _short : _long),
    };
}
