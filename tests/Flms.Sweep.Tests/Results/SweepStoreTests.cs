using Flms.Sweep.Results;
using Microsoft.Data.Sqlite;

namespace Flms.Sweep.Tests.Results;

public sealed class SweepStoreTests : SweepFolder
{
    private const string Spec = "scenario: scenario.yaml\nreplications: 3\n";

    [Fact]
    public void A_plan_comes_back_as_it_was_put_in()
    {
        var plan = Plan("""
            name: "a, \"b\""
            scenario: scenario.yaml
            axes: { load: { "1,2": { domains.batch.count: 1 }, "\"": { domains.batch.count: 2 } } }
            """).Table;
        SweepStore.OpenToWrite(PathOf("a.db"), plan).Dispose();
        using var store = SweepStore.OpenToRead(PathOf("a.db"));
        var back = store.ReadPlan();
        Assert.Equal((plan.MakeId(), plan.Name, plan.Version, plan.Objectives),
            (back.MakeId(), back.Name, back.Version, back.Objectives));
        Assert.Equal(plan.Points, back.Points);
    }

    [Fact]
    public void A_finished_sweep_is_one_plain_file()
    {
        Run(Plan(Spec), "a.db", threads: 2);
        Assert.Equal(["a.db", "scenario.yaml", "sweep.yaml"], FilesLeft);
    }

    [Fact]
    public void Results_can_be_read_with_SQL()
    {
        Run(Plan(Spec), "a.db");
        using var connection = new SqliteConnection($"Data Source={PathOf("a.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*), count(mean) FROM figures WHERE measure = 'web.ping.rtt_ms'";
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        Assert.Equal((6, 6), (reader.GetInt32(0), reader.GetInt32(1)));
    }

    [Fact]
    public void Results_can_be_read_while_they_are_written()
    {
        var plan = Plan(Spec);
        using var store = SweepStore.OpenToWrite(PathOf("a.db"), plan.Table);
        using var files = SweepFiles.Open([PathOf("a.db")]);
        Assert.Equal(0, files.Done);
        new SweepRun(plan, store).Run();
        using var later = SweepFiles.Open([PathOf("a.db")]);
        Assert.Equal(6, later.Done);
    }

    [Theory]
    [InlineData("no database, but a text")]
    [InlineData("x")]
    public void A_file_of_something_else_is_refused_and_left_as_it_is(string text)
    {
        // Short, and long enough to be taken for the head of a file.
        text = string.Concat(Enumerable.Repeat(text, 40));
        var file = Write("a.db", text);
        var fault = Assert.Throws<StoreFault>(() => SweepStore.OpenToRead(file));
        Assert.Contains("no file of sweep results", fault.Message);
        Assert.Throws<StoreFault>(() => SweepStore.OpenToWrite(file, Plan(Spec).Table));
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Fact]
    public void A_database_of_something_else_is_refused_and_left_as_it_is()
    {
        using (var other = new SqliteConnection($"Data Source={PathOf("a.db")};Pooling=false"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "CREATE TABLE precious(thing)";
            command.ExecuteNonQuery();
        }
        var before = File.ReadAllBytes(PathOf("a.db"));
        var plan = Plan(Spec).Table;
        foreach (var open in (Action[])
            [() => SweepStore.OpenToRead(PathOf("a.db")), () => SweepStore.OpenToWrite(PathOf("a.db"), plan)])
        {
            var fault = Assert.Throws<StoreFault>(open);
            Assert.False(fault.IsOutput);
            Assert.Contains("no file of sweep results", fault.Message);
        }
        Assert.Equal(before, File.ReadAllBytes(PathOf("a.db")));
    }

    [Fact]
    public void An_empty_file_is_one_that_was_begun_and_killed()
    {
        Write("a.db", "");
        Assert.Equal(6, Run(Plan(Spec), "a.db").Ran);
    }

    [Fact]
    public void A_damaged_file_is_told_and_not_read_as_if_it_were_whole()
    {
        Run(Plan("scenario: scenario.yaml\nreplications: 40\n"), "a.db");
        var bytes = File.ReadAllBytes(PathOf("a.db"));
        // Everything after the first page is gone over with noise.
        for (var i = 4096; i < bytes.Length; i++) bytes[i] = (byte)((i * 7919 >> 3) & 0xff);
        File.WriteAllBytes(PathOf("a.db"), bytes);
        var fault = Assert.Throws<StoreFault>(() => Csv("a.db"));
        Assert.False(fault.IsOutput);
        Assert.Contains("damaged", fault.Message);
    }

    [Fact]
    public void A_file_of_a_later_format_is_refused()
    {
        Run(Plan(Spec), "a.db");
        using (var other = new SqliteConnection($"Data Source={PathOf("a.db")};Pooling=false"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "PRAGMA user_version=99";
            command.ExecuteNonQuery();
        }
        Assert.Contains("format 99",
            Assert.Throws<StoreFault>(() => SweepStore.OpenToRead(PathOf("a.db"))).Message);
    }

    [Fact]
    public void A_folder_that_is_not_there_and_a_folder_in_place_of_a_file_are_told()
    {
        var plan = Plan(Spec).Table;
        Assert.True(Assert.Throws<StoreFault>(() => SweepStore.OpenToWrite(PathOf("no/a.db"), plan)).IsOutput);
        Assert.True(Assert.Throws<StoreFault>(() => SweepStore.OpenToWrite(PathOf("."), plan)).IsOutput);
        Assert.False(Assert.Throws<StoreFault>(() => SweepStore.OpenToRead(PathOf("none.db"))).IsOutput);
    }

    [Fact]
    public void Files_of_different_sweeps_are_not_put_together()
    {
        Run(Plan(Spec), "a.db");
        Run(Plan(Spec + "set: { duration: 100ms }\n"), "b.db");
        Assert.Contains("another sweep", Assert.Throws<StoreFault>(() => Csv("a.db", "b.db")).Message);
    }

    [Fact]
    public void Files_that_disagree_on_a_point_are_told()
    {
        Run(Plan(Spec), "a.db");
        File.Copy(PathOf("a.db"), PathOf("b.db"));
        using (var other = new SqliteConnection($"Data Source={PathOf("b.db")};Pooling=false"))
        {
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "UPDATE figure SET mean = mean + 1 WHERE result = 3 AND place = 0";
            command.ExecuteNonQuery();
        }
        Assert.Contains("other results", Assert.Throws<StoreFault>(() => Csv("a.db", "b.db")).Message);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_programs_may_write_one_file_at_once_and_each_point_is_kept_once()
    {
        var plan = Plan("scenario: scenario.yaml\nreplications: 20\n");
        SweepStore.OpenToWrite(PathOf("a.db"), plan.Table).Dispose();
        Parallel.For(0, 2, _ => Run(plan, "a.db"));
        Run(plan, "b.db");
        Assert.Equal(Csv("b.db"), Csv("a.db"));
    }
}
