using Flms.Sweep.Points;

namespace Flms.Sweep.Results;

/// <summary>Where the results of a run go. Threads may share it.</summary>
public interface IResults
{
    /// <summary>The hashes of the results that are there already.</summary>
    /// <exception cref="StoreFault">They cannot be read.</exception>
    HashSet<string> Done();

    /// <summary>Keeps a result. One that is there already stays as it is.</summary>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    void Add(PointResult result);

    /// <summary>Notes that a point's run failed. A later run tries it again.</summary>
    /// <param name="hash">The point's content.</param>
    /// <param name="policy">Did the policy break the contract?</param>
    /// <param name="message">What happened, in one line.</param>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    void AddFault(string hash, bool policy, string message);
}
