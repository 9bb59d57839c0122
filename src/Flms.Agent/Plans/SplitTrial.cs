using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>How pCPUs are parted between the latency-sensitive and those who compute.</summary>
public enum SplitForm : byte
{
    /// <summary>Not at all: everybody runs everywhere.</summary>
    None,

    /// <summary>Each class keeps to its pCPUs.</summary>
    Strict,

    /// <summary>Those who compute may also use the short-slice pCPUs, with shorter slices.</summary>
    Lent,
}

/// <summary>Whether the pCPUs are split, and why not.</summary>
public enum SplitState : byte
{
    /// <summary>There is one class only, or the boost does what a split is for.</summary>
    Needless,

    /// <summary>They are split, or not, since the operator says so: nobody judges.</summary>
    Unjudged,

    /// <summary>They are not split: no latency-sensitive VM is kept waiting while others want pCPUs.</summary>
    Calm,

    /// <summary>They are not split yet: it is being measured how long latency-sensitive VMs wait without.</summary>
    Comparing,

    /// <summary>They are split, and it is being measured what that is worth.</summary>
    Trying,

    /// <summary>They are split: latency-sensitive VMs wait clearly less, and the others have their fair
    /// share.</summary>
    Kept,

    /// <summary>They were split, and the latency-sensitive did not wait clearly less. It is tried again
    /// later.</summary>
    NoGain,

    /// <summary>They were split, and the others did not have their fair share. It is tried again later.</summary>
    Unfair,

    /// <summary>They are not split, since the pCPUs left to the others would be clearly less than their fair
    /// share.</summary>
    Wasteful,
}

/// <summary>What was found out about splitting the pCPUs.</summary>
/// <param name="State">Are they split, and why not?</param>
/// <param name="Form">How: now, or when it was tried last.</param>
/// <param name="Before">How long latency-sensitive VMs waited without a split, each time, on average; zero before it
/// was measured.</param>
/// <param name="During">The same with it.</param>
/// <param name="Others">What the others had of what they are due, in thousandths: with the split, or as foreseen for
/// <see cref="SplitState.Wasteful"/>; -1 before it was measured.</param>
/// <param name="Rest">How long until it may be tried again.</param>
public readonly record struct SplitVerdict(
    SplitState State, SplitForm Form, Duration Before, Duration During, long Others, Duration Rest);

/// <summary>Splits the pCPUs for as long as that is measured to be worth it.</summary>
/// <remarks>
/// <para>What a split is worth depends on kernel, preemption model, size of the machine and load, so it is not assumed:
/// latency-sensitive VMs that wait while others want pCPUs are measured for a while without a split, then with one. It
/// is kept if they wait half as long or less each time, in the worst period less than in the best one before, and
/// altogether no longer for what they run; and if the others have at least 95 % of what is fair, or of what they had
/// before if that was less. Otherwise everything is as it was, and it is tried again after a rest, which doubles. A
/// split that is kept is judged again and again: their waits must stay three quarters of what they were or
/// less.</para>
/// <para>A strict split wastes pCPU time where its groups do not fit the load. That can be foreseen, so it is not tried
/// then; the short-slice pCPUs are lent instead, if that may be tried.</para>
/// <para>Altogether: a vCPU that is preempted more often waits more often, each time less, and may be none the better
/// for it. Pure, and whole numbers throughout.</para>
/// </remarks>
/// <param name="rules">The bounds.</param>
internal sealed class SplitTrial(PlanRules rules)
{
    private const int Gain = 500;      // thousandths of the former waits, at most
    private const int StillGain = 750; // the same of a split that has been kept
    private const int Fair = 950;      // thousandths of what is fair, at least
    private const int Calmness = 5;    // periods without contention that end a split
    private const int LeastPeriods = 3;
    private const int ThreadsAPeriod = 64; // so many are put in place in a period, by default
    private const int Forgiven = 16;   // good measurements in a row that make the next rest a short one

    private sealed class Record
    {
        public Duration Rest;  // until it may be tried again
        public Duration Next;  // how long the next rest is
        public SplitVerdict Last;
    }

    private readonly Record _strict = new() { Next = rules.TrialRest };
    private readonly Record _lent = new() { Next = rules.TrialRest };
    private Sums _before;
    private Sums _now;
    private int _settling;  // periods until what is planned is in place, and measured
    private int _calm;      // periods in a row without contention
    private int _good;      // good measurements in a row
    private int _unwanted = Calmness; // periods since latency-sensitive VMs waited while others wanted pCPUs
    private SplitVerdict _verdict;

