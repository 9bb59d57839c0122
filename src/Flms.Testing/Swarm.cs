using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Properties on random worlds: every law holds, and equal runs are equal.</summary>
/// <remarks>
/// A world is made from one number. Each is run under the <see cref="Referee"/>, and the host's books must balance. Of
/// many worlds every fourth, the first among them, is run a second time, and the two runs must have the same hash: what
/// makes a run depend on anything but its number does so in most worlds. A world that fails is made smaller as long as
/// it fails by the same law, and shown with the last 60 columns of its run.
/// </remarks>
public static partial class Swarm
{
    private const int ShrinkRuns = 400;
    private const int RunAgainEach = 4;

    /// <summary>Runs a policy in many worlds.</summary>
    /// <param name="policy">Makes the policy; called once a run.</param>
    /// <param name="worlds">How many: the seeds are <paramref name="firstSeed"/> and those after it.</param>
    /// <param name="length">How long each runs. Default 2 s.</param>
    /// <param name="options">What the worlds may hold. Default: everything.</param>
    /// <param name="claims">What the policy is held to. Default: what it says of itself.</param>
    /// <param name="firstSeed">The first seed. Default 1.</param>
    /// <exception cref="SwarmFailure">The first world that fails, shrunk.</exception>
    public static void Run(Func<ISchedHost, Scheduler> policy, int worlds, Duration? length = null,
        WorldOptions? options = null, Claims? claims = null, ulong firstSeed = 1)
    {
        for (var i = 0; i < worlds; i++)
        {
            var world = World(firstSeed + (ulong)i, options, length);
            if (FailureOf(world, policy, claims, twice: i % RunAgainEach == 0) is { } failure)
                throw Shrunk(world, policy, claims, failure);
        }
    }

    /// <summary>Runs a policy in many worlds and counts, rather than ends at, those with fouls.</summary>
    /// <param name="policy">Makes the policy; called once a run.</param>
    /// <param name="worlds">How many.</param>
    /// <param name="length">How long each runs. Default 2 s.</param>
    /// <param name="options">What the worlds may hold. Default: everything.</param>
    /// <param name="claims">What the policy is held to. Default: what it says of itself.</param>
    /// <param name="firstSeed">The first seed. Default 1.</param>
    /// <returns>For each law that was broken, in how many worlds it was the first to be.</returns>
    public static SortedDictionary<string, int> Survey(Func<ISchedHost, Scheduler> policy, int worlds,
        Duration? length = null, WorldOptions? options = null, Claims? claims = null, ulong firstSeed = 1)
    {
        var fouls = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < worlds; i++)
        {
            var world = World(firstSeed + (ulong)i, options, length);
            if (FailureOf(world, policy, claims, twice: i % RunAgainEach == 0) is { } failure)
                fouls[failure.Law] = fouls.GetValueOrDefault(failure.Law) + 1;
        }
        return fouls;
    }

    /// <summary>Runs one world, twice.</summary>
    /// <param name="world">The world.</param>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="claims">What it is held to. Default: what it says of itself.</param>
    /// <returns>What went wrong; null if nothing did.</returns>
    public static Failure? FailureOf(World world, Func<ISchedHost, Scheduler> policy, Claims? claims = null) =>
        FailureOf(world, policy, claims, twice: true);

    private static Failure? FailureOf(World world, Func<ISchedHost, Scheduler> policy, Claims? claims, bool twice)
    {
        var (first, failure) = RunOnce(world, policy, claims);
        if (failure != null || !twice) return failure;
        var (second, other) = RunOnce(world, policy, claims);
        if (other != null || first != second)
            return new("same", Instant.Zero + world.Length, $"two runs differ: hash {first:x16} and {second:x16}");
        return null;
    }

    private static (ulong Hash, Failure? Failure) RunOnce(
        World world, Func<ISchedHost, Scheduler> policy, Claims? claims, IWatcher? watcher = null)
    {
        claims ??= Claims.Default;
        // Someone who is lost must be found missing within the roll call at the end.
        if (claims.LostAfter > world.Length / 8) claims = claims with { LostAfter = world.Length / 8 };
        var machine = new Machine(world.Setup, host => Referee.Over(host, policy, claims));
        var referee = (Referee)machine.Policy;
        if (watcher != null) machine.Watch(watcher);
        var end = Instant.Zero + world.Length;
        try
        {
            machine.Run(end);
            referee.End(end);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var law = e is PolicyFault fault ? fault.Law : e.GetType().Name;
            return (referee.Hash, new(law, machine.Now, e is PolicyFault ? e.Message : e.ToString()));
        }
        if (referee.Fouls.Count > 0)
            return (referee.Hash, new(referee.Fouls[0].Law, referee.Fouls[0].At, referee.Fouls[0].ToString()));
        return (referee.Hash, Imbalance(machine) is { } imbalance ? new("books", end, imbalance) : null);
    }

    // What the domains ran is what the pCPUs were busy, and no pCPU is busier than time allows.
    private static string? Imbalance(Machine machine)
    {
        var (ran, busy) = (0L, 0L);
        foreach (var d in machine.Statistics.DomainRun) ran += d;
        foreach (var p in machine.Statistics.PcpuBusy)
        {
            if (p < 0 || p > machine.Now.Ns) return $"a pCPU was busy for {new Duration(p)} of {machine.Now}";
            busy += p;
        }
        return ran == busy ? null : $"domains ran {new Duration(ran)}, but pCPUs were busy {new Duration(busy)}";
    }

    private static SwarmFailure Shrunk(World world, Func<ISchedHost, Scheduler> policy, Claims? claims, Failure failure)
    {
        var runs = 0;
        for (var again = true; again && runs < ShrinkRuns;)
        {
            again = false;
            foreach (var smaller in Shrinking.Of(world, failure.At))
            {
                if (++runs > ShrinkRuns) break;
                if (FailureOf(smaller, policy, claims) is not { } same || same.Law != failure.Law) continue;
                (world, failure, again) = (smaller, same, true);
                break;
            }
        }
        return new(world, failure, LastColumns(world, policy, claims, failure));
    }

    private static string LastColumns(World world, Func<ISchedHost, Scheduler> policy, Claims? claims, Failure failure)
    {
        const int columns = 60;
        var column = 10.Us;
        while (column * columns < failure.At - Instant.Zero && column < 10.Ms) column *= 10;
        var from = new Instant(Math.Max(0, failure.At.Ns + 1 - column.Ns * columns));
        var chart = new Chart(world.Setup.Vcpus, new(from, column, columns));
        RunOnce(world, policy, claims, chart);
        chart.End(failure.At);
        return $"columns of {column}\n{chart.Draw(Chart.NamesOf(world.Setup), notes: true)}";
    }
}

/// <summary>What went wrong in a world.</summary>
/// <param name="Law">The law; <c>same</c> if two runs differ, <c>books</c> if the host's sums do not agree, or the name
/// of an exception.</param>
/// <param name="At">When.</param>
/// <param name="What">What was seen.</param>
public sealed record Failure(string Law, Instant At, string What);

/// <summary>A policy failed in a random world.</summary>
/// <param name="world">The world, made as small as it could be.</param>
/// <param name="failure">What went wrong in it.</param>
/// <param name="chart">The end of its run.</param>
public sealed class SwarmFailure(World world, Failure failure, string chart)
    : Exception($"{failure.What}\nin the world, made smaller, of {world}{chart}")
{
    /// <summary>The world, made as small as it could be.</summary>
    public World World { get; } = world;

    /// <summary>What went wrong in it.</summary>
    public Failure Failure { get; } = failure;
}
