using System.Diagnostics;
using System.Globalization;
using System.Text;
using Flms.Sim;

namespace Flms.Traces.Tests;

/// <summary>Damages real recordings at random: the reader may refuse them, but never with an exception.</summary>
/// <remarks>Runs for 5 s, or as long as the variable FLMS_FUZZ_SECONDS says.</remarks>
public sealed class RecordingFuzzTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly string[] Spices =
    [
        "CPU:1 [LOST 99999999999 EVENTS]\n", "CPU:0 [EVENTS DROPPED]\n", "[", "]", " ==> ", "-1",
        "99999999999999999999", " [000] ", " [4095] ", "0.0:", "\r\n", "\n", "\0", "prev_pid=0 ",
        "next_pid=2147483647 ", "prev_state=256 ",
        " a 1/2 [000] 1.000000000: sched:sched_switch: a:1 [1] S ==> b:2 [1]\n", "\u00ff\u00fe",
        " x-1 [001] d..2. 4000000000.000000: sched_wakeup: comm=x pid=1 prio=1 target_cpu=000\n",
    ];

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_damaged_recording_is_refused_or_read_but_never_an_exception()
    {
        var said = Environment.GetEnvironmentVariable("FLMS_FUZZ_SECONDS");
        var seconds = int.Parse(said ?? "5", CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        var sources = new[] { "noisy4-own50", "mixed-duty" }.Select(n => File.ReadAllBytes(Shared.Kept(n))).ToArray();
        var maps = new[] { "noisy4-own50", "mixed-duty" }
            .Select(n => File.ReadAllBytes(Path.ChangeExtension(Shared.Kept(n), ".json"))).ToArray();
        int cases = 0, refused = 0, badMaps = 0;
        for (; cases < 1000 || watch.Elapsed.TotalSeconds < seconds; cases++)
        {
            var random = new Random(cases);
            var which = random.Next(2);
            var bytes = Damage(Piece(sources[which], random), random);
            try
            {
                if (Texts.Read(bytes, out var trace) is { } error)
                {
                    refused++;
                    Assert.DoesNotContain('\n', error.ToString());
                    continue;
                }
                var map = new List<MappedThread>();
                var text = random.Next(3) == 0 ? Damage(maps[which], random) : maps[which];
                if (ThreadMap.Parse("m.json", text, map, out _) != null)
                {
                    badMaps++;
                    map = ThreadMap.Guess(trace!);
                }
                Use(trace!, map);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"case {cases}: {e}");
            }
        }
        output.WriteLine($"{cases} cases, {refused} recordings and {badMaps} maps refused");
        Assert.InRange(refused, 1, cases - 1);
    }

    // What can be read can also be replayed.
    private static void Use(SchedTrace trace, List<MappedThread> map)
    {
        if (Recording.From(trace, map, "m.json", out var recording) != null) return;
        var options = new ReplayOptions { Include = ReplayThreads.All, Costs = CostModel.None };
        if (ReplayPlan.TryMake(recording!, options, out var plan) != null) return;
        var machine = new Machine(plan!.RecordedMachine, plan.RecordedPolicy);
        machine.Run(plan.Until);
    }

    private static byte[] Piece(byte[] source, Random random)
    {
        var length = random.Next(200, 20_000);
        var from = random.Next(3) == 0 ? 0 : random.Next(source.Length - length);
        if (from > 0) from = Array.IndexOf(source, (byte)'\n', from) + 1;
        length = Math.Min(length, source.Length - from);
        return source.AsSpan(from, length).ToArray();
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        var damaged = new List<byte>(bytes);
        for (var times = random.Next(1, 6); times > 0 && damaged.Count > 4; times--)
        {
            var at = random.Next(damaged.Count);
            var length = Math.Min(random.Next(1, random.Next(2) == 0 ? 8 : 400), damaged.Count - at);
            switch (random.Next(6))
            {
                case 0: damaged[at] = (byte)random.Next(256); break;
                case 1: damaged.RemoveRange(at, length); break;
                case 2: damaged.InsertRange(at, damaged.GetRange(at, length)); break;
                case 3: damaged.InsertRange(at, Encoding.Latin1.GetBytes(Spices[random.Next(Spices.Length)])); break;
                case 4: damaged[at] = (byte)('0' + random.Next(10)); break;
                default: MoveLines(damaged, random); break;
            }
        }
        return [.. damaged];
    }

    private static void MoveLines(List<byte> bytes, Random random)
    {
        var from = bytes.IndexOf((byte)'\n', random.Next(bytes.Count)) + 1;
        var to = from > 0 ? bytes.IndexOf((byte)'\n', from) + 1 : 0;
        if (to <= from) return;
        var line = bytes.GetRange(from, to - from);
        bytes.RemoveRange(from, to - from);
        bytes.InsertRange(bytes.LastIndexOf((byte)'\n', random.Next(bytes.Count)) + 1, line);
    }
}
