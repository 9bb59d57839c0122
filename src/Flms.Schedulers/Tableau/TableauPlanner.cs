using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tableau;

/// <summary>Tableau's planner: a table in which each task has its share, and never waits longer than its
/// goal.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 3.3). A task is a share of a pCPU, a latency goal, and
/// the pCPUs where it may run. Each becomes a period T and a cost C (<see cref="TableauPeriods.TryChoose"/>): served
/// for C in every T, it never goes without for longer than 2(T - C). The greatest first, each goes to the pCPU that
/// has most time free (worst fit decreasing). One that fits nowhere is split: on one pCPU it has a piece that runs as
/// soon as the period begins (its cost is its deadline: C = D), as great as the pCPU's other tasks allow; then the
/// rest follows on another pCPU, and so on. At last the earliest deadline first schedule of each pCPU is written down
/// for a hyperperiod.</para>
/// <para><i>When it cannot be done.</i> Those who contend for the pCPUs of the task that does not fit get a
/// thirty-second less each, until it fits, and an eighth where that takes too long: those whose share is only a fair
/// one first, those with a share of their own when nothing else helps. What came of it tell <see cref="PeriodOf"/> and
/// <see cref="CostOf"/>.</para>
/// <para>It knows nothing of hosts and vCPUs. It is sized at construction; a plan with more pieces or slots than
/// expected allocates once. Rejected: the demand bound for the size of a piece. The schedule is simulated anyway, and
/// that says exactly what fits.</para>
/// </remarks>
public sealed partial class TableauPlanner
{
    /// <summary>Gaps that are shorter belong to whoever runs before them. 50 us.</summary>
    public static readonly Duration AbsorbedGap = 50.Us;

    /// <summary>No piece of a split task is shorter: it would not be worth its switches. 50 us, inferred.</summary>
    public static readonly Duration ShortestPiece = 50.Us;

    private const int FullScale = 1 << 20;
    private const int LeastScale = FullScale >> 12;
    private const int FineSteps = 16;
    private const int None = -1;

    private struct Plan
    {
        public Fraction Utilisation;
        public Duration Latency;
        public CpuMask? Affinity;       // null: it does not take part
        public bool Firm;
        public int Scale;               // of FullScale: what is left of its share
        public long Period;
        public long Cost;               // 0: it is not in the table
        public int FirstPiece;
        public readonly long Demand => Cost * (Length / Period);
    }

    private struct Piece
    {
        public int Task;
        public int Pcpu;
        public long Offset;             // from the period's beginning to its release
        public long Cost;
        public long Deadline;           // from its release
        public int NextOfTask;
        public int NextOfPcpu;
    }

    /// <summary>Who is placed first: who needs most, then who has the least choice.</summary>
    private readonly record struct Order(long Demand, int Choices) : IComparable<Order>
    {
        public int CompareTo(Order other) =>
            Demand != other.Demand ? other.Demand.CompareTo(Demand) : Choices.CompareTo(other.Choices);
    }

    /// <summary>pCPUs of a set.</summary>
    private readonly struct Among(CpuMask pcpus) : IMemberFilter
    {
        public bool Allows(int member) => pcpus.Contains(new(member));
    }

    private readonly Plan[] _tasks;
    private readonly int[] _firstOfPcpu;
    private readonly IndexHeap<long> _load;         // pCPUs by the time of a hyperperiod that is given away
    private readonly IndexHeap<Order> _order;
    private readonly int[] _homeless;
    private readonly CpuMask _open;
    private Piece[] _pieces;
    private int _pieceCount;

    /// <summary>A planner without tasks.</summary>
    /// <param name="tasks">Tasks are 0 to this less one.</param>
    /// <param name="pcpus">pCPUs, at least 1.</param>
    public TableauPlanner(int tasks, int pcpus)
    {
        _tasks = new Plan[tasks];
        _pieces = new Piece[tasks + 2 * pcpus];
        _firstOfPcpu = new int[pcpus];
        _load = new(pcpus);
        _order = new(tasks);
        _homeless = new int[tasks];
        _open = new(pcpus);
        _releases = new(tasks);
        _ready = new(tasks);
        _jobs = new Job[tasks];
        for (var t = 0; t < tasks; t++) _tasks[t].FirstPiece = None;
    }