    /// <summary>How the pCPUs are split now.</summary>
    public SplitForm Form { get; private set; }

    /// <summary>What was found out.</summary>
    public SplitVerdict Verdict => Form != SplitForm.None ? _verdict : _verdict with { Rest = RestOf(_verdict) };

    /// <summary>Have latency-sensitive VMs waited of late while others wanted pCPUs?</summary>
    public bool IsWanted => _unwanted < Calmness;

    /// <summary>A period ends: decides for the next.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="groups">How many pCPUs there are in all, and in the long-slice group.</param>
    /// <param name="vms">What the VMs did in it.</param>
    /// <param name="threads">How many threads they have.</param>
    public void EndPeriod(Duration period, (int All, int Long) groups, VmDemands vms, int threads)
    {
        Pass(period);
        var wanted = false;
        var contended = false;
        foreach (var vm in vms.Vms)
        {
            if (!vm.Latency) continue;
            var others = vms.IsContended(vm, period * groups.All);
            contended |= others;
            wanted |= others && vm.IsLate(rules, period);
        }
        _unwanted = wanted ? 0 : Math.Min(_unwanted + 1, Calmness);
        if (!rules.Judge)
        {
            Form = !rules.Split ? SplitForm.None : rules.Lend ? SplitForm.Lent : SplitForm.Strict;
            _verdict = Told(SplitState.Unjudged, Form);
            return;
        }
        if (_settling > 0) _settling--;
        else if (period > Duration.Zero) _now.Add(period, vms, _before, Form == SplitForm.None, groups.All);
        if (Form == SplitForm.None) Compare(wanted, groups, threads);
        else Judge(contended, threads);
    }

    /// <summary>A period ends, and there is nothing to split.</summary>
    public void Pause(Duration period)
    {
        Pass(period);
        _unwanted = Calmness;
        if (Form != SplitForm.None) Use(SplitForm.None, 0);
        _now = default;
        _verdict = Told(SplitState.Needless, SplitForm.None);
    }

    private Duration RestOf(in SplitVerdict verdict) => verdict.State is not (SplitState.NoGain or SplitState.Unfair)
        ? Duration.Zero : verdict.Form == SplitForm.Strict ? _strict.Rest : _lent.Rest;

    private void Compare(bool wanted, (int All, int Long) groups, int threads)
    {
        if (!wanted)
        {
            _now = default;
            // One period without a wait is no calm: what was said still holds.
            if (!IsWanted) _verdict = Told(SplitState.Calm, SplitForm.None);
            return;
        }
        if (!rules.Split || !_now.IsLong(rules.Trial))
        {
            if (_verdict.State is not (SplitState.NoGain or SplitState.Unfair or SplitState.Wasteful))
                _verdict = Told(rules.Split ? SplitState.Comparing : SplitState.Unjudged, SplitForm.None);
            return;
        }
        (_before, _now) = (_now, default);
        var foreseen = _before.Foreseen(groups.All, groups.Long);
        if (_strict.Rest == Duration.Zero && foreseen >= Fair) Use(SplitForm.Strict, threads);
        else if (_lent.Rest == Duration.Zero && rules.Lend) Use(SplitForm.Lent, threads);
        else if (rules.Lend || foreseen >= Fair)
            _verdict = (_lent.Rest > Duration.Zero ? _lent : _strict).Last;
        else
            _verdict = new(SplitState.Wasteful, SplitForm.Strict, _before.Waits, default, foreseen, Duration.Zero);
        if (Form != SplitForm.None) _verdict = new(SplitState.Trying, Form, _before.Waits, default, -1, Duration.Zero);
    }

    private void Judge(bool contended, int threads)
    {
        _calm = contended ? 0 : _calm + 1;
        if (_calm >= Calmness)
        {
            Use(SplitForm.None, threads);
            _verdict = Told(SplitState.Calm, SplitForm.None);
            return;
        }
        if (!_now.IsLong(rules.Trial)) return;
        var others = _now.OthersOf(_before);
        var state = others < Fair ? SplitState.Unfair
            : _now.IsShorterThan(_before, _good > 0 ? StillGain : Gain) && (_good > 0 || _now.IsApartFrom(_before))
                ? SplitState.Kept : SplitState.NoGain;
        _verdict = new(state, Form, _before.Waits, _now.Waits, others, Duration.Zero);
        _now = default;
        if (state == SplitState.Kept) _good++;
        else Fail(threads);
    }

