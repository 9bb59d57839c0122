using Flms.Core;
using Flms.Schedulers.Tableau;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Tableau;

/// <summary>The planner of spec/compared-systems.md 3.3: golden values, and what every plan must keep.</summary>
public sealed class TableauPlannerTests
{
    private const long Length = 102_702_600;

    private static CpuMask All(int pcpus) => new CpuMask(pcpus).Fill();

    private static CpuMask Only(int pcpus, params int[] which)
    {
        var mask = new CpuMask(pcpus);
        foreach (var p in which) mask.Add(new(p));
        return mask;
    }

    [Fact]
    public void There_are_186_periods_from_100100_ns_to_the_hyperperiod_and_all_divide_it()
    {
        var periods = TableauPeriods.All.ToArray();
        Assert.Equal(186, periods.Length);
        Assert.Equal(100_100, periods[0]);
        Assert.Equal(Length, periods[^1]);
        Assert.All(periods, p => Assert.Equal(0, Length % p));
        Assert.Equal(periods.Order().Distinct(), periods);
    }

    // The values that the published planner gives, to the nanosecond.
    [Theory]
    [InlineData(1, 4, 20_000, 12_837_825, 3_209_456, 19_256_738)]
    [InlineData(1, 4, 5_000, 3_112_200, 778_050, 4_668_300)]
    [InlineData(1, 4, 1_000, 658_350, 164_587, 987_526)]
    [InlineData(1, 2, 20_000, 17_117_100, 8_558_550, 17_117_100)]
    [InlineData(1, 10, 20_000, 10_270_260, 1_027_026, 18_486_468)]
    public void Period_and_cost_are_the_published_ones(int num, int den, int goalUs, long period, long cost, long gap)
    {
        Assert.True(TableauPeriods.TryChoose(new(num, den), goalUs.Us, out var t, out var c));
        Assert.Equal((period, cost, gap), (t.Ns, c.Ns, 2 * (t - c).Ns));
    }

    [Fact]
    public void The_period_chosen_is_the_greatest_that_meets_the_goal()
    {
        var random = RandomStream.For(3, 3);
        for (var i = 0; i < 5_000; i++)
        {
            var share = new Fraction(random.Next(1, 1001), 1000);
            var goal = new Duration(random.Next(150_000, 210_000_000));
            var greatest = TableauPeriods.All.ToArray()
                .LastOrDefault(t => 2 * (t - t * share.Num / share.Den) <= goal.Ns);
            var met = TableauPeriods.TryChoose(share, goal, out var period, out var cost);
            Assert.Equal(greatest > 0, met);
            Assert.Equal(met ? greatest : 100_100, period.Ns);
            Assert.Equal(period.Ns * share.Num / share.Den, cost.Ns);
        }
    }

    [Fact]
    public void A_whole_pCPU_is_one_slot_without_a_gap()
    {
        var (planner, table) = Plan(1, (new(1, 1), 1.Ms, All(1)));
        Assert.Equal(1, table.SlotsOf(new(0)));
        Assert.Equal(new TableauSlot(0, 0, Length), table.Slot(new(0), 0));
        Assert.Equal(Duration.Zero, planner.BlackoutOf(0));
    }

    [Fact]
    public void The_greatest_go_first_each_to_the_emptiest_pCPU()
    {
        var (planner, _) = Plan(2, Share(21), Share(50), Share(30), Share(40), Share(10));
        // 50 on p0, 40 on p1, 30 on p1 (70), 21 on p0 (71), 10 on p1.
        Assert.Equal([0, 0, 1, 1, 1], Homes(planner, 5));
    }

    [Fact]
    public void Where_a_task_may_run_decides_before_how_empty_it_is()
    {
        var (planner, _) = Plan(2,
            Share(50), Share(40), (new(3, 10), 20.Ms, Only(2, 0)), (new(2, 10), 20.Ms, Only(2, 0)));
        Assert.Equal([0, 1, 0, 0], Homes(planner, 4));
    }

