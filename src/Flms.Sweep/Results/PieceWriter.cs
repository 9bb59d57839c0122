using System.Diagnostics;
using Flms.Sweep.Plans;
using Flms.Sweep.Points;

namespace Flms.Sweep.Results;

/// <summary>Writes the results of one part of a sweep into a folder, piece by piece.</summary>
/// <remarks>A task that is killed loses what it has finished since its last piece; run again, it begins behind that
/// piece.</remarks>
/// <param name="folder">Where they go.</param>
/// <param name="shard">Which part; it begins the names of the pieces.</param>
public sealed class PieceWriter(PieceFolder folder, Shard shard) : IResults, IDisposable
{
    private readonly Lock _turn = new();
    private readonly List<PointResult> _results = [];
    private readonly List<FailedHash> _faults = [];
    private Stopwatch _age = new();

    /// <summary>How old a result may grow before it is written with all others that wait. Default: 30 s.</summary>
    /// <remarks>So much work is lost at most when the machine dies; so many files come of a long task.</remarks>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public HashSet<string> Done()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var piece in folder.Pieces(shard))
        {
            using var store = SweepStore.OpenPiece(piece);
            done.UnionWith(store.Done());
        }
        return done;
    }

    /// <inheritdoc/>
    public void Add(PointResult result)
    {
        lock (_turn)
        {
            _results.Add(result);
            Look();
        }
    }

    /// <inheritdoc/>
    public void AddFault(string hash, bool policy, string message)
    {
        lock (_turn)
        {
            _faults.Add(new(hash, policy, message));
            Look();
        }
    }

    /// <summary>Writes what waits.</summary>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public void Dispose()
    {
        lock (_turn) Write();
    }

    private void Look()
    {
        if (!_age.IsRunning) _age = Stopwatch.StartNew();
        else if (_age.Elapsed >= Patience) Write();
    }

    private void Write()
    {
        if (_results.Count + _faults.Count == 0) return;
        var content = Canonical.Hash(string.Join('\n', _results.Select(r => r.Hash).Order(StringComparer.Ordinal))
            + "\n\n" + string.Join('\n', _faults.Select(f => $"{f.Hash} {f.Message}").Order(StringComparer.Ordinal)));
        WholeFile.Put(folder.PathOf(shard, content), file =>
        {
            using var piece = SweepStore.CreatePiece(file);
            piece.AddAll([.. _results.OrderBy(r => r.Hash, StringComparer.Ordinal)]);
            foreach (var fault in _faults) piece.AddFault(fault.Hash, fault.Policy, fault.Message);
        });
        _results.Clear();
        _faults.Clear();
        _age = new();
    }

    private readonly record struct FailedHash(string Hash, bool Policy, string Message);
}
