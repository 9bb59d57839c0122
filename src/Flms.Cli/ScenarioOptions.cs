using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;

namespace Flms.Cli;

/// <summary>The options that change what is run: they say in place of the file what the file may say too.</summary>
/// <remarks>Values are checked where the file's are, so that both have one message and one range.</remarks>
internal sealed class ScenarioOptions
{
    private readonly Option<string[]> _set = new("--set")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Change a value of the file, as in machine.cores=8, domains.web.weight=512, flms.sp_slice=1ms; "
            + "may be given again.",
        HelpName = "PATH=VALUE",
    };

    private readonly Option<string> _seed = Text("--seed", "N",
        "Make other random numbers (default: the file's, or 1).");

    private readonly Option<string> _for = Text("--for", "TIME", "Measure so long, as in 30s or 500ms.");
    private readonly Option<string> _warmup = Text("--warmup", "TIME", "Run so long before measuring begins.");
    private readonly Option<string> _replications = Text("--replications", "N",
        "Run each scheduler so often with other random numbers: gives confidence intervals.");
    private readonly Option<string> _threads = Text("--threads", "N",
        "Run so many at once (default: one a core). Results do not depend on it.");

    /// <summary>All of them but <c>--threads</c>.</summary>
    public IReadOnlyList<Option> ForOneRun => [_set, _seed, _for, _warmup];

    /// <summary>Those that change a picture: its length is its own.</summary>
    public IReadOnlyList<Option> ForChart => [_set, _seed, _warmup];

    /// <summary>Those that a recording leaves open.</summary>
    public IReadOnlyList<Option> ForReplay => [_set, _for, _warmup, _threads];

    /// <summary>Which part of the time is measured.</summary>
    public IReadOnlyList<Option> OfTime => [_for, _warmup];

    /// <summary>How many runs at once.</summary>
    public Option AtOnce => _threads;

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [.. ForOneRun, _replications, _threads];

    /// <summary>An option whose value is read later.</summary>
    public static Option<string> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    /// <summary>What the line says in place of the file.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="schedulers">The schedulers; null for the file's.</param>
    public ReadOptions Read(ParseResult line, string? schedulers) =>
        new() { Overrides = Overrides(line), Schedulers = schedulers };

    /// <summary>The values of <c>--set</c>.</summary>
    public IReadOnlyList<Override> Settings(ParseResult line) =>
    [
        .. (Given(line, _set) ?? []).Select(argument => Override.Parse(argument) ?? throw Failure.Usage(
            $"--set {Quote.Text(argument)} has no path and value; write it like --set domains.web.weight=512")),
    ];

    /// <summary>How long to measure; null if nothing is said.</summary>
    public Duration? Length(ParseResult line) => Time(line, _for);

    /// <summary>How long to run before; null if nothing is said.</summary>
    public Duration? Warmup(ParseResult line) => Time(line, _warmup);

    /// <summary>The value of an option that is a length of time, zero or more; null if it is not given.</summary>
    /// <exception cref="Failure">It is none.</exception>
    public static Duration? Time(ParseResult line, Option<string> option)
    {
        if (Given(line, option) is not { } text) return null;
        return Duration.TryParse(text, out var time) && time >= Duration.Zero ? time
            : throw Failure.Usage(
                $"{option.Name} {Quote.OneLine(text)}: write a number with ns, us, ms, s, min or h, as in 250ms");
    }

    private IReadOnlyList<Override> Overrides(ParseResult line)
    {
        var overrides = new List<Override>(Settings(line));
        Add("seed", _seed);
        Add("duration", _for);
        Add("warmup", _warmup);
        Add("replications", _replications);
        return overrides;

        void Add(string path, Option<string> option)
        {
            if (Given(line, option) is { } value) overrides.Add(new(path, value, $"{option.Name} {value}"));
        }
    }

    /// <summary>How many runs at once; 0 for one a core.</summary>
    public int Threads(ParseResult line) =>
        Given(line, _threads) is { } text ? Number(_threads.Name, text, 1, 1024) : 0;

    /// <summary>Reads a whole number.</summary>
    /// <exception cref="Failure">It is none, or out of range.</exception>
    public static int Number(string option, string text, int min, int max) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            && n >= min && n <= max
            ? n
            : throw Failure.Usage($"{option} {Quote.OneLine(text)}: write a whole number, {min} to {max}");

    private static T? Given<T>(ParseResult line, Option<T> option) where T : class =>
        line.GetResult(option) is OptionResult { Implicit: false } ? line.GetValue(option) : null;
}
