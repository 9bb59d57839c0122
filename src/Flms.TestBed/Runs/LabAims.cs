namespace Flms.TestBed.Runs;

/// <summary>What the agent aims at. All bounds are ours.</summary>
public static class LabAims
{
    /// <summary>How many times shorter the 99th percentile is to be where there are noisy VMs.</summary>
    public const double Shorter = 10;

    /// <summary>How many times stock's it may be at most, where there is nothing to gain.</summary>
    public const double Harm = 1.1;

    /// <summary>Which part of the work that fairness leaves them the noisy VMs are to do, at least.</summary>
    public const double FairWork = 0.95;

    /// <summary>What any VM may have of a fair share while others want it.</summary>
    public const double Greed = 1.05;

    /// <summary>How much other programs may use, as a number of pCPUs, before figures are doubted.</summary>
    public const double MostOthers = 0.1;

    /// <summary>How late the pinger may be, in ms, before its figures are doubted.</summary>
    public const double MostLate = 0.5;
}
