using System.Runtime.CompilerServices;
using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>A vCPU's standing in Credit: higher runs first (spec/xen.md 1.1).</summary>
public enum Pri : sbyte
{
    /// <summary>Nothing to run.</summary>
    Idle = -64,

    /// <summary>In debt.</summary>
    Over = -2,

    /// <summary>Credits in hand.</summary>
    Under = -1,

    /// <summary>Just woken.</summary>
    Boost = 0,
}

/// <summary>Told when a domain's cap stops or frees a vCPU in the midst of an accounting.</summary>
public interface IParking
{
    /// <summary>The vCPU's domain has used up its cap: keep it off the queues.</summary>
    void Parked(VcpuId v, Instant now);

    /// <summary>The vCPU may run again.</summary>
    void Unparked(VcpuId v, Instant now);
}

/// <summary>Credit's books: who burned how much, who is active, and what each is dealt every period.</summary>
/// <remarks>
/// Exactly spec/xen.md 1.5 (burning), 1.6 (activation) and 1.7 (accounting). One credit is 100 us of one pCPU. It knows
/// no queues and no machine, so other policies that leave Credit's allocation as it is, FLMS first, share it.
/// All arithmetic is in 64 bits: total * weight * vCPUs stays below 2^63 for 1,024 pCPUs with slices of a second.
/// </remarks>
public sealed class CreditLedger
{
    /// <summary>One credit in nanoseconds.</summary>
    public const long CreditNs = 100_000;

    private const int NsPerCreditScale = 10;    // residual counts tenths of ns: 10 credits a ms
    private const int CreditScale = 1_000_000;

    private struct Vcpu
    {
        public long Start;      // charged up to here; relative to now while it does not run
        public long Credit;
        public int Residual;    // 0 to 999,999
        public int Domain;
        public Pri Pri;
        public bool Active;
        public bool Parked;
    }

    private struct Domain
    {
        public int Active;      // how many of its vCPUs are active
        public int Weight;
        public int Cap;
    }

    private readonly Vcpu[] _vcpus;
    private readonly Domain[] _domains;
    private readonly Rings _activeVcpus;
    private readonly Rings _activeDomains;
    private readonly IParking _parking;
    private long _weight;

    /// <summary>A ledger with no credit in it.</summary>
    /// <param name="vcpus">vCPUs are 0 to this less one.</param>
    /// <param name="domains">Domains are 0 to this less one.</param>
    /// <param name="parking">Told of vCPUs that a cap stops or frees.</param>
    public CreditLedger(int vcpus, int domains, IParking parking)
    {
        _vcpus = new Vcpu[vcpus];
        _domains = new Domain[domains];
        _activeVcpus = new(vcpus, domains);
        _activeDomains = new(domains, 1);
        _parking = parking;
    }

    /// <summary>Is a parked vCPU freed before its flag is cleared, so that it is not boosted? Q8 says no.</summary>
    public bool UnparkBeforeClearing { get; init; }

    /// <summary>The pool's credit for one period: pCPUs times credits of a slice.</summary>
    public long PoolCredit { get; set; }

    /// <summary>Credits of one slice on one pCPU; also the most that a vCPU may hold or owe.</summary>
    public long SliceCredit { get; set; }

    /// <summary>What all active vCPUs held together after the last accounting.</summary>
    public long Balance { get; internal set; }

    /// <summary>The weights of all active vCPUs together.</summary>
    public long ActiveWeight => _weight;

    /// <summary>Counts accountings that dealt out credit: queues sorted before the last one are out of order.</summary>
    public int Epoch { get; private set; }

    /// <summary>A vCPU came into being: no credit, UNDER, not active.</summary>
    public void Add(VcpuId v, in VcpuInfo info)
    {
        _vcpus[v.Index] = new() { Domain = info.Domain.Index, Pri = Pri.Under };
        Adjust(info);
    }

