using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Eevdf;

// Joining and leaving queues, groups on the way; the pick from the top; who preempts whom.
public partial class EevdfScheduler
{
    private int GroupOf(VcpuId v, PcpuId p) => _levels ? Groups.GroupOf(DomainOf(v), p) : -1;

    /// <summary>Puts a vCPU on the queue of a pCPU, with the lag that it left with.</summary>
    /// <param name="v">Who.</param>
    /// <param name="p">Where.</param>
    /// <param name="isNew">Has it never been queued?</param>
    /// <param name="runs">Will it be made the runner at once? Then it is, and its group, where that displaces nobody:
    /// the queues' order need not know of it first.</param>
    private protected void Queue(VcpuId v, PcpuId p, bool isNew, bool runs = false)
    {
        var g = GroupOf(v, p);
        _pcpus[p.Index].Queued++;
        _queues.Reweigh(v.Index, WeightOf(v, p));
        var queue = g < 0 ? p.Index : Groups.QueueIn(g);
        _queues.Enqueue(queue, v.Index, isNew, runs && _queues.Current(queue) < 0);
        if (g < 0) return;
        ref var e = ref _queues[g];
        if (e.Queued)
        {
            Refresh(g, v);
            if (e.Delayed) _queues.Rouse(g);
            return;
        }
        var isFirst = e.Weight == 0;
        if (isFirst) e.Weight = FairQueues.NiceZero;
        Refresh(g, v);
        _queues.Enqueue(p.Index, g, isFirst, runs && _queues.Current(p.Index) < 0);
    }

    // Takes a vCPU off its queue, and its group with it if it was the last there.
    private void Unqueue(VcpuId v, PcpuId p, bool moves, bool sleeps)
    {
        var g = GroupOf(v, p);
        _queues.Dequeue(v.Index, moves);
        _pcpus[p.Index].Queued--;
        if (g < 0) return;
        if (_queues.Count(Groups.QueueIn(g)) > 0) Refresh(g, v);
        else if (sleeps && _options.DelayDequeue && !_queues.Eligible(g)) Delay(g);
        else _queues.Dequeue(g, moves: false);
    }

    // It sleeps, but stays queued.
    private void Delay(int e)
    {
        ref var s = ref _queues[e];
        s.Delayed = true;
        if (_queues.Current(s.Queue) == e) _queues.PutCurrent(s.Queue);
    }

    // A group's slice is the shortest queued in it; its weight here goes by who is runnable where.
    private void Refresh(int g, VcpuId member)
    {
        _queues.SetSlice(g, _queues.ShortestSlice(Groups.QueueIn(g)));
        var weight = _options.Share == GroupShare.Smp ? Groups.WeightOf(g)
            : WholeWeight(member) * Math.Max(1, Groups.VcpusIn(g));
        _queues.Reweigh(g, (int)Math.Clamp(weight, 2, 1 << 18));
    }

    // A vCPU's weight in its own queue. Within groups that are picked first, vCPUs are equal.
    private int WeightOf(VcpuId v, PcpuId p)
    {
        if (_levels || !Groups.Grouped) return (int)Groups.WeightOf(v.Index);
        var weight = _options.Share == GroupShare.Smp ? Groups.LoadOfVcpu(v, DomainOf(v), p) : WholeWeight(v);
        return (int)Math.Clamp(weight, 2, 1 << 18);
    }

    // Of its domain, as one vCPU: 256 is the weight of nice 0.
    private long WholeWeight(VcpuId v) => Host[v].Weight * FairGroups.NormalWeight / 256;

    private void Weigh(VcpuId v, PcpuId p)
    {
        if (_levels) Refresh(GroupOf(v, p), v);
        else _queues.Reweigh(v.Index, WeightOf(v, p));
    }

    /// <summary>When nobody else is runnable, those that sleep in the queue would all be picked, and go.</summary>
    private protected void DismissSleepers(PcpuId p)
    {
        if (Figures.Count(p) <= 1) Pick(p);
    }

