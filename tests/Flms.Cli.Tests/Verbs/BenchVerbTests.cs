namespace Flms.Cli.Tests.Verbs;

public sealed class BenchVerbTests
{
    [Fact]
    public void A_case_is_one_of_the_peers_and_a_wrong_one_names_those_there_are()
    {
        Assert.Contains("give both", Command.Fails(ExitCode.Usage, "bench", "--case", "16x8"));
        var message = Command.Fails(ExitCode.Usage, "bench", "--peers", "--case", "17x8");
        Assert.Contains("vrr part 16x8, ", message);
        Assert.DoesNotContain("16x8", Command.Fails(ExitCode.Usage, "bench", "--peers", "--quick", "--case", "17x8"));
    }
}
