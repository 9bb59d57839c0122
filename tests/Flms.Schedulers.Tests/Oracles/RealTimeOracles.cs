using Flms.Core;
using Flms.Schedulers.Rtds;
using Flms.Sim;
using Xunit.Abstractions;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Deadlines (spec/compared-systems.md 7, items 15 to 17); docs/oracles.md lists them.</summary>
/// <remarks>No tolerances: what is tested are theorems about schedules without overheads, and switches are free. Where
/// a test is a converse (a set that must miss), the set is one that the theorem's proof builds.</remarks>
[Trait("Speed", "Slow")]
public sealed class RealTimeOracles(ITestOutputHelper output)
{
    private static Scheduler Edf(ISchedHost host) => new JobScheduler(host, JobOrder.Deadline);

    private static Scheduler RateMonotonic(ISchedHost host) => new JobScheduler(host, JobOrder.Rate);

    private static Scheduler Rtds(ISchedHost host) => new RtdsScheduler(host, new());

    private static JobTask Task(double period, double cost) => Task(period, cost, period);

    private static JobTask Task(double period, double cost, double deadline) =>
        new(new((long)(period * 1e6)), new((long)(cost * 1e6)), new((long)(deadline * 1e6)));

    private static IReadOnlyList<JobTask> LiuLayland => [Task(5, 2), Task(7, 4)];

    [Fact]
    public void Oracle15_Earliest_deadline_first_misses_nothing_up_to_a_load_of_1() =>
        Assert.Equal(0, Misses(Edf, 1, 700.Ms, LiuLayland));

    // Of the set's 240 jobs, whose hyperperiod of 35 comes 20 times.
    [Fact]
    public void Oracle15_Rate_monotonic_misses_20_deadlines_of_the_same_set() =>
        Assert.Equal(20, Misses(RateMonotonic, 1, 700.Ms, LiuLayland));

    // A budget is the cost and a period the period: then a server's deadlines are its jobs'.
    [Fact]
    public void Oracle15_Rtds_on_one_pCPU_is_earliest_deadline_first() =>
        Assert.Equal(0, Misses(Rtds, 1, 700.Ms, LiuLayland));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Oracle15_Any_set_up_to_a_load_of_1_meets_its_deadlines_and_none_beyond(int seed)
    {
        for (var set = 0; set < 25; set++)
        {
            var tasks = RandomTasks(RandomStream.For((ulong)seed, 15, set), 1.0, 0.999);
            Assert.Equal(0, Misses(Edf, 1, 2.Seconds, tasks));
            Assert.Equal(0, Misses(Rtds, 1, 2.Seconds, tasks));
            // 2 % more than there is: within 2 s somebody is late by the backlog, 40 ms in all, of periods of 50 ms.
            JobTask[] over = [.. tasks, Task(10, 0.3)];
            Assert.True(Misses(Edf, 1, 4.Seconds, over) > 0);
        }
    }

