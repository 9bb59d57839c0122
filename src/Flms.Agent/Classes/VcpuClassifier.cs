using System.Numerics;
using Flms.Agent.Sampling;

namespace Flms.Agent.Classes;

/// <summary>What a vCPU is taken for.</summary>
public enum VcpuClass : byte
{
    /// <summary>Not seen for long enough, or it fits nothing.</summary>
    Undecided,

    /// <summary>It does next to nothing.</summary>
    Idle,

    /// <summary>It sleeps, wakes often and runs shortly.</summary>
    Latency,

    /// <summary>It seldom sleeps.</summary>
    Compute,

    /// <summary>It computes and serves devices: both, on the same vCPU.</summary>
    Mixed,
}

/// <summary>Decides what a vCPU is, from its figures, without haste.</summary>
/// <remarks>
/// Each period's figures give a verdict. The class changes only after <see cref="ClassRules.Patience"/> periods in a
/// row have said the same other thing; a period without a sample says nothing. <see cref="Confidence"/> is the share
/// of the last 32 periods whose verdict was the class, so it is low while little has been seen.
/// </remarks>
public struct VcpuClassifier
{
    private const int Remembered = 32;

    private VcpuFigures _figures;
    private uint _agree;      // the last verdicts, newest lowest: did they name the present class?
    private VcpuClass _candidate;
    private int _inRow;       // periods in a row that named the candidate

    /// <summary>What it is taken for.</summary>
    public VcpuClass Class { get; private set; }

    /// <summary>What the last period alone says.</summary>
    public VcpuClass Verdict { get; private set; }

    /// <summary>For how many periods in a row the verdict has been that.</summary>
    public readonly int InRow => _inRow;

    /// <summary>The figures.</summary>
    public readonly VcpuFigures Figures => _figures;

    /// <summary>How sure the class is: 0 to 100 %.</summary>
    public readonly int Confidence =>
        Class == VcpuClass.Undecided ? 0 : 100 * BitOperations.PopCount(_agree) / Remembered;

    /// <summary>Takes in a period.</summary>
    /// <param name="sample">What the vCPU did.</param>
    /// <param name="deviceRate">How often the threads that serve the VM's devices go to sleep, in thousandths a
    /// second.</param>
    /// <param name="rules">What counts as what.</param>
    /// <returns>Whether the class has changed.</returns>
    public bool Add(in ThreadSample sample, long deviceRate, ClassRules rules)
    {
        if (!sample.Any) return false;
        _figures.Add(sample, deviceRate);
        Verdict = VerdictOf(_figures, rules);
        _inRow = Verdict == _candidate ? Math.Min(_inRow + 1, int.MaxValue - 1) : 1;
        _candidate = Verdict;
        var changed = Verdict != Class && _inRow >= rules.Patience && Verdict != VcpuClass.Undecided;
        if (changed)
        {
            Class = Verdict;
            // What was seen before spoke for another class; these periods speak for this one.
            _agree = (1u << Math.Min(_inRow - 1, Remembered - 1)) - 1;
        }
        _agree = _agree << 1 | (Verdict == Class ? 1u : 0u);
        return changed;
    }

    /// <summary>What figures alone say.</summary>
    public static VcpuClass VerdictOf(in VcpuFigures f, ClassRules rules)
    {
        var served = f.DeviceWakes >= rules.DeviceWakes;
        if (f.Demand >= rules.MixedDemand && f.Wakes >= rules.MixedWakes && f.Run >= rules.IdleDemand
            && !(f.Run < rules.LatencyUse && f.WorkNs <= rules.LatencyWork.Ns)) return VcpuClass.Mixed;
        if ((f.Wakes >= rules.LatencyWakes || served && f.Wakes >= rules.DeviceWakes)
            && f.WorkNs <= rules.LatencyWork.Ns && f.Run < rules.LatencyUse) return VcpuClass.Latency;
        var computes = f.Wakes < rules.ComputeWakes
            && (f.Demand >= rules.ComputeDemand || f.Demand >= rules.IdleDemand && f.WorkNs >= rules.ComputeWork.Ns);
        // Saturated it never sleeps, however many requests wait for it: its devices tell.
        if (computes && served && f.Demand >= rules.MixedDemand) return VcpuClass.Mixed;
        if (computes) return VcpuClass.Compute;
        return f.Demand < rules.IdleDemand ? VcpuClass.Idle : VcpuClass.Undecided;
    }
}
