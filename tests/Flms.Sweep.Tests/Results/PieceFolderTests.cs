using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests.Results;

public sealed class PieceFolderTests : SweepFolder
{
    private const string Spec = "scenario: scenario.yaml\nreplications: 8\n";

    [Fact]
    public void A_folder_is_read_as_a_file_is()
    {
        var plan = Plan(Spec);
        Run(plan, "whole.db");
        foreach (var i in (int[])[2, 0, 1]) Into("parts", plan, new(i, 3));
        Assert.Equal(Csv("whole.db"), Csv("parts"));
        Assert.Equal(3, Folder.Pieces().Count);
        Assert.Single(Folder.Pieces(new Shard(1, 3)));
        // Also together with others.
        Assert.Equal(Csv("whole.db"), Csv("parts", "whole.db"));
    }

    [Fact]
    public void A_part_that_is_run_again_begins_behind_its_pieces()
    {
        var plan = Plan(Spec);
        using (var results = new PieceWriter(PieceFolder.Prepare(PathOf("parts"), plan.Table), Shard.Whole))
        {
            using var stop = new CancellationTokenSource();
            var run = new SweepRun(plan, results) { Threads = 1, Progress = p => { if (p >= 0.5) stop.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        }
        Assert.Equal(8, Into("parts", plan, Shard.Whole).Kept);
        Run(plan, "whole.db");
        Assert.Equal(Csv("whole.db"), Csv("parts"));
    }

    [Fact]
    public void The_same_part_run_twice_is_the_same_piece()
    {
        var plan = Plan(Spec);
        Into("parts", plan, new(0, 3));
        Into("other", plan, new(0, 3));
        var (one, two) = (Folder.Pieces()[0], PieceFolder.At(PathOf("other")).Pieces()[0]);
        Assert.Equal(Path.GetFileName(one), Path.GetFileName(two));
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(two));
    }

    [Fact]
    public void Results_are_written_after_a_while_although_the_part_is_not_finished()
    {
        var plan = Plan(Spec);
        using var results = new PieceWriter(PieceFolder.Prepare(PathOf("parts"), plan.Table), Shard.Whole)
        {
            Patience = TimeSpan.Zero,
        };
        new SweepRun(plan, results) { Threads = 1 }.Run();
        // The first only starts the clock, and goes with the second.
        Assert.Equal(8, Folder.Pieces().Count);
    }

    [Fact]
    public void What_is_no_piece_and_what_is_half_written_is_left_alone()
    {
        var plan = Plan(Spec);
        Into("parts", plan, Shard.Whole);
        Write("parts/.x.part", "half");
        Write("parts/notes.txt", "mine");
        Run(plan, "whole.db");
        Assert.Equal(Csv("whole.db"), Csv("parts"));
    }

    [Fact]
    public void A_piece_alone_is_no_sweep()
    {
        Into("parts", Plan(Spec), Shard.Whole);
        var fault = Assert.Throws<StoreFault>(() => SweepFiles.Open([Folder.Pieces()[0]]));
        Assert.Contains("name the folder that it is in", fault.Message);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told()
    {
        Write("file", "");
        var fault = Assert.Throws<StoreFault>(() => PieceFolder.Prepare(PathOf("file"), Plan(Spec).Table));
        Assert.True(fault.IsOutput);
        Assert.StartsWith($"{PathOf("file")} cannot be written: ", fault.Message);
    }

    private PieceFolder Folder => PieceFolder.At(PathOf("parts"));

    private SweepOutcome Into(string folder, SweepPlan plan, Shard shard)
    {
        using var results = new PieceWriter(PieceFolder.Prepare(PathOf(folder), plan.Table), shard);
        return new SweepRun(plan, results) { Threads = 2, Shard = shard }.Run();
    }
}