    private static long Length => TableauPeriods.Hyperperiod.Ns;

    /// <summary>Gives a task what it is to have from the next plan on.</summary>
    /// <param name="task">Its number.</param>
    /// <param name="utilisation">The share of a pCPU, 0 to 1; 0 keeps it out of the table.</param>
    /// <param name="latency">The longest time it may go without.</param>
    /// <param name="affinity">Where it may run; read when a plan is made.</param>
    /// <param name="firm">Is the share its own, to be lessened only when nothing else helps?</param>
    public void Set(int task, Fraction utilisation, Duration latency, CpuMask affinity, bool firm)
    {
        ref var t = ref _tasks[task];
        (t.Utilisation, t.Latency, t.Affinity, t.Firm) = (utilisation, latency, affinity, firm);
    }

    /// <summary>Leaves a task out from the next plan on.</summary>
    public void Forget(int task) => _tasks[task].Affinity = null;

    /// <summary>Its period in the last plan. Zero if it is not in the table.</summary>
    public Duration PeriodOf(int task) => new(IsPlanned(task) ? _tasks[task].Period : 0);

    /// <summary>What it has in every period by the last plan. Zero if it is not in the table.</summary>
    public Duration CostOf(int task) => new(IsPlanned(task) ? _tasks[task].Cost : 0);

    /// <summary>The longest time that it goes without, by the last plan: 2(T - C). Forever if it is not in the
    /// table.</summary>
    public Duration BlackoutOf(int task) =>
        IsPlanned(task) ? (PeriodOf(task) - CostOf(task)) * 2 : Duration.Forever;

    /// <summary>Is it in the table of the last plan?</summary>
    public bool IsPlanned(int task) => _tasks[task].FirstPiece != None;

    /// <summary>Has it pieces on several pCPUs?</summary>
    public bool IsSplit(int task) => IsPlanned(task) && _pieces[_tasks[task].FirstPiece].NextOfTask != None;

    /// <summary>Was its share lessened to make the last plan possible?</summary>
    public bool IsLessened(int task) => _tasks[task].Affinity != null && _tasks[task].Scale < FullScale;

    /// <summary>The first, or the next, piece of a task; -1 if there is none (any more).</summary>
    /// <param name="task">The task.</param>
    /// <param name="after">The piece before it; -1 for the first.</param>
    public int PieceOf(int task, int after = -1) => after < 0 ? _tasks[task].FirstPiece : _pieces[after].NextOfTask;

    /// <summary>The pCPU of a piece.</summary>
    public PcpuId PcpuOf(int piece) => new(_pieces[piece].Pcpu);

    /// <summary>Makes a plan of all tasks and writes it down.</summary>
    /// <param name="table">For as many pCPUs as the planner.</param>
    public void Write(TableauTable table)
    {
        for (var t = 0; t < _tasks.Length; t++) _tasks[t].Scale = FullScale;
        for (var tries = 1; PlaceAll() is var failed && failed != None; tries++)
            Lessen(failed, tries <= FineSteps ? 32 : 8);
        table.Begin();
        for (var p = 0; p < _firstOfPcpu.Length; p++) WritePcpu(p, table);
    }

    // Returns a task that does not fit, or None.
    private int PlaceAll()
    {
        _pieceCount = 0;
        Array.Fill(_firstOfPcpu, None);
        for (var p = 0; p < _firstOfPcpu.Length; p++) _load.Set(p, 0);
        for (var t = 0; t < _tasks.Length; t++) Measure(t);
        var homeless = 0;
        for (var t = _order.First(); t != None; t = _order.First())
        {
            _order.Remove(t);
            ref var task = ref _tasks[t];
            var p = _load.First(new Among(task.Affinity!));
            if (_load.KeyOf(p) + task.Demand <= Length) Place(t, p, 0, task.Cost, task.Period);
            else _homeless[homeless++] = t;
        }
        // Whole tasks need no more than their sum to fit; only then come those whose pieces have tight deadlines.
        for (var i = 0; i < homeless; i++)
            if (!Split(_homeless[i])) return _homeless[i];
        return None;
    }

