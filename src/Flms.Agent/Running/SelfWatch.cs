using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>Watches what the agent itself costs, and says when that is too much (spec host-agent 4.2, rule 8).
/// </summary>
public sealed class SelfWatch
{
    private const int Patience = 10; // periods in a row

    // .NET translates the program while it first runs: without the settings of the package's service 14 % of a core for
    // ten seconds (measured), with them half a second at the start.
    private const int WarmUp = 30; // periods

    private int _expensive;
    private int _slow;
    private int _periods;

    /// <summary>CPU time of the agent since it began.</summary>
    public Duration Cpu { get; private set; }

    /// <summary>CPU time in the last period: thousandths of a core.</summary>
    public long Used { get; private set; }

    /// <summary>What it may use: thousandths of a core.</summary>
    public long Allowed { get; private set; }

    /// <summary>How long the work of the last period took.</summary>
    public Duration Tick { get; private set; }

    /// <summary>Periods whose work took longer than a period.</summary>
    public long Overruns { get; private set; }

    /// <summary>The first period begins.</summary>
    /// <param name="cpu">CPU time of the agent since it began.</param>
    public void Begin(Duration cpu) => Cpu = cpu;

    /// <summary>A period has ended; the first 30 count for nothing.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="cpu">CPU time of the agent since it began.</param>
    /// <param name="vcpus">How many vCPUs are watched.</param>
    /// <param name="rules">The bounds.</param>
    /// <returns>Why it is too much; null if it is not.</returns>
    public string? EndPeriod(Duration period, Duration cpu, int vcpus, PaceRules rules)
    {
        var own = cpu - Cpu;
        Cpu = cpu;
        Used = (long)((Int128)own.Ns * 1000 / period.Ns);
        Allowed = rules.OwnCpu * (long)Math.Max(1, (vcpus + 99) / 100);
        if (_periods < WarmUp)
        {
            _periods++;
            return null;
        }
        _expensive = (Int128)own.Ns * 1000 > (Int128)period.Ns * Allowed ? _expensive + 1 : 0;
        if (_expensive < Patience) return null;
        _expensive = 0;
        return $"the agent itself used more than {Allowed / 10m}% of a core for {Patience} periods";
    }

    /// <summary>The work of a period is done.</summary>
    /// <param name="took">How long it took.</param>
    /// <param name="period">How long it may take.</param>
    /// <returns>Why it is too much; null if it is not.</returns>
    public string? Worked(Duration took, Duration period)
    {
        Tick = took;
        if (took <= period)
        {
            _slow = 0;
            return null;
        }
        Overruns++;
        if (++_slow < Patience) return null;
        _slow = 0;
        return $"the work of a period took longer than the period ({took} of {period}) {Patience} times in a row";
    }

    /// <summary>Did the last period's work take longer than a period, and the one before it not?</summary>
    public bool FirstOverrun => _slow == 1;
}