    /// <summary>A vCPU is gone.</summary>
    public void Remove(VcpuId v)
    {
        if (_vcpus[v.Index].Active) Deactivate(v.Index);
    }

    /// <summary>A domain's weight or cap may have changed.</summary>
    public void Adjust(in VcpuInfo info)
    {
        ref var d = ref _domains[info.Domain.Index];
        _weight += (info.Weight - (long)d.Weight) * d.Active;
        d.Weight = info.Weight;
        d.Cap = info.Cap;
    }

    /// <summary>The vCPU's standing.</summary>
    public Pri PriOf(VcpuId v) => v.IsNone ? Pri.Idle : _vcpus[v.Index].Pri;

    /// <summary>Sets the vCPU's standing.</summary>
    public void SetPri(VcpuId v, Pri pri) => _vcpus[v.Index].Pri = pri;

    /// <summary>The vCPU's credit.</summary>
    public long CreditOf(VcpuId v) => _vcpus[v.Index].Credit;

    /// <summary>Gives the vCPU credit that it held elsewhere, clipped to what it may hold or owe; its standing follows.
    /// </summary>
    /// <remarks>Who owes takes part in accountings at once: else it would be dealt nothing and stay OVER.</remarks>
    public void SetCredit(VcpuId v, long credit)
    {
        ref var s = ref _vcpus[v.Index];
        s.Credit = Math.Clamp(credit, -SliceCredit, SliceCredit);
        s.Pri = s.Credit < 0 ? Pri.Over : Pri.Under;
        if (s.Credit < 0) Activate(v);
    }