    // The bound n (2^(1/n) - 1), to the fourth figure as it is printed; below it nobody misses, and the proof's own set
    // of that very load misses as soon as one job is a thousandth longer.
    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.8284)]
    [InlineData(3, 0.7798)]
    [InlineData(4, 0.7568)]
    public void Oracle15_Rate_monotonic_is_safe_up_to_its_bound_and_not_beyond(int n, double printed)
    {
        var bound = n * (Math.Pow(2, 1.0 / n) - 1);
        Assert.Equal(printed, bound, 0.00005);
        for (var set = 0; set < 40; set++)
        {
            var tasks = RandomTasks(RandomStream.For(9, n, set), bound, 0.9999, n);
            Assert.Equal(0, Misses(RateMonotonic, 1, 2.Seconds, tasks));
        }
        var periods = Enumerable.Range(0, n).Select(i => 10 * Math.Pow(2, (double)i / n)).ToArray();
        var worst = periods.Select((period, i) => Task(period, (i + 1 < n ? periods[i + 1] : 20) - period)).ToArray();
        // Costs and periods are whole nanoseconds: rounding alone could make it miss, so it is tried a nanosecond
        // short.
        Assert.Equal(0, Misses(RateMonotonic, 1, 1.Seconds, [.. worst.Select(t => t with { Cost = t.Cost - 2.Ns })]));
        var longer = worst[0] with { Cost = new(worst[0].Cost.Ns + worst[0].Cost.Ns / 1000) };
        Assert.True(Misses(RateMonotonic, 1, 1.Seconds, [longer, .. worst[1..]]) > 0);
        Assert.Equal(bound, worst.Sum(t => t.Utilisation), 1e-6);
    }

    [Fact]
    public void Oracle16_Constrained_deadlines_are_met_exactly_where_demand_never_exceeds_time()
    {
        int[] periods = [4, 5, 6, 8, 10, 12, 15, 20];
        var (met, missed) = (0, 0);
        for (var set = 1; set <= 400; set++)
        {
            var random = RandomStream.For(16, set);
            var tasks = new JobTask[random.Next(2, 6)];
            for (var i = 0; i < tasks.Length; i++)
            {
                var period = periods[random.Next(0, periods.Length)];
                var cost = period * (0.05 + 1.3 * random.Next() / tasks.Length);
                tasks[i] = Task(period, cost, Math.Min(period, cost + (period - cost) * random.Next()));
            }
            // All periods divide 120 ms; released together, the first 120 ms hold the worst that can come.
            var end = Instant.Zero + 120.Ms;
            var feasible = true;
            foreach (var t in Deadlines(tasks, end)) feasible &= Demand(tasks, t) <= t;
            Assert.Equal(feasible, Misses(Edf, 1, 120.Ms, tasks) == 0);
            if (feasible) met++;
            else missed++;
        }
        output.WriteLine($"16: {met} sets feasible, {missed} not");
        Assert.InRange(met, 40, 360);
    }

    [Fact]
    public void Oracle17_Under_global_edf_nobody_is_later_than_the_soft_bound()
    {
        var (nearest, late) = (0.0, 0);
        for (var set = 1; set <= 60; set++)
        {
            var random = RandomStream.For(17, set);
            var pcpus = random.Next(2, 7);
            var tasks = RandomTasks(random, pcpus, 0.98, maxUtilisation: 0.95);
            var (greatest, least) = (tasks.Max(t => t.Cost.Ns), tasks.Min(t => t.Cost.Ns));
            var bound = ((pcpus - 1.0) * greatest - least) / (pcpus - (pcpus - 2.0) * tasks.Max(t => t.Utilisation))
                + greatest;
            var tardiness = Math.Max(0, Lateness(Edf, pcpus, 3.Seconds, tasks).Max(job => job.Late.Ns));
            Assert.True(tardiness <= bound, $"set {set}: {tardiness} ns late, bound {bound} ns");
            nearest = Math.Max(nearest, tardiness / bound);
            if (tardiness > 0) late++;
        }
        output.WriteLine($"17: in {late} of 60 sets somebody was late, by at most {nearest:0.000} of the bound");
        Assert.True(late > 5);
    }

    [Fact]
    public void Oracle17_Global_edf_meets_all_deadlines_where_the_load_leaves_room_for_the_greatest()
    {
        for (var set = 1; set <= 40; set++)
        {
            var random = RandomStream.For(1717, set);
            var pcpus = random.Next(2, 7);
            var greatest = 0.1 + 0.6 * random.Next();
            var tasks = RandomTasks(random, pcpus - (pcpus - 1) * greatest, 0.999, maxUtilisation: greatest);
            Assert.Equal(0, Misses(Edf, pcpus, 1.Seconds, tasks));
            Assert.Equal(0, Misses(Rtds, pcpus, 1.Seconds, tasks));
        }
    }

    // M short tasks with the earlier deadline hold all pCPUs while the long one should run: it starts 0.1 ms late, and
    // has 0.05 ms to spare. All together are little more than one pCPU.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void Oracle17_Dhalls_effect_comes_out_at_a_load_near_1_on_M_pCPUs(int pcpus)
    {
        List<JobTask> tasks = [.. Enumerable.Repeat(Task(10, 0.1), pcpus), Task(10.1, 10.05)];
        Assert.InRange(tasks.Sum(t => t.Utilisation), 1, 1.16);
        foreach (var policy in new Func<ISchedHost, Scheduler>[] { Edf, Rtds })
        {
            var late = Lateness(policy, pcpus, 100.Ms, tasks).Where(job => job.Late > Duration.Zero).ToList();
            Assert.NotEmpty(late);
            Assert.All(late, job => Assert.Equal(pcpus, job.Task));
        }
        // On pCPUs of their own all are met.
        Assert.Equal(0, Misses(Edf, 1, 100.Ms, [tasks[^1]]));
        Assert.Equal(0, Misses(Edf, 1, 100.Ms, [.. tasks[..^1]]));
    }

    // Tasks with implicit deadlines that together use the given part of a load.
    private static List<JobTask> RandomTasks(
        RandomStream random, double load, double part, int count = 0, double maxUtilisation = 1)
    {
        var tasks = new List<JobTask>();
        var left = load * part;
        for (var i = 0; (count == 0 || i < count) && left > 0.005 && i < 40; i++)
        {
            var last = i + 1 == count;
            var some = left * (0.15 + 0.5 * random.Next()) + 0.01;
            var use = Math.Min(maxUtilisation, last ? left : Math.Min(left, some));
            var period = 2 + 48 * random.Next();
            left -= use;
            // Costs are rounded down, so that the load is not exceeded.
            if (period * use >= 0.001) tasks.Add(Task(period, period * use - 1e-6));
        }
        return tasks;
    }

    private static IEnumerable<long> Deadlines(IReadOnlyList<JobTask> tasks, Instant end)
    {
        foreach (var task in tasks)
            for (var t = task.Deadline.Ns; t <= end.Ns; t += task.Period.Ns) yield return t;
    }

    private static long Demand(IReadOnlyList<JobTask> tasks, long t)
    {
        var demand = 0L;
        foreach (var task in tasks)
            if (t >= task.Deadline.Ns) demand += ((t - task.Deadline.Ns) / task.Period.Ns + 1) * task.Cost.Ns;
        return demand;
    }

    private static int Misses(
        Func<ISchedHost, Scheduler> policy, int pcpus, Duration length, IReadOnlyList<JobTask> tasks) =>
        Lateness(policy, pcpus, length, tasks).Count(job => job.Late > Duration.Zero);

    private static IEnumerable<(int Task, Duration Late)> Lateness(
        Func<ISchedHost, Scheduler> policy, int pcpus, Duration length, IReadOnlyList<JobTask> tasks)
    {
        var domains = new List<DomainSetup>();
        foreach (var task in tasks)
        {
            var server = new RtdsDomain { Period = task.Period, Budget = task.Cost, Extratime = false };
            domains.Add(task.Domain($"task{domains.Count}", server));
        }
        var setup = new MachineSetup { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        var watch = new JobWatch(tasks, pcpus);
        machine.Watch(watch);
        machine.Run(Instant.Zero + length);
        return watch.Lateness(machine.Now);
    }
}