    [Fact]
    public void What_fits_nowhere_is_split_and_its_first_piece_runs_at_once_in_every_period()
    {
        // Three shares of 0.6 on two pCPUs: the third has 0.4 on one of them, and 0.2 on the other afterwards.
        var (planner, table) = Plan(2, Share(60), Share(60), Share(60));
        Assert.False(planner.IsSplit(0));
        Assert.False(planner.IsSplit(1));
        Assert.True(planner.IsSplit(2));
        Assert.False(planner.IsLessened(2));
        AssertServed(planner, table, 3, 2);
        var last = planner.PieceOf(2);
        Assert.True(planner.PieceOf(2, last) >= 0);
        var first = planner.PcpuOf(planner.PieceOf(2, last));
        for (var at = 0L; at < Length; at += planner.PeriodOf(2).Ns) Assert.Equal(2, table.At(first, at).Owner);
    }

    [Fact]
    public void Short_gaps_belong_to_whoever_runs_before_them_and_long_ones_to_nobody()
    {
        // C is rounded down: of 10 x 0.1 a few ns remain, and are given away. Of 0.5 a half remains.
        var tenths = Enumerable.Repeat(Share(10), 10).ToArray();
        Assert.DoesNotContain(-1, Owners(Plan(1, tenths).Table, 0));
        Assert.Contains(-1, Owners(Plan(1, Share(50)).Table, 0));
        var (_, table) = Plan(1, Share(50), (new(499, 1000), 20.Ms, All(1)));
        for (var i = 0; i < table.SlotsOf(new(0)); i++)
        {
            var slot = table.Slot(new(0), i);
            if (slot.Owner < 0) Assert.True(slot.End - slot.Begin >= 50_000);
        }
    }

    [Fact]
    public void Too_much_is_lessened_for_those_who_contend_and_for_nobody_else()
    {
        var (planner, table) = Plan(2,
            (new(3, 4), 20.Ms, Only(2, 0)), (new(3, 4), 20.Ms, Only(2, 0)), (new(3, 4), 20.Ms, Only(2, 1)));
        Assert.True(planner.IsLessened(0));
        Assert.True(planner.IsLessened(1));
        Assert.False(planner.IsLessened(2));
        Assert.Equal(planner.CostOf(0), planner.CostOf(1));
        // Lessened by a thirty-second at a time: between 15.5/16 of the pCPU and all of it.
        Assert.InRange(2.0 * planner.CostOf(0).Ns / planner.PeriodOf(0).Ns, 0.95, 1.0);
        AssertServed(planner, table, 3, 2);
    }

    [Fact]
    public void A_share_of_ones_own_is_lessened_only_when_nothing_else_helps()
    {
        var planner = new TableauPlanner(3, 1);
        var table = new TableauTable(1, 16);
        planner.Set(0, new(7, 10), 20.Ms, All(1), firm: true);
        planner.Set(1, new(7, 10), 20.Ms, All(1), firm: false);
        planner.Write(table);
        Assert.False(planner.IsLessened(0));
        Assert.True(planner.IsLessened(1));
        planner.Set(2, new(7, 10), 20.Ms, All(1), firm: true);
        planner.Write(table);
        Assert.True(planner.IsLessened(0));
        Assert.True(planner.IsLessened(2));
        Assert.False(planner.IsPlanned(1));
        Assert.Equal(Duration.Forever, planner.BlackoutOf(1));
        planner.Forget(2);
        planner.Write(table);
        Assert.False(planner.IsLessened(0));
        Assert.True(planner.IsPlanned(1));
    }

    [Fact]
    public void In_random_plans_each_has_its_cost_in_every_period_and_never_runs_twice_at_once()
    {
        var (split, lessened) = (0, 0);
        for (var seed = 1u; seed <= 150; seed++)
        {
            var random = RandomStream.For(seed, 11);
            var pcpus = random.Next(1, 7);
            var tasks = new (Fraction, Duration, CpuMask?)[random.Next(1, 5 * pcpus)];
            for (var t = 0; t < tasks.Length; t++)
            {
                var affinity = random.Next(0, 4) == 0
                    ? Only(pcpus, random.Next(0, pcpus), random.Next(0, pcpus)) : All(pcpus);
                var share = new Fraction(random.Next(1, 2000 * pcpus / tasks.Length), 1000);
                tasks[t] = (share, new(random.Next(1_000_000, 60_000_000)), affinity);
            }
            var (planner, table) = Plan(pcpus, tasks);
            AssertServed(planner, table, tasks.Length, pcpus);
            for (var t = 0; t < tasks.Length; t++)
            {
                split += planner.IsSplit(t) ? 1 : 0;
                lessened += planner.IsLessened(t) ? 1 : 0;
                if (planner.IsPlanned(t)) Assert.True(planner.BlackoutOf(t) <= tasks[t].Item2);
            }
        }
        // Otherwise the worlds would not show what they are for.
        Assert.True(split > 30, $"{split} split");
        Assert.True(lessened > 30, $"{lessened} lessened");
    }