    private void Fail(int threads)
    {
        var record = Form == SplitForm.Strict ? _strict : _lent;
        if (_good >= Forgiven) record.Next = rules.TrialRest;
        record.Rest = record.Next;
        record.Next = Duration.Min(record.Next * 2, Duration.Max(PlanRules.LongestRest, rules.TrialRest));
        record.Last = _verdict;
        Use(SplitForm.None, threads);
    }

    private void Use(SplitForm form, int threads)
    {
        Form = form;
        (_now, _calm, _good) = (default, 0, 0);
        _settling = 1 + threads / ThreadsAPeriod;
    }

    private static SplitVerdict Told(SplitState state, SplitForm form) =>
        new(state, form, default, default, -1, Duration.Zero);

    private void Pass(Duration period) =>
        (_strict.Rest, _lent.Rest) = (Left(_strict.Rest, period), Left(_lent.Rest, period));

    private static Duration Left(Duration rest, Duration period) => Duration.Max(Duration.Zero, rest - period);

    // Sums over some periods; times in ns.
    private struct Sums
    {
        private int _periods;
        private long _time;
        private long _run;          // of all VMs
        private long _latencyRun;
        private long _latencyWait;
        private long _latencySlices;
        private long _worst;        // of the periods: how long they waited each time, ns
        private long _best;         // likewise
        private long _othersRun;
        private long _othersFair;   // what would have been fair
        private long _othersDemand;

        public readonly bool IsLong(Duration length) => _time >= length.Ns && _periods >= LeastPeriods;

        // How long the latency-sensitive waited each time.
        public readonly Duration Waits => new(_latencyWait / Math.Max(1, _latencySlices));

        public void Add(Duration period, VmDemands vms, in Sums before, bool whole, int pcpus)
        {
            // What is not the VMs' to use is not theirs to share. How much there is for them is seen without a split:
            // one may leave pCPUs idle.
            var capacity = whole ? vms.Run : Math.Max(vms.Run, before.Of(before._run, period.Ns));
            capacity = Math.Min(capacity, period.Ns * pcpus);
            long latencyRun = 0, latencyWait = 0, slices = 0;
            foreach (var vm in vms.Vms)
            {
                latencyRun += vm.LatencyRun;
                latencyWait += vm.LatencyWait;
                slices += vm.LatencySlices;
                if (!vm.Computes) continue;
                _othersRun += vm.Run;
                _othersDemand += vm.Demand;
                _othersFair += Math.Min(vm.Demand, vms.ShareOf(vm, capacity));
            }
            _latencyRun += latencyRun;
            _latencyWait += latencyWait;
            _latencySlices += slices;
            var each = latencyWait / Math.Max(1, slices);
            _worst = Math.Max(_worst, each);
            _best = _periods == 0 ? each : Math.Min(_best, each);
            _periods++;
            _time += period.Ns;
            _run += vms.Run;
        }

        // What the others would have of what is fair, with the long-slice pCPUs alone.
        public readonly long Foreseen(int all, int longs) =>
            Thousandths(Math.Min(_othersDemand, (long)((Int128)_run * longs / all)), _othersFair);

        // What they have had of it; or of what they had before, if that was less.
        public readonly long OthersOf(in Sums before) =>
            Thousandths(_othersRun, Math.Min(_othersFair, before.Of(before._othersRun, _time)));

        // Each time, and altogether for what they ran.
        public readonly bool IsShorterThan(in Sums before, int thousandths) =>
            Waits.Ns * 1000 <= before.Waits.Ns * thousandths
                && (Int128)_latencyWait * before._latencyRun <= (Int128)before._latencyWait * _latencyRun;

        // What they wait varies from period to period: where the worst is better than the best before, that is no
        // chance (of four and four of the same kind, one in seventy).
        public readonly bool IsApartFrom(in Sums before) => _worst < before._best;

        // Something of these periods, for another length of time.
        private readonly long Of(long sum, long time) => _time == 0 ? 0 : (long)((Int128)sum * time / _time);

        private static long Thousandths(long part, long whole) =>
            part == 0 && whole == 0 ? 0 : (long)Int128.Min(long.MaxValue, (Int128)part * 1000 / Math.Max(1, whole));
    }
}