    private void Measure(int t)
    {
        ref var task = ref _tasks[t];
        task.FirstPiece = None;
        task.Cost = 0;
        if (task.Affinity == null || task.Utilisation.Num <= 0 || task.Scale == 0) return;
        var share = task.Scale == FullScale ? task.Utilisation
            : new(task.Utilisation.Num * task.Scale, checked(task.Utilisation.Den * FullScale));
        TableauPeriods.TryChoose(share, task.Latency, out var period, out var cost);
        (task.Period, task.Cost) = (period.Ns, cost.Ns);
        if (task.Cost > 0) _order.Set(t, new(task.Demand, task.Affinity.Count));
    }

    private void Place(int t, int p, long offset, long cost, long deadline)
    {
        ref var task = ref _tasks[t];
        if (_pieceCount == _pieces.Length) Array.Resize(ref _pieces, 2 * _pieceCount);
        _pieces[_pieceCount] = new()
        {
            Task = t,
            Pcpu = p,
            Offset = offset,
            Cost = cost,
            Deadline = deadline,
            NextOfTask = task.FirstPiece,
            NextOfPcpu = _firstOfPcpu[p],
        };
        task.FirstPiece = _pieceCount;
        _firstOfPcpu[p] = _pieceCount++;
        _load.Set(p, _load.KeyOf(p) + cost * (Length / task.Period));
    }

    // Pieces with C = D one after the other, until the rest fits.
    private bool Split(int t)
    {
        ref var task = ref _tasks[t];
        var (rest, offset) = (task.Cost, 0L);
        _open.CopyFrom(task.Affinity!);
        while (!_open.IsEmpty)
        {
            var p = _load.First(new Among(_open));
            _open.Remove(new(p));
            var most = (Length - _load.KeyOf(p)) / (Length / task.Period);
            if (rest <= most && Fits(p, t, offset, rest, task.Period - offset))
            {
                Place(t, p, offset, rest, task.Period - offset);
                return true;
            }
            var cost = GreatestPiece(p, t, offset, Math.Min(most, rest - ShortestPiece.Ns));
            if (cost == 0) continue;
            Place(t, p, offset, cost, cost);
            rest -= cost;
            offset += cost;
        }
        return false;
    }

    // To 10 us; 0 if not even the shortest fits.
    private long GreatestPiece(int p, int t, long offset, long most)
    {
        var least = ShortestPiece.Ns;
        if (most < least || !Fits(p, t, offset, least, least)) return 0;
        if (Fits(p, t, offset, most, most)) return most;
        while (most - least > 10_000)
        {
            var middle = least + (most - least) / 2;
            if (Fits(p, t, offset, middle, middle)) least = middle;
            else most = middle;
        }
        return least;
    }

    // Those who stand on the pCPUs where it may run, and those who may run nowhere else either, get less.
    private void Lessen(int failed, int parts)
    {
        var pcpus = _tasks[failed].Affinity!;
        var fair = false;
        for (var t = 0; t < _tasks.Length; t++) fair |= !_tasks[t].Firm && Contends(t, pcpus);
        for (var t = 0; t < _tasks.Length; t++)
        {
            ref var task = ref _tasks[t];
            if ((fair && task.Firm) || !Contends(t, pcpus)) continue;
            task.Scale -= task.Scale / parts;
            if (task.Scale < LeastScale) task.Scale = 0;
        }
    }

    private bool Contends(int t, CpuMask pcpus)
    {
        ref readonly var task = ref _tasks[t];
        if (task.Cost == 0) return false;
        for (var piece = task.FirstPiece; piece != None; piece = _pieces[piece].NextOfTask)
            if (pcpus.Contains(new(_pieces[piece].Pcpu))) return true;
        return task.Affinity!.CountBoth(pcpus) == task.Affinity.Count;
    }
}