    [Fact]
    public void A_look_up_finds_what_a_walk_finds()
    {
        var (_, table) = Plan(3, Share(60), Share(60), Share(60), Share(33), (new(1, 10), 1.Ms, All(3)));
        var random = RandomStream.For(5, 5);
        for (var p = 0; p < 3; p++)
        {
            for (var i = 0; i < 3_000; i++)
            {
                var at = (long)random.Next(0, (int)Length);
                var walked = 0;
                while (table.Slot(new(p), walked).End <= at) walked++;
                Assert.Equal(table.Slot(new(p), walked), table.At(new(p), at));
            }
            for (var i = 0; i < table.SlotsOf(new(p)); i++)
            {
                var slot = table.Slot(new(p), i);
                Assert.Equal(slot, table.At(new(p), slot.Begin));
                Assert.Equal(slot, table.At(new(p), slot.End - 1));
            }
        }
    }

    private static (Fraction, Duration, CpuMask?) Share(int percent) => (new(percent, 100), 20.Ms, null);

    private static (TableauPlanner Planner, TableauTable Table) Plan(
        int pcpus, params (Fraction Share, Duration Goal, CpuMask? Affinity)[] tasks)
    {
        var planner = new TableauPlanner(tasks.Length, pcpus);
        var table = new TableauTable(pcpus, 16);
        for (var t = 0; t < tasks.Length; t++)
            planner.Set(t, tasks[t].Share, tasks[t].Goal, tasks[t].Affinity ?? All(pcpus), firm: false);
        planner.Write(table);
        return (planner, table);
    }

    private static int[] Homes(TableauPlanner planner, int tasks) =>
        [.. Enumerable.Range(0, tasks).Select(t => planner.PcpuOf(planner.PieceOf(t)).Index)];

    private static List<int> Owners(TableauTable table, int p) =>
        [.. Enumerable.Range(0, table.SlotsOf(new(p))).Select(i => table.Slot(new(p), i).Owner)];

    // In each of its periods a task has at least C, on one pCPU at a time, and only where its pieces are.
    private static void AssertServed(TableauPlanner planner, TableauTable table, int tasks, int pcpus)
    {
        var slots = new List<(long Begin, long End)>[tasks];
        for (var t = 0; t < tasks; t++) slots[t] = [];
        for (var p = 0; p < pcpus; p++)
        {
            var at = 0L;
            for (var i = 0; i < table.SlotsOf(new(p)); i++)
            {
                var slot = table.Slot(new(p), i);
                Assert.Equal(at, slot.Begin);
                Assert.True(slot.End > slot.Begin);
                at = slot.End;
                if (slot.Owner >= 0) slots[slot.Owner].Add((slot.Begin, slot.End));
            }
            Assert.Equal(Length, at);
        }
        for (var t = 0; t < tasks; t++)
        {
            if (!planner.IsPlanned(t)) continue;
            slots[t].Sort();
            for (var i = 1; i < slots[t].Count; i++) Assert.True(slots[t][i].Begin >= slots[t][i - 1].End);
            var (period, cost) = (planner.PeriodOf(t).Ns, planner.CostOf(t).Ns);
            for (var begin = 0L; begin < Length; begin += period)
            {
                var served = slots[t].Sum(s => Math.Max(0, Math.Min(s.End, begin + period) - Math.Max(s.Begin, begin)));
                Assert.True(served >= cost, $"task {t} has {served} of {cost} in the period at {begin}");
            }
        }
    }
}
