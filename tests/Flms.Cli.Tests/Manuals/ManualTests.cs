using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Flms.Agent;
using Flms.Cli.Manuals;
using Flms.Cli.Verbs.Agents;

namespace Flms.Cli.Tests.Manuals;

/// <summary>The pages that a package brings, as man(1) shows them.</summary>
public sealed partial class ManualTests
{
    private static readonly System.CommandLine.RootCommand Root = Commands.Root(new()
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
    });

    private static readonly Dictionary<string, string> Pages = new Manual(Root,
        page => File.ReadAllText(Path.Combine(SourceTree.Root, "docs", page))).Pages.ToDictionary();

    public static TheoryData<string> Names { get; } = [.. Pages.Keys];

    [GeneratedRegex(@"^#( *[a-z_]+:| *- |    class)", RegexOptions.Multiline)]
    private static partial Regex KeyLine();

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Man_shows_a_page_without_a_warning(string name)
    {
        var (text, warnings) = Show(Pages[name]);
        Assert.Equal("", warnings);
        Assert.StartsWith(name.Split('.')[0].ToUpperInvariant(), text.TrimStart());
        // Marks of the documentation have become fonts.
        Assert.DoesNotContain("**", text);
        Assert.DoesNotContain("](", text);
    }

    [SkippableFact]
    public void Every_verb_and_every_option_is_in_a_page()
    {
        var agent = Root.Subcommands.OfType<AgentVerb>().Single();
        var (flms, _) = Show(Pages["flms.1"]);
        var (ofAgent, _) = Show(Pages["flms-agent.8"]);
        foreach (var verb in Root.Subcommands.OfType<Verb>().SelectMany(v => v.Leaves))
        {
            var page = agent.Leaves.Contains(verb) ? ofAgent : flms;
            Assert.Contains($"\n   flms {verb.FullName}\n", page);
            Assert.All(verb.Groups.SelectMany(g => g.Options),
                option => Assert.Matches($@"\n       {Regex.Escape(option.Name)}( |\n)", page));
        }
    }

    [Fact]
    public void The_agents_page_says_what_its_documentation_promises()
    {
        var page = Pages["flms-agent.8"];
        Assert.All((string[])["WHAT IS NEVER TOUCHED", "HOW EVERYTHING IS PUT BACK", "WHAT KERNELS CAN DO"],
            title => Assert.Contains($".SH {title}\n", page));
        Assert.Contains(".TP\ntaken\\-over\nsomebody has changed what the agent had set", page);
    }

    [Fact]
    public void Every_key_of_the_configuration_is_in_its_page() => Assert.All(
        AgentKeys.All.SelectMany(k => k.Below.Select(b => $"{k.Key.Name}.{b.Name}").Prepend(k.Key.Name)),
        key => Assert.Contains($".TP\n\\fB{key}\\fR\n", Pages["flms-agent.yaml.5"]));

    [Fact]
    public void The_configuration_of_the_package_says_nothing_and_uncommented_it_says_the_defaults()
    {
        var text = AgentKeys.File();
        Assert.All(text.Split('\n'), line => Assert.True(line is "" || line[0] == '#', line));
        Assert.Equal(Described(new AgentSettings()), Described(Read(text)));
        var uncommented = KeyLine().Replace(text, match => match.Value[1..]);
        var settings = Read(uncommented);
        Assert.Equal("web-*", Assert.Single(settings.Vms).Pattern);
        Assert.Equal(Described(new AgentSettings()), Described(settings with { Vms = [] }));
    }

    [Fact]
    public void The_example_of_the_page_can_be_read() =>
        Assert.Equal(2, Read(string.Join('\n', AgentKeys.Example)).Vms.Count);

    private static AgentSettings Read(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var reading = AgentConfig.Read([file]);
            Assert.Empty(reading.Problems);
            return reading.Value!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Records with lists compare those by reference.
    private static string Described(AgentSettings settings) => System.Text.Json.JsonSerializer.Serialize(settings);

    private static (string Text, string Warnings) Show(string page)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, page);
            var start = new ProcessStartInfo("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-P", "cat", file])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            // Wide enough that no option is broken, and no font in the text.
            start.Environment["MANWIDTH"] = "200";
            start.Environment["GROFF_NO_SGR"] = "1";
            start.Environment["LC_ALL"] = "C.UTF-8";
            Process? process = null;
            try
            {
                process = Process.Start(start);
            }
            catch (Win32Exception)
            {
                Skip.If(true, "needs man (apt-get install man-db)");
            }
            using (process)
            {
                var warnings = process!.StandardError.ReadToEndAsync();
                var text = Regex.Replace(process.StandardOutput.ReadToEnd(), ".\b", "");
                process.WaitForExit();
                return (text, warnings.Result);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