    /// <summary>Charges the vCPU for time that its domain used elsewhere; its standing follows at the next accounting.
    /// </summary>
    public void Debit(VcpuId v, long credits)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Credit > -SliceCredit) s.Credit = Math.Max(-SliceCredit, s.Credit - credits);
    }

    /// <summary>Does the vCPU take part in accountings?</summary>
    public bool IsActive(VcpuId v) => _vcpus[v.Index].Active;

    /// <summary>Is the vCPU kept off the queues by its cap?</summary>
    public bool IsParked(VcpuId v) => _vcpus[v.Index].Parked;

    /// <summary>The vCPU begins to run.</summary>
    public void Begin(VcpuId v, Instant now) => _vcpus[v.Index].Start += now.Ns;

    /// <summary>Charges the running vCPU for the time since it was last charged.</summary>
    /// <returns>Credits charged.</returns>
    public long Burn(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var delta = now.Ns - s.Start;
        if (delta <= 0) return 0;
        var value = delta * NsPerCreditScale + s.Residual;
        var credits = value / CreditScale;
        s.Residual = (int)(value - credits * CreditScale);
        s.Credit -= credits;
        s.Start += credits * CreditNs;
        return credits;
    }

    /// <summary>The vCPU stops running: charges it, and keeps what is less than a credit for the next time.</summary>
    /// <returns>Credits charged.</returns>
    public long End(VcpuId v, Instant now)
    {
        var credits = Burn(v, now);
        _vcpus[v.Index].Start -= now.Ns;
        return credits;
    }

    /// <summary>Charges time that was not run: at the next charge it counts as if it had been.</summary>
    /// <param name="v">A vCPU that does not run.</param>
    /// <param name="time">Zero or more.</param>
    public void Fine(VcpuId v, Duration time) => _vcpus[v.Index].Start -= time.Ns;

    /// <summary>Lets the vCPU take part in accountings from now on, if it does not yet.</summary>
    /// <returns>Whether it did not.</returns>
    public bool Activate(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Active) return false;
        s.Active = true;
        ref var d = ref _domains[s.Domain];
        _activeVcpus.Prepend(s.Domain, v.Index);
        if (d.Active++ == 0) _activeDomains.Prepend(0, s.Domain);
        _weight += d.Weight;
        return true;
    }

    /// <summary>Deals out the credit of one period (spec/xen.md 1.7).</summary>
    /// <param name="now">The time.</param>
    /// <param name="endBoost">Does a boosted vCPU with credit in hand become UNDER? Quirk Q4 says yes.</param>
    public void Account(Instant now, bool endBoost = true)
    {
        var total = PoolCredit;
        var debt = Balance < 0 ? -Balance : 0;
        total += debt;
        var weight = _weight;
        if (weight == 0)
        {
            Balance = 0;
            return;
        }
        var weightLeft = weight;
        var extra = false;
        var balance = 0L;
        int after;
        for (var d = _activeDomains.Head(0); d >= 0; d = after)
        {
            after = _activeDomains.After(d);
            ref readonly var domain = ref _domains[d];
            var share = (long)domain.Weight * domain.Active;
            weightLeft -= share;
            var peak = domain.Active * SliceCredit;
            if (debt > 0) peak += CeilDiv(debt * share, weight);
            var capPerVcpu = 0L;
            if (domain.Cap != 0)
            {
                var cap = CeilDiv(domain.Cap * SliceCredit, 100);
                peak = Math.Min(peak, cap);
                capPerVcpu = CeilDiv(cap, domain.Active);
            }
            var fair = CeilDiv(total * share, weight);
            if (fair < peak)
            {
                extra = true;
            }
            else
            {
                if (weightLeft > 0) total += CeilDiv((fair - peak) * weight, weightLeft);
                if (extra)
                {
                    // It could have had more: it goes first next time.
                    _activeDomains.Remove(d);
                    _activeDomains.Prepend(0, d);
                }
                fair = peak;
            }
            balance += Deal(d, CeilDiv(fair, domain.Active), domain.Cap != 0, capPerVcpu, endBoost, now);
        }
        Balance = balance;
        Epoch++;
    }

    /// <summary>Sets what a vCPU has, as after a long run: for tests against recorded accountings.</summary>
    internal void Restore(VcpuId v, long credit, bool parked)
    {
        _vcpus[v.Index].Credit = credit;
        _vcpus[v.Index].Parked = parked;
    }

    internal int FirstActiveDomain => _activeDomains.Head(0);

    internal int NextActiveDomain(int domain) => _activeDomains.After(domain);

    internal (int Residual, long Start) ChargeState(VcpuId v) => (_vcpus[v.Index].Residual, _vcpus[v.Index].Start);

    private long Deal(int domain, long each, bool capped, long capPerVcpu, bool endBoost, Instant now)
    {
        var balance = 0L;
        int after;
        for (var i = _activeVcpus.Head(domain); i >= 0; i = after)
        {
            after = _activeVcpus.After(i);
            ref var s = ref _vcpus[i];
            s.Credit += each;
            if (s.Credit < 0)
            {
                s.Pri = Pri.Over;
                if (capped && s.Credit < -capPerVcpu && !s.Parked)
                {
                    s.Parked = true;
                    _parking.Parked(new(i), now);
                }
                if (s.Credit < -SliceCredit) s.Credit = -SliceCredit;
            }
            else
            {
                if (endBoost || s.Pri != Pri.Boost) s.Pri = Pri.Under;
                if (s.Parked) Unpark(i, now);
                if (s.Credit > SliceCredit)
                {
                    Deactivate(i);
                    s.Credit /= 2;
                }
            }
            balance += s.Credit;
        }
        return balance;
    }

    private void Unpark(int v, Instant now)
    {
        // Q8: with the flag cleared first, the wake-up that follows is boosted as any other.
        if (!UnparkBeforeClearing) _vcpus[v].Parked = false;
        _parking.Unparked(new(v), now);
        _vcpus[v].Parked = false;
    }

    private void Deactivate(int v)
    {
        ref var s = ref _vcpus[v];
        s.Active = false;
        ref var d = ref _domains[s.Domain];
        _activeVcpus.Remove(v);
        if (--d.Active == 0) _activeDomains.Remove(s.Domain);
        _weight -= d.Weight;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long CeilDiv(long a, long b) => (a + b - 1) / b;
}
