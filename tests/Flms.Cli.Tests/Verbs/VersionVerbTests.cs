using System.Text.Json;

namespace Flms.Cli.Tests.Verbs;

public sealed class VersionVerbTests
{
    [Fact]
    public void The_option_and_the_verb_say_the_same()
    {
        var outcome = Command.Run("version");
        Assert.Matches(@"^flms \d+\.\d+\.\d+.* \(.*\.NET 10.*\)\n$", outcome.Out);
        Assert.Equal(outcome, Command.Run("--version"));
    }

    [Fact]
    public void The_json_parts_it()
    {
        using var json = JsonDocument.Parse(Command.Run("version", "--json").Out);
        Assert.Equal(["version", "commit", "runtime", "system"],
            json.RootElement.EnumerateObject().Select(p => p.Name));
    }
}
