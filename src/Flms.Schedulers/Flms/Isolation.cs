using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>Dynamic load isolation as a whole: what was measured in, which pCPUs are SPs out (equations 1 to
/// 4).</summary>
/// <remarks>It is the one place where the split is decided, for the simulated FLMS and for the agent on a real host:
/// the same samples give both the same groups.</remarks>
/// <param name="topology">The machine.</param>
/// <param name="options">The settings.</param>
public sealed class Isolation(Topology topology, FlmsOptions options)
{
    /// <summary>The present split of the pCPUs.</summary>
    public PcpuGroups Groups { get; } = new(topology,
        new(options.Rounding, options.Hysteresis, options.GroupOrder, options.NoLoad, options.KeepOne));

    /// <summary>The load that is expected of the next period.</summary>
    public LoadEstimate Estimate { get; } = new(options.Alpha, options.Load);

    /// <summary>A period ends: equations 1 to 4.</summary>
    /// <param name="sample">What happened in it.</param>
    /// <param name="anyIo">Is any vCPU bound to SPs?</param>
    /// <param name="anyCpu">Is any vCPU bound to LPs?</param>
    /// <returns>Whether the split has changed.</returns>
    public bool EndPeriod(in LoadSample sample, bool anyIo, bool anyCpu)
    {
        Estimate.Update(sample);
        return Regroup(anyIo, anyCpu);
    }

    /// <summary>Decides the split anew, from the present estimate: equations 3 and 4.</summary>
    /// <returns>Whether it has changed.</returns>
    public bool Regroup(bool anyIo, bool anyCpu) =>
        Groups.Resize(Groups.Target(Estimate.Io, Estimate.Cpu, anyIo, anyCpu)) != 0;
}