    // The earliest eligible deadline, from the top. Sleepers that would be picked are sent off.
    private int Pick(PcpuId p)
    {
        while (true)
        {
            var e = _queues.Pick(p.Index, protect: true);
            if (e < 0) return -1;
            if (Groups.IsGroup(e) && !_queues[e].Delayed) e = _queues.Pick(Groups.QueueIn(e), protect: true);
            if (!_queues[e].Delayed) return e;
            if (Groups.IsGroup(e)) _queues.Dequeue(e, moves: false);
            else Unqueue(new(e), p, moves: false, sleeps: true);
        }
    }

    // Makes a vCPU the runner of its queue, and its group of the pCPU's. Who runs already is not touched.
    // Returns whether the precise timer is to be set.
    private bool Install(PcpuId p, int next)
    {
        var g = GroupOf(new(next), p);
        var top = g < 0 ? next : g;
        if (_queues.Current(p.Index) != top)
        {
            PutBack(p);
            SetRunner(top, p);
        }
        else if (g < 0 || _queues.Current(Groups.QueueIn(g)) == next)
        {
            if (!_options.HrtickRearm) return false;
            if (g >= 0) _queues.Protect(g);
            _queues.Protect(next);
            return true;
        }
        if (g < 0) return true;
        if (_queues.Current(Groups.QueueIn(g)) >= 0) _queues.PutCurrent(Groups.QueueIn(g));
        SetRunner(next, p);
        return true;
    }

    // A vCPU comes to a pCPU's queue as its runner. A group that runs already is not touched.
    private void QueueRunner(VcpuId v, PcpuId p)
    {
        var g = GroupOf(v, p);
        var top = g < 0 ? v.Index : g;
        var groupRan = _queues.Current(p.Index) == top;
        Queue(v, p, isNew: false, runs: true);
        if (!groupRan)
        {
            if (_queues.Current(p.Index) != top) PutBack(p);
            SetRunner(top, p);
        }
        if (g < 0) return;
        var runner = _queues.Current(Groups.QueueIn(g));
        if (runner >= 0 && runner != v.Index) _queues.PutCurrent(Groups.QueueIn(g));
        SetRunner(v.Index, p);
    }

    private void SetRunner(int e, PcpuId p)
    {
        if (_queues.Current(_queues[e].Queue) != e) _queues.SetCurrent(e);
        if (!_levels && Groups.Grouped) _queues.Reweigh(e, WeightOf(new(e), p));
        _queues.Protect(e);
    }

    // The runner and its group wait again.
    private void PutBack(PcpuId p)
    {
        var e = _queues.Current(p.Index);
        if (e < 0) return;
        if (Groups.IsGroup(e) && _queues.Current(Groups.QueueIn(e)) >= 0) _queues.PutCurrent(Groups.QueueIn(e));
        _queues.PutCurrent(p.Index);
    }

    // The newcomer and the runner are compared where they are in one queue.
    private bool Beats(VcpuId v, PcpuId p)
    {
        var (queue, mine, runner) = (p.Index, v.Index, _queues.Current(p.Index));
        var g = GroupOf(v, p);
        if (g >= 0)
        {
            mine = g;
            if (runner == g)
            {
                queue = Groups.QueueIn(g);
                (mine, runner) = (v.Index, _queues.Current(queue));
            }
        }
        ref readonly var m = ref _queues[mine];
        ref readonly var r = ref _queues[runner];
        var shorter = _options.PreemptShort && m.Slice < r.Slice && _queues.Eligible(mine);
        var latest = _options.Parity == ParityRule.ShorterQueued;
        if (!latest) shorter = shorter && (m.Deadline < r.Deadline || !_queues.Eligible(runner));
        if (shorter) _queues.Expose(runner);
        if (_options.NextBuddy || (latest && shorter)) _queues.SetBuddy(queue, mine);
        if (_queues.Pick(queue, protect: true) == mine) return true;
        if (_options.Parity == ParityRule.ShortestSlice) _queues.Shorten(runner);
        return false;
    }
}
