using Flms.Core;
using Flms.Schedulers.Mechanisms;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>A textbook's task: every period a job that needs so much and is due so long after its release.</summary>
internal sealed record JobTask(Duration Period, Duration Cost, Duration Deadline)
{
    public double Utilisation => (double)Cost.Ns / Period.Ns;

    /// <summary>A domain that releases such jobs from the beginning on, each in its time whether or not the last is
    /// done.</summary>
    public DomainSetup Domain(string name, params object[] parameters) => new()
    {
        Name = name,
        Workloads = [new PulseSetup { Work = Cost, Every = Period }],
        Parameters = [this, .. parameters],
    };
}

/// <summary>How <see cref="JobScheduler"/> orders jobs.</summary>
internal enum JobOrder : byte
{
    /// <summary>Earliest deadline first.</summary>
    Deadline,

    /// <summary>Rate monotonic: the shortest period first, always.</summary>
    Rate,
}

/// <summary>The textbooks' global preemptive schedulers: all pCPUs serve the first jobs of one queue.</summary>
/// <remarks>It knows each task's cost, and so where a job ends and the next, late one begins. A job keeps its deadline
/// until it is done. For tests: a wake-up asks every pCPU.</remarks>
internal sealed class JobScheduler(ISchedHost host, JobOrder order) : Scheduler(host)
{
    private readonly IndexHeap<long> _queue = new(host.VcpuCapacity);
    private readonly Instant[] _release = new Instant[host.VcpuCapacity];
    private readonly Duration[] _used = new Duration[host.VcpuCapacity];
    private readonly Instant[] _since = new Instant[host.Topology.Count];

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        _release[v.Index] = now;
        Enqueue(v);
        // Each pCPU gives its vCPU back and takes the first of all: after the last of them the first ones run.
        for (var p = Host.Topology.All.First(); !p.IsNone; p = Host.Topology.All.After(p)) Host.Kick(p);
    }

    public override void Sleep(VcpuId v, Instant now) => _queue.Remove(v.Index);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone) Charge(last, now - _since[p.Index]);
        if (left is Left.Runnable or Left.Yielded) Enqueue(last);
        _since[p.Index] = now;
        var next = new VcpuId(_queue.First());
        if (next.IsNone) return Decision.Idle;
        _queue.Remove(next.Index);
        return new(next, TaskOf(next).Cost - _used[next.Index]);
    }

    private void Charge(VcpuId v, Duration ran)
    {
        _used[v.Index] += ran;
        if (_used[v.Index] < TaskOf(v).Cost) return;
        _used[v.Index] = Duration.Zero;
        _release[v.Index] += TaskOf(v).Period;
    }

    private void Enqueue(VcpuId v)
    {
        var task = TaskOf(v);
        _queue.Set(v.Index, order == JobOrder.Rate ? task.Period.Ns : (_release[v.Index] + task.Deadline).Ns);
    }

    private JobTask TaskOf(VcpuId v) => Host.ParametersOf<JobTask>(Host[v].Domain)!;
}

/// <summary>Watches the jobs of tasks under any policy: job j is done when its vCPU has run for j + 1 costs.</summary>
internal sealed class JobWatch(IReadOnlyList<JobTask> tasks, int pcpus) : IWatcher
{
    private readonly (int Vcpu, Instant From)[] _running = [.. Enumerable.Repeat((-1, Instant.Zero), pcpus)];
    private readonly long[] _ran = new long[tasks.Count];
    private readonly List<Instant>[] _done = [.. tasks.Select(_ => new List<Instant>())];

    public void On(in HostEvent e)
    {
        if (e.Kind != HostEventKind.Switch) return;
        ref var pcpu = ref _running[e.Pcpu.Index];
        Account(pcpu.Vcpu, pcpu.From, e.At);
        pcpu = (e.Vcpu.Index, e.At);
    }

    /// <summary>How late each job was that was due by the end; a negative time is how early. Those not done by then
    /// count as done there.</summary>
    public IEnumerable<(int Task, Duration Late)> Lateness(Instant end)
    {
        for (var p = 0; p < _running.Length; p++)
        {
            Account(_running[p].Vcpu, _running[p].From, end);
            _running[p].From = end;
        }
        for (var t = 0; t < tasks.Count; t++)
        {
            var due = Instant.Zero + tasks[t].Deadline;
            for (var j = 0; due <= end; j++, due += tasks[t].Period)
                yield return (t, (j < _done[t].Count ? _done[t][j] : end + 1.Ns) - due);
        }
    }

    public int Misses(Instant end) => Lateness(end).Count(job => job.Late > Duration.Zero);

    private void Account(int v, Instant from, Instant to)
    {
        if (v < 0 || v >= tasks.Count) return;
        var cost = tasks[v].Cost.Ns;
        for (var left = (to - from).Ns; left > 0;)
        {
            var part = Math.Min(left, cost - _ran[v] % cost);
            _ran[v] += part;
            left -= part;
            if (_ran[v] % cost == 0) _done[v].Add(new(to.Ns - left));
        }
    }
}
