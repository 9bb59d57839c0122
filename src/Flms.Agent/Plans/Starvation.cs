using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Agent.Sampling;

namespace Flms.Agent.Plans;

/// <summary>Finds boosted threads that want to run and are not let.</summary>
/// <remarks>A budget bounds a thread, and what it owes it pays back in its budget: a small one that owes much, or that
/// the kernel keeps books of wrongly, might not run for seconds. No VM is ever to stand still by our doing, so such a
/// boost is ended: who shares fairly owes nothing.</remarks>
/// <param name="files">The machine's files.</param>
internal sealed class Starvation(ISystemFiles files)
{
    private const int Patience = 2; // periods: one that has just been woken looks the same at one moment

    private readonly Dictionary<ThreadIdentity, int> _periods = [];
    private readonly byte[] _text = new byte[1 << 10];

    /// <summary>A period ends: has the thread wanted to run in this and the last one, and not been let?</summary>
    /// <param name="id">Which.</param>
    /// <param name="boosted">Is it boosted?</param>
    /// <param name="sample">What it did.</param>
    public bool Ends(ThreadIdentity id, bool boosted, in ThreadSample sample)
    {
        if (!(boosted && sample.Any && sample is { RunNs: 0, Timeslices: 0 } && IsRunnable(id.Tid)))
        {
            if (_periods.Count > 0) _periods.Remove(id);
            return false;
        }
        return (_periods[id] = _periods.GetValueOrDefault(id) + 1) >= Patience;
    }

    /// <summary>Forgets a thread that has ended.</summary>
    public void Forget(ThreadIdentity id) => _periods.Remove(id);

    private bool IsRunnable(int tid)
    {
        var n = files.ReadOnce($"/proc/{tid}/stat", _text);
        return n > 0 && ProcText.TryStat(_text.AsSpan(0, n), out var stat) && stat.State == 'R';
    }
}
