using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tableau;

// Earliest deadline first on one pCPU for a hyperperiod: does it fit, and what is the table?
public sealed partial class TableauPlanner
{
    private struct Job
    {
        public long Period;
        public long Cost;
        public long Deadline;       // from its release
        public long Rest;
    }

    // A task has at most one piece on a pCPU, so the task's number stands for the piece.
    private readonly Job[] _jobs;
    private readonly IndexHeap<long> _releases;
    private readonly IndexHeap<long> _ready;

    // Would the pCPU's pieces and one more all meet their deadlines?
    private bool Fits(int p, int task, long offset, long cost, long deadline)
    {
        Collect(p);
        Add(task, offset, cost, deadline);
        return Simulate(null);
    }

    private void WritePcpu(int p, TableauTable table)
    {
        Collect(p);
        Check.That(Simulate(table));
        table.EndPcpu();
    }

    // A short gap is given to whoever runs before it, but not to a piece: its task runs elsewhere by then.
    private void Idle(TableauTable table, long begin, long end)
    {
        var owner = table.LastOwner;
        if (end - begin < AbsorbedGap.Ns && owner != None && !IsSplit(owner)) table.Stretch(end);
        else table.Append(None, end);
    }

    private void Collect(int p)
    {
        for (var t = _releases.First(); t != None; t = _releases.First()) _releases.Remove(t);
        for (var t = _ready.First(); t != None; t = _ready.First()) _ready.Remove(t);
        for (var i = _firstOfPcpu[p]; i != None; i = _pieces[i].NextOfPcpu)
            Add(_pieces[i].Task, _pieces[i].Offset, _pieces[i].Cost, _pieces[i].Deadline);
    }

    private void Add(int task, long offset, long cost, long deadline)
    {
        _jobs[task] = new() { Period = _tasks[task].Period, Cost = cost, Deadline = deadline };
        _releases.Set(task, offset);
    }

    // False as soon as a deadline is missed. No job reaches over the end: all periods divide the hyperperiod.
    private bool Simulate(TableauTable? table)
    {
        var now = 0L;
        while (Release(now))
        {
            var next = _releases.First() is var t && t == None ? Length : _releases.KeyOf(t);
            var first = _ready.First();
            if (first == None)
            {
                if (table != null && next > now) Idle(table, now, next);
                if (t == None) break;
                now = next;
                continue;
            }
            ref var job = ref _jobs[first];
            if (now + job.Rest > _ready.KeyOf(first)) return false;
            var end = Math.Min(now + job.Rest, next);
            job.Rest -= end - now;
            if (job.Rest == 0) _ready.Remove(first);
            table?.Append(first, end);
            now = end;
        }
        return _ready.Count == 0;
    }

    // Jobs whose time has come; false if one of them is not done with the last.
    private bool Release(long now)
    {
        for (var t = _releases.First(); t != None && _releases.KeyOf(t) <= now; t = _releases.First())
        {
            if (_ready.Contains(t)) return false;
            ref var job = ref _jobs[t];
            var at = _releases.KeyOf(t);
            job.Rest = job.Cost;
            _ready.Set(t, at + job.Deadline);
            if (at + job.Period < Length) _releases.Set(t, at + job.Period);
            else _releases.Remove(t);
        }
        return true;
    }
}
