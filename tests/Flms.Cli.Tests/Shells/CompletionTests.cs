using System.ComponentModel;
using System.Diagnostics;
using Flms.Agent.Classes;
using Flms.Cli.Shells;

namespace Flms.Cli.Tests.Shells;

/// <summary>What real shells complete, in a folder with a scenario, a recording and a folder.</summary>
public sealed class CompletionTests : TestFolder
{
    private static readonly ShellVerb Model = ShellVerb.Of(Commands.Root(new()
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
    }));

    public CompletionTests()
    {
        foreach (var name in (string[])["a.yaml", "c d.yml", "host.trace", "host.json", "notes.txt"])
            Write(name, "");
        Directory.CreateDirectory(PathOf("more"));
        foreach (var shell in ShellScript.All)
        {
            var script = Command.Run("completion", shell.Name);
            Assert.Equal(ExitCode.Fine, script.Code);
            Write(shell.Name == "zsh" ? "_flms" : $"flms.{shell.Name}", script.Out);
        }
    }

    public static TheoryData<string, string, string[]> Lines
    {
        get
        {
            (string Line, string[] Answers)[] lines =
            [
                ("flms compa", ["compare"]),
                ("flms agent apply --dr", ["--dry-run"]),
                ("flms agent run --mode ", ["advise", "enforce", "observe"]),
                ("flms compare ", ["a.yaml", "c d.yml", "more"]),
                ("flms replay ho", ["host.trace"]),
                ("flms replay host.trace --schedulers credit,fl", ["flms", "flms:default", "flms:paper"]),
                ("flms schedulers credit", ["credit", "credit2"]),
                ("flms compare a.yaml --se", ["--seed", "--set"]),
                ("flms paper fig1 table", ["table1"]),
                ("flms completion ", ["bash", "fish", "zsh"]),
            ];
            var data = new TheoryData<string, string, string[]>();
            foreach (var shell in ShellScript.All)
                foreach (var (line, answers) in lines) data.Add(shell.Name, line, answers);
            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Lines))]
    public void A_real_shell_completes(string shell, string line, string[] answers) =>
        Assert.Equal(answers, Complete(shell, line).Select(Bare).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_verb_and_option_is_completed_by_bash()
    {
        foreach (var verb in Model.All)
        {
            var line = $"flms {verb.Path}".TrimEnd();
            if (verb.Verbs.Count > 0) Assert.Equal(verb.Verbs.Select(v => v.Name), Complete("bash", line + " "));
            Assert.Equal(verb.Options.SelectMany(o => o.Names), Complete("bash", line + " --"));
        }
    }

    [Fact]
    public void An_option_is_offered_once_unless_it_may_be_given_again()
    {
        var answers = Complete("bash", "flms compare a.yaml --set x=1 --seed 3 --");
        Assert.Contains("--set", answers);
        Assert.DoesNotContain("--seed", answers);
    }

    [Fact]
    public void A_value_behind_an_equals_sign_is_completed() =>
        Assert.Equal(["enforce"], Complete("bash", "flms agent run --mode=en"));

    [Fact]
    public void Words_of_a_class_are_those_that_can_be_said() => Assert.All(
        ShellValues.Of("agent class", new System.CommandLine.Argument<string>("class"), "CLASS").Words,
        word => Assert.True(VmWord.TryParse(word, out _), word));

    [SkippableFact]
    public void Typed_on_a_terminal_it_goes_as_far_as_it_can_also_behind_a_colon()
    {
        // What readline makes of the answers is seen in the words that the command gets.
        var typed = $$"""
            PS1=; flms() { printf '<%s>' "$@"; echo; }; source {{PathOf("flms.bash")}}
            flms compl{{'\t'}}ba{{'\t'}}
            flms compare c{{'\t'}}--sched{{'\t'}}flms:pa{{'\t'}}
            exit

            """;
        var outcome = Start("script", ["-qec", "bash --norc --noprofile -i", "/dev/null"], typed);
        Assert.Contains("<completion><bash>", outcome);
        Assert.Contains("<compare><c d.yml><--schedulers><flms:paper>", outcome);
    }

    [Fact]
    public void A_shell_that_is_not_known_is_an_error()
    {
        var error = Command.Fails(ExitCode.Usage, "completion", "tcsh");
        Assert.Contains("bash, zsh or fish", error);
    }

    private string[] Complete(string shell, string line)
    {
        var tools = Path.Combine(SourceTree.Root, "tests/Flms.Cli.Tests/Shells");
        var output = shell switch
        {
            "bash" => Start("bash", ["--norc", "--noprofile", $"{tools}/complete.bash", PathOf("flms.bash"), line]),
            "zsh" => Start("zsh", ["-f", $"{tools}/complete.zsh", PathOf(), line]),
            _ => Start("fish", ["--no-config", "-c", "source flms.fish; complete -C $argv[1]", line]),
        };
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // fish adds explanations; zsh quotes; a folder may end with a slash; a list has the words before the comma.
    private static string Bare(string answer) =>
        answer.Split('\t')[0].Replace("\\", "", StringComparison.Ordinal).TrimEnd('/', ' ').Split(',')[^1];

    private string Start(string program, string[] words, string input = "")
    {
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = PathOf(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = PathOf();
        start.Environment["TERM"] = "dumb";
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Skip.If(true, $"needs {program} (apt-get install {(program == "script" ? "bsdutils" : program)})");
        }
        using (process)
        {
            process!.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output;
        }
    }
}
