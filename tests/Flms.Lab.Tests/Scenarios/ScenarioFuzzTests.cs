using System.Text;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab.Tests.Scenarios;

/// <summary>Damages scenario files at random: reading must end with a scenario or with problems, never
/// otherwise.</summary>
/// <remarks>Runs for 5 s, or for as long as <c>FLMS_FUZZ_SECONDS</c> says.</remarks>
[Trait("Speed", "Slow")]
public sealed class ScenarioFuzzTests
{
    private static readonly string[] Pieces =
    [
        ":", "-", "- ", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "!!int ", "|", ">", "'", "\"", "#", "%", "@", "`",
        "\t", "\n",
        "\n  ", "---\n", "...\n", "\\", "\0", "\uFEFF", "\u2028", "é", "0", "-1", "99999999999", "1e9", "0x10", ".5",
        "~", "null",
        "true", "<<: ", "{{{{{{{{", "[[[[[[[[[", "- - - - ", "1.0000000001ns", "9223372036854775807ns", "0-4095", "0-",
        "all",
    ];

    [Fact]
    public void No_damage_makes_the_reader_fail()
    {
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("FLMS_FUZZ_SECONDS"), out var s) ? s : 5;
        var until = DateTime.UtcNow.AddSeconds(seconds);
        var originals = RepositoryFiles.Scenarios.Select(RepositoryFiles.Text).ToList();
        for (var n = 0; DateTime.UtcNow < until; n++)
        {
            var random = RandomStream.For(20260101, n);
            var text = Damage(originals[random.Next(0, originals.Count)], random);
            var set = random.Next() < 0.3 ? new Override(Damage("domains.web.weight", random), Damage("5", random),
                "--set") : null;
            try
            {
                var reading = ScenarioReader.Read(text, "fuzz.yaml", new() { Overrides = set == null ? [] : [set] });
                Assert.True(reading.Ok == (reading.Problems.Count == 0));
                Assert.All(reading.Problems, p => Assert.DoesNotContain(p.ToString(), char.IsControl));
            }
            catch (Exception e)
            {
                var file = Path.Combine(Path.GetTempPath(), $"flms-fuzz-{n}.yaml");
                File.WriteAllText(file, text);
                Assert.Fail($"case {n} ({file}, {set}): {e}");
            }
        }
    }

    private static string Damage(string text, RandomStream random)
    {
        var damaged = new StringBuilder(text);
        for (var times = random.Next(1, 6); times > 0; times--)
        {
            var at = random.Next(0, damaged.Length + 1);
            switch (random.Next(0, 5))
            {
                case 0:
                    damaged.Insert(at, Pieces[random.Next(0, Pieces.Length)]);
                    break;
                case 1 when at < damaged.Length:
                    damaged.Remove(at, Math.Min(random.Next(1, 30), damaged.Length - at));
                    break;
                case 2 when at < damaged.Length:
                    damaged[at] = (char)random.Next(0, 0x250);
                    break;
                case 3 when at < damaged.Length:
                    var length = Math.Min(random.Next(1, 60), damaged.Length - at);
                    damaged.Insert(random.Next(0, damaged.Length), damaged.ToString(at, length));
                    break;
                case 4 when random.Next() < 0.1:
                    damaged.Length = at;
                    break;
            }
        }
        return damaged.ToString();
    }
}
