using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>What counts as the load of a group (spec A5).</summary>
public enum LoadMeasure : byte
{
    /// <summary>The time that vCPUs ran (the paper). A saturated group then looks exactly as large as it is.</summary>
    Run,

    /// <summary>The time that vCPUs ran or waited for a pCPU: what they would have used.</summary>
    Demand,
}

/// <summary>What the two groups of vCPUs did in one isolation period.</summary>
/// <param name="IoRun">Time that vCPUs on I/O duty ran, summed over them.</param>
/// <param name="IoWait">Time that they were runnable and waited for a pCPU.</param>
/// <param name="CpuRun">Time that the compute vCPUs ran.</param>
/// <param name="CpuWait">Time that they were runnable and waited for a pCPU.</param>
public readonly record struct LoadSample(Duration IoRun, Duration IoWait, Duration CpuRun, Duration CpuWait);

/// <summary>The load that each group is expected to bring in the next period: equations 1 and 2 of the paper.</summary>
/// <remarks>
/// In ns of pCPU time a period, rounded down at each step: with periods of milliseconds the error is below one part in
/// a hundred thousand. It starts at zero as the paper's does; that does not matter to equation 3, which uses only the
/// ratio of the two, and both grow alike.
/// </remarks>
/// <param name="alpha">Weight of the new sample, 0 to 1. The paper's tests used 0.125.</param>
/// <param name="measure">What counts as load.</param>
public sealed class LoadEstimate(Fraction alpha, LoadMeasure measure)
{
    /// <summary>EstimatedIO of equation 1, in ns of pCPU time a period.</summary>
    public long Io { get; private set; }

    /// <summary>EstimatedCPU of equation 2, in ns of pCPU time a period.</summary>
    public long Cpu { get; private set; }

    /// <summary>Takes in what happened in the period that ends now.</summary>
    public void Update(in LoadSample sample)
    {
        var io = sample.IoRun;
        var cpu = sample.CpuRun;
        if (measure == LoadMeasure.Demand) (io, cpu) = (io + sample.IoWait, cpu + sample.CpuWait);
        Io += alpha.Of(io.Ns - Io);   // equation 1, as E + alpha * (S - E)
        Cpu += alpha.Of(cpu.Ns - Cpu); // equation 2
    }
}
