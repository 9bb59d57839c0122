using Flms.Agent.Classes;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>How figures were spread over the periods of a running agent.</summary>
public sealed class AgentFigures
{
    private const int Classes = (int)VcpuClass.Mixed + 1;

    private readonly Histogram[] _delay = Make();

    /// <summary>How long the work of a period took, in ns.</summary>
    public Histogram Tick { get; } = new(100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000,
        300_000_000, 1_000_000_000);

    /// <summary>The share of each period that the vCPUs of a class were runnable and had no pCPU, in millionths.
    /// </summary>
    public Histogram DelayOf(VcpuClass of) => _delay[(int)of];

    /// <summary>A period has ended.</summary>
    public void EndPeriod(Observer observer)
    {
        var vms = observer.Vms;
        for (var i = 0; i < vms.Count; i++)
        {
            var threads = vms[i].Threads;
            for (var j = 0; j < threads.Count && j < vms[i].Vm.Vcpus; j++)
            {
                ref readonly var sample = ref observer.Sampler.Of(threads[j].Slot);
                // The kernel adds a wait when it ends, so one may count more than its period.
                if (sample.Any)
                    DelayOf(threads[j].Class).Add(
                        (long)Int128.Min(1_000_000, (Int128)sample.WaitNs * 1_000_000 / sample.ElapsedNs));
            }
        }
    }

    private static Histogram[] Make()
    {
        var all = new Histogram[Classes];
        for (var c = 0; c < all.Length; c++)
            all[c] = new(1_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000);
        return all;
    }
}
