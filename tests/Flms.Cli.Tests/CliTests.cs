namespace Flms.Cli.Tests;

public sealed class CliTests
{
    [Fact]
    public void Without_a_verb_it_says_where_they_are_listed() =>
        Assert.Equal("flms: a verb is missing; flms --help lists them",
            Command.Fails(ExitCode.Usage));

    [Theory]
    [InlineData("scheduler", "did you mean schedulers?")]
    [InlineData("verison", "did you mean version?")]
    public void A_verb_spelled_wrong_is_guessed(string word, string guess) =>
        Assert.Contains(guess, Command.Fails(ExitCode.Usage, word));

    [Fact]
    public void A_verb_like_no_other_is_not_guessed() =>
        Assert.Equal("flms: unknown verb 'xylophone'; flms --help lists them",
            Command.Fails(ExitCode.Usage, "xylophone"));

    [Theory]
    [InlineData("version", "--jsno")]
    [InlineData("schedulers", "--jsno")]
    public void An_option_spelled_wrong_is_guessed(params string[] args) => Assert.Equal(
        $"flms: {args[0]} has no option --jsno; did you mean --json? flms {args[0]} --help lists them",
        Command.Fails(ExitCode.Usage, args));

    [Fact]
    public void An_option_before_the_verb_is_explained() =>
        Assert.Contains("options come after a verb", Command.Fails(ExitCode.Usage, "--nonsense"));

    [Fact]
    public void One_word_too_many_is_named() =>
        Assert.Contains("'extra'", Command.Fails(ExitCode.Usage, "version", "extra"));

    [Fact]
    public void Files_of_arguments_are_ordinary_words() =>
        Assert.Contains("'@args'", Command.Fails(ExitCode.Usage, "version", "@args"));

    [Fact]
    public void A_stream_that_takes_nothing_is_an_output_error()
    {
        var outcome = Command.Run(new Screen { Out = new FullDisk() }, "version");
        Assert.Equal(ExitCode.Output, outcome.Code);
        Assert.Equal("flms: standard output: no space left\n", outcome.Error);
    }

    private sealed class FullDisk : StringWriter
    {
        public override void Flush() => throw new IOException("no space left");
    }
}
