using System.Text.Json;
using Flms.Bench;
using Flms.Bench.Peers;

namespace Flms.Sim.Tests;

/// <summary>How peers are run and told of, with programs that only pretend.</summary>
public sealed class PeerBenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms-peers").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Counts_are_held_against_the_published_ones_and_who_is_not_built_is_named()
    {
        // Counts for vrr part 4x4 whatever it is asked: wrong for glob.
        Program("ns3", """
            echo '{"events":64517,"wakes":12912,"slice_ends":38708,"completions":12897,"decisions":51609,
            "wait_sum":20908563,"wait_max":2099,"cpu_ns":6451700}'
            """);
        File.WriteAllText(Path.Combine(_folder, "versions"), "ns3 9.9\n");

        var results = PeerBench.Run(_folder, quick: true);

        var peer = results.Where(r => r.Engine == "ns-3 9.9").ToList();
        Assert.Equal(["vrr part 4x4", "vrr glob 4x4", "hold 256"], peer.Select(r => r.Workload));
        Assert.Equal([true, false, null], peer.Select(r => r.Agrees));
        Assert.All(peer, r => Assert.Equal(100, r.NsPerEvent));
        Assert.All(results.Where(r => r.Engine == "SimGrid"), r => Assert.Contains("./eng/peers.sh", r.Missing));
        Assert.All(results.Where(r => r.Engine is "flms" or "bare loop"), r => Assert.True(r.Agrees));
        // Half a kilobyte as the machine begins; nothing after that.
        Assert.InRange(results.First(r => r.Engine == "flms").BytesPerEvent!.Value, 0, 0.02);
        Assert.Single(results, r => r.Engine == "flms's event queue");
        var lines = PeerText.Table(results).Split('\n');
        Assert.Single(lines, l => l.Contains("ns-3 9.9") && l.Contains("as published"));
        Assert.Single(lines, l => l.Contains("ns-3 9.9") && l.Contains("DIFFERENT"));
        using var json = JsonDocument.Parse(PeerText.Json(results));
        Assert.Equal(results.Count, json.RootElement.GetProperty("peers").GetArrayLength());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_program_is_told_what_the_workload_is(bool quick) => Assert.All(PeerWorkload.All(quick), w =>
        Assert.Equal(w.Vrr is { } vrr
            ?
            [
                "vrr", vrr.Mode == VrrMode.Part ? "part" : "glob", $"{vrr.Pcpus}", $"{vrr.PerPcpu}", "1000",
                $"{vrr.EndUs}",
            ]
            : ["hold", $"{w.Pending}", $"{w.Events}"], w.Arguments));

    [Fact]
    public void A_part_of_the_workloads_is_chosen_by_name()
    {
        Assert.Equal(["vrr part 16x8", "vrr glob 16x8"], PeerWorkload.All(false, "16x8").Select(w => w.Name));
        Assert.Equal(["hold 256"], PeerWorkload.All(true, "hold").Select(w => w.Name));
        Assert.Empty(PeerWorkload.All(true, "128x16"));
        Assert.Equal(PeerWorkload.All(false).Count, PeerWorkload.All(false, null).Count);
    }

    // Between events that are pending at any time lie 2^19 ns over their number, on average.
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void The_hold_model_moves_on_by_the_mean_delay(int pending)
    {
        var each = Hold.Run(pending, 409_600) / (409_600.0 / pending);
        Assert.InRange(each, 0.98 * (1 << 19), 1.02 * (1 << 19));
    }

    private void Program(string name, string script)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }
}
