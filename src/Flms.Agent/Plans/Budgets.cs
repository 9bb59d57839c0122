using Flms.Agent.Discovery;
using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>Shares what VMs may use out to their threads, within what the kernel lets anybody reserve.</summary>
/// <param name="rules">The bounds.</param>
internal sealed class Budgets(PlanRules rules)
{
    private const int Whole = 1000;        // thousandths of a pCPU
    private const int MostOfPcpu = 950;    // what the kernel allows one thread
    private const int LeastServing = 50;   // of a thread that serves devices: it wakes seldom, and must then be done
    private const int MostServing = 500;   // 2 ms in each period of four
    private const int ServingPeriods = 4;  // its period, in periods of a vCPU
    private const int Busy = 200;          // thousandths of a pCPU wanted: its budget is settled by the metronome
    private const int Steps = 64;          // a budget is so many of these of its period: small changes change nothing
    private static readonly Duration Least = 20.Us;

    private readonly Dictionary<ThreadIdentity, Reservation> _before = [];
    private readonly Dictionary<ThreadIdentity, Reservation> _now = [];
    private readonly List<(int From, int To, int Sure, int More)> _vms = [];
    private IReadOnlyList<PlanThread> _threads = [];
    private int[] _sure = []; // what each thread needs, thousandths of a pCPU
    private int[] _more = []; // what it may have beside that
    private Duration _period;
    private int _most;

    /// <summary>A period begins in which nobody has anything.</summary>
    /// <param name="period">How long the last was.</param>
    /// <param name="pcpus">How many pCPUs the pool has.</param>
    public void Begin(Duration period, int pcpus)
    {
        _vms.Clear();
        (_period, _most) = (period, rules.BoostTotal * pcpus);
    }

    /// <summary>Adds a VM.</summary>
    /// <param name="threads">All threads.</param>
    /// <param name="from">Its first.</param>
    /// <param name="to">The one after its last.</param>
    /// <param name="share">Its fair share, ns in a period.</param>
    /// <param name="grant">What it may use of that in the next one.</param>
    public void Add(IReadOnlyList<PlanThread> threads, int from, int to, long share, long grant)
    {
        _threads = threads;
        if (_sure.Length < threads.Count) (_sure, _more) = (new int[threads.Count], new int[threads.Count]);
        long others = 0, wanted = 0, serving = 0;
        var (vcpus, sure, more) = (0, 0, 0);
        for (var i = from; i < to; i++)
        {
            var t = threads[i];
            (_sure[i], _more[i]) = (0, 0);
            if (!t.IsLatencySensitive) others += t.Run.Ns;
            else if (t.Role == ThreadRole.Vcpu)
            {
                vcpus++;
                wanted += Wanted(t);
            }
            else
            {
                serving += Wanted(t);
                _sure[i] = Math.Clamp(3 * PartOf(Wanted(t)), LeastServing, MostServing);
                sure += _sure[i];
            }
        }
        var left = Math.Max(grant - others - serving, grant / 4);
        for (var i = from; i < to; i++)
        {
            var t = threads[i];
            if (!t.IsLatencySensitive || t.Role != ThreadRole.Vcpu) continue;
            // What it has if all want all; what it needs at least; and what it may have while it works, so that it has
            // its part of what is left all in all.
            var part = PartOf((long)((Int128)left * (Wanted(t) + Spare) / (wanted + vcpus * Spare)));
            var own = Math.Max(left - (wanted - Wanted(t)), left / vcpus);
            var working = (int)Int128.Min(MostOfPcpu, Whole * (Int128)own / Math.Max(Wanted(t), Spare));
            _sure[i] = Math.Min(Math.Min(part, 3 * PartOf(Wanted(t) + Spare)), MostOfPcpu);
            _more[i] = Math.Max(0, working - _sure[i]);
            sure += _sure[i];
            more += _more[i];
        }
        var room = Math.Max(0, PartOf(share) * rules.BoostBurst / Whole - sure);
        if (more > room)
        {
            for (var i = from; i < to; i++) _more[i] = (int)((long)_more[i] * room / more);
            more = room;
        }
        _vms.Add((from, to, sure, more));
    }

    /// <summary>Everybody is known: fits them into what there is. Who has no room left, last come first, has
    /// nothing.</summary>
    /// <param name="given">The budget of each thread.</param>
    public void End(Reservation?[] given)
    {
        _now.Clear();
        while (!Fit(given)) _vms.RemoveAt(_vms.Count - 1);
        _before.Clear();
        foreach (var (thread, reservation) in _now) _before[thread] = reservation;
    }

    private bool Fit(Reservation?[] given)
    {
        long sure = 0, more = 0;
        foreach (var vm in _vms) (sure, more) = (sure + vm.Sure, more + vm.More);
        var space = _most - sure;
        _now.Clear();
        Array.Clear(given);
        if (space < 0) return false;
        foreach (var (from, to, _, _) in _vms)
        {
            for (var i = from; i < to; i++)
            {
                if (!_threads[i].IsLatencySensitive) continue;
                var part = _sure[i] + (more <= space ? _more[i] : (int)(_more[i] * space / more));
                given[i] = _now[_threads[i].Thread] = Of(_threads[i], part);
            }
        }
        return true;
    }

    private Reservation Of(PlanThread t, int part)
    {
        var vcpu = t.Role == ThreadRole.Vcpu;
        var period = vcpu ? rules.BoostPeriod : rules.BoostPeriod * ServingPeriods;
        var step = period.Ns / Steps;
        var runtime = new Duration(Math.Min(period.Ns * part / Whole / step * step, Reservation.MostRuntime.Ns));
        runtime = Duration.Max(runtime, Least);
        var paced = vcpu && PartOf(Wanted(t)) >= Busy;
        // A little more would be another write for nothing; a little less is owed to the others.
        if (_before.TryGetValue(t.Thread, out var before) && before.Period == period && before.Runtime < runtime
            && (runtime - before.Runtime).Ns * 8 <= before.Runtime.Ns) runtime = before.Runtime;
        return new(runtime, period, paced);
    }

    private static long Wanted(PlanThread t) => t.Run.Ns + t.Wait.Ns;

    private long Spare => _period.Ns / 50;

    private int PartOf(long ns) => (int)Int128.Min(int.MaxValue, Whole * (Int128)ns / _period.Ns);
}
