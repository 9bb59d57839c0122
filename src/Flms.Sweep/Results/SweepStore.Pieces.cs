using Flms.Sweep.Points;
using Microsoft.Data.Sqlite;

namespace Flms.Sweep.Results;

public sealed partial class SweepStore
{
    /// <summary>Makes a file of results without a plan, for others to read when it is complete.</summary>
    internal static SweepStore CreatePiece(string file) => Open(file, Way.Write, store =>
    {
        // Nobody looks before it is complete: no log is needed.
        store.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
        store.Execute(Schema);
        store.Execute($"PRAGMA application_id={ApplicationId}; PRAGMA user_version={Format}");
    });

    /// <summary>Opens a file that nobody will ever change, without locks: a network's file system may have
    /// none.</summary>
    internal static SweepStore OpenPiece(string file) => Open(file, Way.ReadUnchanging, _ => { });

    /// <summary>Keeps what pieces hold. Results that are there already are compared.</summary>
    /// <param name="piece">Whose results to keep.</param>
    /// <returns>The points whose run failed, by hash, as <see cref="Faults"/> has them.</returns>
    /// <exception cref="StoreFault">It cannot be written, or the two say different things of one point.</exception>
    public Dictionary<string, (bool Policy, string Message)> AddPiece(string piece)
    {
        using var from = OpenPiece(piece);
        var done = Done();
        var fresh = new List<PointResult>();
        foreach (var hash in from.Done())
        {
            var result = from.Read(hash)!;
            if (!done.Contains(hash)) fresh.Add(result);
            else if (!result.Measured(Read(hash)!)) throw Disagree(hash, piece, File);
        }
        AddAll(fresh);
        var faults = from.Faults();
        foreach (var (hash, (policy, message)) in faults)
            if (!done.Contains(hash)) AddFault(hash, policy, message);
        return faults;
    }

    /// <summary>Two files differ about a result.</summary>
    internal static StoreFault Disagree(string point, string file, string other) => new(
        $"{file}: point {point} has other results than in {other}, although its content is the same; run both again, "
        + "and report it if it happens again", false);
}
