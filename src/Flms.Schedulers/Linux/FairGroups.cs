using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>Who competes with whom, and with what weight: vCPUs in the group of their VM, groups on each pCPU.
/// </summary>
/// <remarks>
/// <para><i>Entities</i> are what queues hold: the vCPUs (0 to V-1), and a domain's group on each pCPU where it has
/// ever been: on a large host few of all pairs. <i>Queues</i>: one for each pCPU (0 to P-1), and one for each group.
/// Flat, there are no groups, and vCPUs are in the pCPU's queue themselves. libvirt makes a group for each vCPU too;
/// with one thread in it that level always has one choice, so it is left out.</para>
/// <para><i>Weights.</i> A domain's weight of 256 is cpu.weight 100 or 1,024 shares. A group's weight on a pCPU is the
/// domain's shares in proportion to its load there among its loads everywhere (spec/linux-host.md section 1), where the
/// load here is at least what is runnable now, so that the sum over pCPUs may exceed the shares. Loads elsewhere are
/// averages. Within a group vCPUs are equal.</para>
/// </remarks>
public sealed class FairGroups
{
    /// <summary>The weight of nice 0, of cpu.weight 100, and of a domain's weight of 256.</summary>
    public const long NormalWeight = 1024;

    private const long LeastShares = 2;
    private const long MostShares = 1 << 18;
    private const int NormalDomain = 256;

    private struct Group
    {
        public long Weight;     // as its entity counts in the pCPU's queue
        public long Load;       // weights of its runnable vCPUs here
        public long Counted;    // of Average in the domain's Active
        public int Vcpus;       // how many are runnable here
        public DecayedAverage Average;
    }

    private struct Domain
    {
        public long Shares;
        public long Active;           // average loads of groups that have somebody
        public DecayedAverage Resting; // of groups that have nobody, as they decay
    }

    // For so many pairs there is room at once: then nothing grows while a small machine runs.
    private const int FewPairs = 4096;

    private readonly PairNumbers _numbers;
    private Group[] _groups;
    private readonly Domain[] _domains;
    private readonly long[] _weights;
    private readonly long[] _loads;
    private readonly int _vcpus;
    private readonly int _pcpus;

    /// <summary>Nobody is runnable.</summary>
    /// <param name="vcpus">vCPUs are 0 to this less one.</param>
    /// <param name="domains">Domains are 0 to this less one.</param>
    /// <param name="pcpus">pCPUs are 0 to this less one.</param>
    /// <param name="grouping">Groups, or none.</param>
    public FairGroups(int vcpus, int domains, int pcpus, Grouping grouping)
    {
        Grouped = grouping == Grouping.Grouped;
        _vcpus = vcpus;
        _pcpus = pcpus;
        _domains = new Domain[domains];
        _weights = new long[_vcpus];
        _loads = new long[_pcpus];
        var pairs = Grouped ? _pcpus * _domains.Length : 0;
        var room = pairs <= FewPairs ? pairs : Math.Min(pairs, Math.Max(FewPairs, 2 * _vcpus));
        _groups = new Group[room];
        _numbers = new(Math.Max(1, _domains.Length), Math.Max(1, room));
    }

    /// <summary>Are there groups?</summary>
    public bool Grouped { get; }

    /// <summary>How many entities there is room for: vCPUs, then groups.</summary>
    public int Entities => _vcpus + _groups.Length;

    /// <summary>How many queues there is room for: pCPUs', then groups'.</summary>
    public int Queues => _pcpus + _groups.Length;

    /// <summary>The group entity that a vCPU of a domain belongs to on a pCPU; -1 if there are no groups. It must have
    /// been opened.</summary>
    public int GroupOf(DomainId d, PcpuId p) => Grouped ? _vcpus + NumberOf(d, p) : -1;

    /// <summary>A domain comes to a pCPU, perhaps for the first time: before anything else is asked about it
    /// there.</summary>
    /// <returns>Whether <see cref="Entities"/> and <see cref="Queues"/> have grown.</returns>
    public bool Open(DomainId d, PcpuId p)
    {
        if (!Grouped || _numbers.Of(p.Index, d.Index) >= 0) return false;
        if (_numbers.Add(p.Index, d.Index) < _groups.Length) return false;
        Array.Resize(ref _groups, Math.Min(2 * _groups.Length, _pcpus * _domains.Length));
        return true;
    }

    /// <summary>The queue inside a group entity.</summary>
    public int QueueIn(int group) => _pcpus + group - _vcpus;

    /// <summary>Is the entity a group?</summary>
    public bool IsGroup(int entity) => entity >= _vcpus;

    /// <summary>An entity's weight in its queue.</summary>
    public long WeightOf(int entity) => entity < _vcpus ? _weights[entity] : _groups[entity - _vcpus].Weight;

    /// <summary>The weights of all runnable entities of a queue, the running one among them.</summary>
    public long LoadOf(int queue) => queue < _pcpus ? _loads[queue] : _groups[queue - _pcpus].Load;

    /// <summary>How many vCPUs are runnable in a group.</summary>
    public int VcpusIn(int group) => _groups[group - _vcpus].Vcpus;

    /// <summary>Takes a vCPU's weight from its domain's, which was set or has changed.</summary>
    /// <remarks>Only while the vCPU is not runnable, or between <see cref="Leave"/> and <see cref="Join"/>.</remarks>
    public void SetWeight(VcpuId v, DomainId d, int weight)
    {
        var shares = Math.Clamp(weight * NormalWeight / NormalDomain, LeastShares, MostShares);
        _domains[d.Index].Shares = shares;
        _weights[v.Index] = Grouped ? NormalWeight : shares;
    }

