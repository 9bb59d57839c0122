using Flms.Core;

namespace Flms.Schedulers.Tableau;

// When plans are made, who asks for what in them, and what they mean for each vCPU.
public sealed partial class TableauScheduler
{
    private const long Whole = 1_000_000_000;   // shares are counted in billionths of a pCPU

    private static readonly TableauDomain NothingSaid = new();

    private readonly TableauPlanner _planner;
    private readonly TableauTable _table;
    private readonly long[] _shares;            // of those without a share of their own; -1 while it is not known
    private Instant _origin = Instant.Never;    // where the first table began

    private long OffsetOf(Instant now) =>
        _origin == Instant.Never ? 0 : (now - _origin).Ns % TableauPeriods.Hyperperiod.Ns;

    // At once if there is no plan yet; at the wrap of the table if there is one.
    private void PlanAnew(Instant now)
    {
        var offset = OffsetOf(now);
        Host.Arm(Wrap, offset == 0 ? now : now + (TableauPeriods.Hyperperiod - new Duration(offset)));
    }

    private void Plan(Instant now)
    {
        if (_origin == Instant.Never) _origin = now;
        ShareOut();
        for (var v = 0; v < _vcpus.Length; v++)
        {
            ref readonly var info = ref Host[new(v)];
            var share = info.Present ? _shares[v] : 0;
            if (share == 0)
            {
                _planner.Forget(v);
                continue;
            }
            var domain = Host.ParametersOf<TableauDomain>(info.Domain) ?? NothingSaid;
            var latency = domain.Latency > Duration.Zero ? domain.Latency : _options.Latency;
            _planner.Set(v, new(share, Whole), latency, info.Affinity, domain.Utilisation.Num > 0);
        }
        _planner.Write(_table);
    }

    // Shares of their own first. What they leave is shared by weight; nobody gets more than a pCPU, or than its cap.
    private void ShareOut()
    {
        var left = _pcpus.Length * Whole;
        var weights = 0L;
        for (var v = 0; v < _vcpus.Length; v++)
        {
            _shares[v] = 0;
            ref readonly var info = ref Host[new(v)];
            if (!info.Present) continue;
            var domain = Host.ParametersOf<TableauDomain>(info.Domain) ?? NothingSaid;
            if (domain.Background) continue;
            if (domain.Utilisation.Num > 0)
            {
                _shares[v] = Math.Min(domain.Utilisation.Of(Whole), MostOf(info));
                left -= _shares[v];
                continue;
            }
            _shares[v] = -1;
            weights += info.Weight;
        }
        left = Math.Max(0, left);
        // Those who would get more than they can use are given that; the others share the rest, until nobody is left.
        for (var again = true; again;)
        {
            again = false;
            var (perRound, weightsOfRound) = (left, weights);
            for (var v = 0; v < _vcpus.Length; v++)
            {
                if (_shares[v] >= 0) continue;
                ref readonly var info = ref Host[new(v)];
                if (perRound * info.Weight < MostOf(info) * weightsOfRound) continue;
                _shares[v] = MostOf(info);
                left = Math.Max(0, left - _shares[v]);
                weights -= info.Weight;
                again = true;
            }
        }
        for (var v = 0; v < _vcpus.Length; v++)
            if (_shares[v] < 0) _shares[v] = left * Host[new(v)].Weight / weights;
    }

    private static long MostOf(in VcpuInfo info) =>
        info.Cap == 0 ? Whole : Math.Min(Whole, Whole / 100 * info.Cap / info.Siblings);

    // What the new plan makes of a vCPU. Its budget beside its slots begins anew.
    private void Settle(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref readonly var info = ref Host[v];
        if (!_planner.IsPlanned(v.Index))
        {
            if (s.Tier != Tier.Background)
                (s.Tier, s.Budget, s.Renewed) = (Tier.Background, _options.BackgroundBudget, now);
        }
        else
        {
            var domain = Host.ParametersOf<TableauDomain>(info.Domain) ?? NothingSaid;
            var stays = domain.Burstable && info.Cap == 0 && !_planner.IsSplit(v.Index);
            var home = _planner.PcpuOf(_planner.PieceOf(v.Index));
            if (Host.Watched && home != s.Home) Host.Trace(Note.Place, v, home, home.Index);
            (s.Tier, s.Home, s.Epoch) = (stays ? Tier.Burstable : Tier.SlotsOnly, home, -1);
            if (stays) _pcpus[home.Index].Burstable++;
        }
        if (s.State == State.Waiting) Enqueue(v);
    }
}
