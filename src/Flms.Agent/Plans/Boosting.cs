using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>Decides which latency-sensitive VMs are boosted, and with which budgets: the paper's BOOST on a stock
/// kernel.</summary>
/// <remarks>
/// <para>A VM is boosted when its threads have waited in two periods in a row while others wanted pCPUs, and no longer
/// when nobody else has wanted any for five. Its share is the max-min fair one among all VMs, each with the same
/// weight, of what they had in the period; what it uses above its share it owes, and has less of afterwards, so that
/// over some periods it has its share and no more. It may use its share while it works: who works half of the time is
/// given twice its share for that half (at most <see cref="PlanRules.BoostBurst"/> of it).</para>
/// <para>Pure, and whole numbers throughout.</para>
/// </remarks>
/// <param name="cpus">The machine's pCPUs.</param>
/// <param name="rules">The bounds.</param>
public sealed class Boosting(HostCpus cpus, PlanRules rules)
{
    private const int Patience = 2;      // periods of waiting before a boost
    private const int Calmness = 5;      // periods without contention that end it
    private const int RefusalRest = 64;  // periods after a refusal

    private sealed class Vm
    {
        public int Waits;    // periods in a row
        public int Calm;     // likewise
        public int Resting;  // periods until a refused boost is tried again
        public bool Boosted;
        public long Credit;  // what it has used below (never kept) or above its share, ns
        public int Seen;     // in which period
    }

    private readonly Dictionary<ThreadIdentity, Vm> _vms = [];
    private readonly Budgets _budgets = new(rules);
    private readonly List<VmBoost> _told = [];
    private Reservation?[] _given = [];
    private int _period;

    /// <summary>The latency-sensitive VMs, in the order of their threads.</summary>
    public IReadOnlyList<VmBoost> Vms => _told;

    /// <summary>Are there latency-sensitive VMs, and can every one be boosted when it waits? Then nobody needs pCPUs
    /// for itself.</summary>
    public bool Covers { get; private set; }

    /// <summary>The budget of a thread; null for none.</summary>
    /// <param name="thread">Its place in the list of the last period.</param>
    public Reservation? Of(int thread) => thread < _given.Length ? _given[thread] : null;

    /// <summary>A period ends: decides for the next.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="threads">What every thread did in it; those of a VM lie together.</param>
    /// <param name="vms">The same, VM by VM.</param>
    internal void EndPeriod(Duration period, IReadOnlyList<PlanThread> threads, VmDemands vms)
    {
        _told.Clear();
        Covers = false;
        if (_given.Length < threads.Count) _given = new Reservation?[threads.Count];
        Array.Clear(_given);
        if (rules.Boost == BoostMode.Off || period <= Duration.Zero) return;
        _period++;
        _budgets.Begin(period, cpus.Pool.Count);
        foreach (var vm in vms.Vms)
            if (vm.Latency) Decide(period, threads, vm, vms);
        _budgets.End(_given);
        Tell(vms);
        foreach (var (id, vm) in _vms)
            if (vm.Seen != _period) _vms.Remove(id);
    }

    private void Decide(
        Duration period, IReadOnlyList<PlanThread> threads, in VmDemand span, VmDemands vms)
    {
        if (!_vms.TryGetValue(threads[span.From].Process, out var vm)) _vms[threads[span.From].Process] = vm = new();
        vm.Seen = _period;
        bool narrow = false, refused = false;
        for (var i = span.From; i < span.To; i++)
        {
            var t = threads[i];
            if (!t.IsLatencySensitive) continue;
            narrow |= !IsWide(t);
            refused |= t.Refused;
        }
        var whole = period.Ns * cpus.Pool.Count;
        var used = span.Run;
        var contended = vms.IsContended(span, new(whole));
        var late = span.IsLate(rules, period);
        // What is not the VMs' to use is not theirs to share; without contention nobody knows how much that is.
        var capacity = contended ? Math.Min(vms.Run, whole) : whole;
        var share = vms.ShareOf(span, capacity);
        share = Math.Min(share, period.Ns * (span.To - span.From));
        var state = Step(vm, contended, late, narrow, refused);
        vm.Credit = vm.Boosted ? Math.Clamp(vm.Credit + share - used, -2 * share, 0) : 0;
        if (vm.Boosted) _budgets.Add(threads, span.From, span.To, share, Math.Max(share + vm.Credit, share / 4));
        _told.Add(new(threads[span.From].Process, threads[span.From].Vm, state, Part(share, period), Part(used, period),
            Part(-vm.Credit, period), 0));
    }

    // A narrow VM is said to be so also while it does not wait: no boost would come to its help.
    private static BoostState Step(Vm vm, bool contended, bool late, bool narrow, bool refused)
    {
        vm.Waits = contended && (late || vm.Boosted) ? Math.Min(vm.Waits + 1, Patience) : 0;
        vm.Calm = contended ? 0 : Math.Min(vm.Calm + 1, Calmness);
        if (refused && vm.Boosted) vm.Resting = RefusalRest;
        else if (vm.Resting > 0) vm.Resting--;
        vm.Boosted = !narrow && vm.Resting == 0 && (vm.Boosted ? vm.Calm < Calmness : vm.Waits >= Patience);
        return vm.Boosted ? BoostState.Boosted
            : vm.Resting > 0 ? BoostState.Refused
            : narrow ? BoostState.Narrow
            : vm.Waits == 0 ? BoostState.Calm : BoostState.Waiting;
    }

    // The kernel gives budgets only to threads that may use every pCPU, and those that are kept out of the pool are not
    // ours to use.
    private bool IsWide(PlanThread t)
    {
        if (!t.Allowed.SameAs(cpus.Usual) || cpus.Usual.Count != cpus.Pool.Count) return false;
        for (var i = 0; i < cpus.Pool.Count; i++)
            if (!t.Allowed.Contains(new(cpus.Pool[i]))) return false;
        return true;
    }

    private void Tell(VmDemands vms)
    {
        int covered = 0, told = 0;
        foreach (var span in vms.Vms)
        {
            if (!span.Latency) continue;
            var reserved = 0;
            for (var i = span.From; i < span.To; i++)
                if (_given[i] is { } given) reserved += given.Thousandths;
            var vm = _told[told];
            if (vm.State == BoostState.Boosted && reserved == 0)
            {
                _vms[vm.Process].Boosted = false;
                vm = vm with { State = BoostState.NoRoom };
            }
            if (vm.State is BoostState.Calm or BoostState.Waiting or BoostState.Boosted) covered++;
            _told[told++] = vm with { Reserved = reserved };
        }
        Covers = told > 0 && covered == told;
    }

    private static int Part(long ns, Duration period) => (int)(1000 * (Int128)ns / period.Ns);
}
