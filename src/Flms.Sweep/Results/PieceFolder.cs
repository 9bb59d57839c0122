using Flms.Sweep.Plans;

namespace Flms.Sweep.Results;

/// <summary>A folder of results that many processes write, on as many machines: the plan in one file, and results in
/// pieces.</summary>
/// <remarks>
/// A piece is a small file of results. It is written elsewhere, put into the folder under a name made of its content,
/// and never changed: there are no locks, and a machine that dies leaves whole pieces only. Two processes that run the
/// same points write the same results twice, and whoever reads counts each point once. So it needs of the file system
/// no more than that a file can be renamed.
/// </remarks>
public sealed class PieceFolder
{
    private const string PlanFile = "plan.db";
    private const string Ending = ".piece";

    private PieceFolder(string path) => Path = path;

    /// <summary>The folder, as the user named it.</summary>
    public string Path { get; }

    /// <summary>The file that holds the plan and no results.</summary>
    public string Plan => System.IO.Path.Combine(Path, PlanFile);

    /// <summary>Is it such a folder?</summary>
    public static bool Is(string path) => File.Exists(System.IO.Path.Combine(path, PlanFile));

    /// <summary>A folder that is there already.</summary>
    public static PieceFolder At(string path) => new(path);

    /// <summary>Makes the folder, unless it is there, and puts the plan into it.</summary>
    /// <param name="path">As the user named it.</param>
    /// <param name="plan">It takes the place of the plan that the folder has, if that is another.</param>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public static PieceFolder Prepare(string path, PlanTable plan)
    {
        var folder = new PieceFolder(path);
        WholeFile.Refusals(path, () => Directory.CreateDirectory(path));
        if (!folder.Has(plan))
            WholeFile.Put(folder.Plan, file => SweepStore.OpenToWrite(file, plan).Dispose());
        return folder;
    }

    /// <summary>The pieces, each a file; in no order.</summary>
    /// <param name="part">Of which part of the sweep; without it, all.</param>
    public IReadOnlyList<string> Pieces(Shard? part = null) => !Directory.Exists(Path) ? []
        : Directory.GetFiles(Path, part is { } shard ? $"{Label(shard)}.*{Ending}" : $"*{Ending}");

    /// <summary>How a piece begins its name: the part of the sweep that it is of.</summary>
    internal static string Label(Shard shard) => $"{shard.Index}-of-{shard.Of}";

    /// <summary>Where a piece goes.</summary>
    internal string PathOf(Shard shard, string content) =>
        System.IO.Path.Combine(Path, $"{Label(shard)}.{content}{Ending}");

    private bool Has(PlanTable plan)
    {
        if (!Is(Path)) return false;
        try
        {
            using var store = SweepStore.OpenPiece(Plan);
            return store.ReadPlan().MakeId() == plan.MakeId();
        }
        catch (StoreFault)
        {
            return false;
        }
    }
}