    /// <summary>A vCPU becomes runnable on a pCPU.</summary>
    /// <returns>Whether it is the first of its group there: then the group's entity joins the pCPU's queue.</returns>
    public bool Join(VcpuId v, DomainId d, PcpuId p, Instant now)
    {
        if (!Grouped)
        {
            _loads[p.Index] += _weights[v.Index];
            return false;
        }
        ref var g = ref _groups[NumberOf(d, p)];
        var first = g.Vcpus++ == 0;
        if (first)
        {
            // What it counted for while it rested was decaying in the domain's sum of such.
            ref var domain = ref _domains[d.Index];
            g.Average.Update(0, now);
            domain.Resting.Update(0, now);
            domain.Resting.Shift(-g.Average.Fine);
            g.Weight = 0;
        }
        else
        {
            g.Average.Update(g.Load, now);
        }
        g.Load += _weights[v.Index];
        Weigh(ref g, d, p, now);
        return first;
    }

    /// <summary>A vCPU is no longer runnable on a pCPU.</summary>
    /// <returns>Whether it was the last of its group there: then the group's entity leaves the pCPU's queue.</returns>
    public bool Leave(VcpuId v, DomainId d, PcpuId p, Instant now)
    {
        if (!Grouped)
        {
            _loads[p.Index] -= _weights[v.Index];
            return false;
        }
        ref var g = ref _groups[NumberOf(d, p)];
        g.Average.Update(g.Load, now);
        g.Load -= _weights[v.Index];
        if (--g.Vcpus > 0)
        {
            Weigh(ref g, d, p, now);
            return false;
        }
        ref var domain = ref _domains[d.Index];
        domain.Active -= g.Counted;
        g.Counted = 0;
        domain.Resting.Update(0, now);
        domain.Resting.Shift(g.Average.Fine);
        _loads[p.Index] -= g.Weight;
        // The entity keeps its weight until it joins again: what it ran is still charged by it.
        return true;
    }

    /// <summary>Brings a group's weight on a pCPU up to date, as each tick does; it must have somebody.</summary>
    public void Reweigh(DomainId d, PcpuId p, Instant now)
    {
        if (!Grouped) return;
        ref var g = ref _groups[NumberOf(d, p)];
        g.Average.Update(g.Load, now);
        Weigh(ref g, d, p, now);
    }

    /// <summary>A vCPU that is not runnable goes to another pCPU, and what it was there on average goes along.
    /// </summary>
    /// <param name="d">Its domain.</param>
    /// <param name="from">Where it was.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="fine">Its average weight, in 1/1024.</param>
    /// <param name="now">The time.</param>
    public void Carry(DomainId d, PcpuId from, PcpuId to, long fine, Instant now)
    {
        if (!Grouped) return;
        Shift(d, from, -fine, now);
        Shift(d, to, fine, now);
    }

    private int NumberOf(DomainId d, PcpuId p)
    {
        var number = _numbers.Of(p.Index, d.Index);
        Check.That(number >= 0, "P2");
        return number;
    }

    private void Shift(DomainId d, PcpuId p, long fine, Instant now)
    {
        ref var g = ref _groups[NumberOf(d, p)];
        ref var domain = ref _domains[d.Index];
        g.Average.Update(g.Load, now);
        var before = g.Average.Fine;
        g.Average.Shift(fine);
        if (g.Vcpus > 0)
        {
            domain.Active += g.Average.Value - g.Counted;
            g.Counted = g.Average.Value;
            return;
        }
        domain.Resting.Update(0, now);
        domain.Resting.Shift(g.Average.Fine - before);
    }

    /// <summary>What an average weight of a vCPU amounts to in its pCPU's queue.</summary>
    /// <param name="average">Its average weight, in any unit.</param>
    /// <param name="d">Its domain.</param>
    /// <param name="p">Its pCPU.</param>
    public long InQueue(long average, DomainId d, PcpuId p)
    {
        if (!Grouped) return average;
        ref readonly var g = ref _groups[NumberOf(d, p)];
        return g.Vcpus == 0 ? average * _domains[d.Index].Shares / NormalWeight : average * g.Weight / g.Load;
    }

    /// <summary>What a vCPU's weight amounts to in its pCPU's queue.</summary>
    public long LoadOfVcpu(VcpuId v, DomainId d, PcpuId p)
    {
        if (!Grouped) return _weights[v.Index];
        ref readonly var g = ref _groups[NumberOf(d, p)];
        return g.Load == 0 ? _domains[d.Index].Shares : _weights[v.Index] * g.Weight / g.Load;
    }

    private void Weigh(ref Group g, DomainId d, PcpuId p, Instant now)
    {
        ref var domain = ref _domains[d.Index];
        var average = g.Average.Value;
        domain.Active += average - g.Counted;
        g.Counted = average;
        domain.Resting.Update(0, now);
        var elsewhere = domain.Active - average + domain.Resting.Value;
        var weight = domain.Shares;
        if (elsewhere > 0)
        {
            var here = Math.Max(g.Load, average);
            weight = Math.Clamp(weight * here / (here + elsewhere), LeastShares, domain.Shares);
        }
        _loads[p.Index] += weight - g.Weight;
        g.Weight = weight;
    }
}
