using Flms.Sweep.Plans;
using Flms.Sweep.Points;

namespace Flms.Sweep.Results;

/// <summary>One or more files of one sweep, read as if they were one; a <see cref="PieceFolder"/> stands for the
/// files in it.</summary>
public sealed class SweepFiles : IDisposable
{
    private const int Batch = 500;

    private readonly List<SweepStore> _stores = [];

    // Which of the stores have a result.
    private readonly Dictionary<string, List<int>> _where = new(StringComparer.Ordinal);

    private SweepFiles() { }

    /// <summary>The plan that all of them have.</summary>
    public PlanTable Plan { get; private set; } = null!;

    /// <summary>How many points have a result.</summary>
    public int Done => Plan.Points.Count(IsDone);

    /// <summary>Points without a result, in the order of their numbers.</summary>
    public IEnumerable<PlanPoint> Missing => Plan.Points.Where(p => !IsDone(p));

    /// <summary>Opens files to read.</summary>
    /// <param name="files">As the user named them; at least one.</param>
    /// <exception cref="StoreFault">One cannot be read, or they are of different sweeps.</exception>
    public static SweepFiles Open(IReadOnlyList<string> files)
    {
        var all = new SweepFiles();
        try
        {
            foreach (var file in files)
            {
                var folder = PieceFolder.Is(file) ? PieceFolder.At(file) : null;
                var store = all.Take(folder == null ? SweepStore.OpenToRead(file)
                    : SweepStore.OpenPiece(folder.Plan));
                var plan = store.ReadPlan();
                all.Plan ??= plan;
                if (all.Plan.MakeId() != plan.MakeId()) throw Differ(files[0], all.Plan, file, plan);
                if (folder != null) all.AddPieces(folder);
            }
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    /// <summary>Reads also what a folder holds, whatever plan it was run with.</summary>
    /// <exception cref="StoreFault">A piece cannot be read.</exception>
    public void AddPieces(PieceFolder folder)
    {
        foreach (var piece in folder.Pieces()) Take(SweepStore.OpenPiece(piece));
    }

    /// <summary>Has the point a result?</summary>
    public bool IsDone(PlanPoint point) => _where.ContainsKey(point.Hash);

    /// <summary>Points without a result whose run failed, in the order of their numbers.</summary>
    public IReadOnlyList<FailedPoint> Failed()
    {
        var faults = new Dictionary<string, (bool Policy, string Message)>(StringComparer.Ordinal);
        foreach (var store in _stores)
            foreach (var (hash, fault) in store.Faults()) faults.TryAdd(hash, fault);
        return
        [
            .. Missing.Where(p => faults.ContainsKey(p.Hash))
                .Select(p => new FailedPoint(p, faults[p.Hash].Policy, faults[p.Hash].Message)),
        ];
    }

    /// <summary>What a point measured; null if it has no result.</summary>
    /// <exception cref="StoreFault">Two files say different things of it.</exception>
    public PointResult? Read(PlanPoint point)
    {
        if (!_where.TryGetValue(point.Hash, out var stores)) return null;
        var found = _stores[stores[0]].Read(point.Hash)!;
        foreach (var s in stores[1..])
            if (!_stores[s].Read(point.Hash)!.Measured(found))
                throw SweepStore.Disagree($"{point.Number}", _stores[s].File, _stores[stores[0]].File);
        return found;
    }

    /// <summary>Puts everything into one new file, in the order of the plan: the same bytes whatever the files
    /// were.</summary>
    /// <param name="file">It is written beside its place and put there when it is complete; it may be one of the
    /// files that are read.</param>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public void WriteTo(string file)
    {
        var target = Path.GetFullPath(file);
        var part = Path.Combine(Path.GetDirectoryName(target)!,
            $".{Path.GetFileName(target)}.{Environment.ProcessId}.part");
        try
        {
            using (var store = SweepStore.OpenToWrite(part, Plan))
                foreach (var batch in Plan.Points.DistinctBy(p => p.Hash).Chunk(Batch))
                    store.AddAll([.. batch.Select(Read).OfType<PointResult>()]);
            File.Move(part, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreFault($"{file} cannot be written: {e.Message.TrimEnd('.')}", true);
        }
        finally
        {
            foreach (var rest in (string[])["", "-wal", "-shm", "-journal"]) File.Delete(part + rest);
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var store in _stores) store.Dispose();
    }

    private SweepStore Take(SweepStore store)
    {
        _stores.Add(store);
        foreach (var hash in store.Done())
            if (_where.TryGetValue(hash, out var stores)) stores.Add(_stores.Count - 1);
            else _where.Add(hash, [_stores.Count - 1]);
        return store;
    }

    private static StoreFault Differ(string first, PlanTable one, string second, PlanTable other) => new(
        one.Version != other.Version
            ? $"{second}: it was run by flms {other.Version}, {first} by flms {one.Version}; run one of them again"
            : $"{second}: it holds another sweep than {first}; run both with the same sweep file", false);
}
