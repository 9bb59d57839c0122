using System.Collections;
using Flms.Core;

namespace Flms.Sim;

/// <summary>What was counted on the host since the measuring began.</summary>
public sealed class MachineStatistics
{
    internal MachineStatistics(int domains, int pcpus)
    {
        StopToRun = new Histogram[domains];
        WakeToRun = new Histogram[domains];
        for (var d = 0; d < domains; d++) (StopToRun[d], WakeToRun[d]) = (new(), new());
        Wait = new Waits(this);
        DomainRun = new long[domains];
        PcpuBusy = new long[pcpus];
    }

    /// <summary>When the measuring began.</summary>
    public Instant Since { get; internal set; }

    /// <summary>For each domain: the times from runnable to running, every one. Each reading adds up anew.</summary>
    public IReadOnlyList<Histogram> Wait { get; }

    /// <summary>For each domain: the times from losing its pCPU, though it could have gone on, to running.</summary>
    public Histogram[] StopToRun { get; }

    /// <summary>For each domain: the times from a wake-up to running.</summary>
    public Histogram[] WakeToRun { get; }

    /// <summary>For each domain: the time its vCPUs held a pCPU, in ns, up to <see cref="Until"/>.</summary>
    public long[] DomainRun { get; }

    /// <summary>For each pCPU: the time it was not idle, in ns.</summary>
    public long[] PcpuBusy { get; }

    /// <summary>How often vCPUs began to run on another pCPU than before, by <see cref="Distance"/>.</summary>
    public long[] Migrations { get; } = new long[(int)Distance.Remote + 1];

    /// <summary>How often a pCPU turned to another vCPU (turning idle is not counted).</summary>
    public long Switches { get; internal set; }

    /// <summary>How often a pCPU asked its scheduler.</summary>
    public long Decisions { get; internal set; }

    /// <summary>How often a blocked vCPU became runnable.</summary>
    public long Wakes { get; internal set; }

    /// <summary>How often a slice ran out.</summary>
    public long SliceEnds { get; internal set; }

    /// <summary>How many pieces of work were done.</summary>
    public long Completions { get; internal set; }

    /// <summary>How often a policy's timer fired.</summary>
    public long TimersFired { get; internal set; }

    /// <summary>How often a pCPU looked for work elsewhere (<see cref="Note.Balance"/>).</summary>
    public long Balances { get; internal set; }

    /// <summary>How often an idle pCPU took a vCPU from another (<see cref="Note.Steal"/>), by
    /// <see cref="Distance"/>.</summary>
    public long[] Steals { get; } = new long[(int)Distance.Remote + 1];

    /// <summary>How far the measuring has come: the end of the last <see cref="Machine.Run"/>.</summary>
    public Instant Until { get; internal set; }

    internal void Reset(Instant now)
    {
        foreach (var h in StopToRun) h.Reset();
        foreach (var h in WakeToRun) h.Reset();
        Array.Clear(DomainRun);
        Array.Clear(PcpuBusy);
        Array.Clear(Migrations);
        Array.Clear(Steals);
        (Switches, Decisions, Wakes, SliceEnds) = (0, 0, 0, 0);
        (Completions, TimersFired, Balances) = (0, 0, 0);
        (Since, Until) = (now, now);
    }

    // Waits after a wake-up and after a stop, together. Kept apart and added on demand: a run records millions of them
    // and reads them once.
    private sealed class Waits(MachineStatistics of) : IReadOnlyList<Histogram>
    {
        public int Count => of.WakeToRun.Length;

        public Histogram this[int domain]
        {
            get
            {
                var sum = new Histogram();
                sum.Add(of.WakeToRun[domain]);
                sum.Add(of.StopToRun[domain]);
                return sum;
            }
        }

        public IEnumerator<Histogram> GetEnumerator()
        {
            for (var d = 0; d < Count; d++) yield return this[d];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
