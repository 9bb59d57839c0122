using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Flms.Core;
using Flms.Lab.Advice;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Traces;

namespace Flms.Cli.Verbs.Advice;

/// <summary>The options that ask for advice on a recording.</summary>
internal sealed class AdviceOptionsOfLine
{
    /// <summary>The name of what the recorded host itself could do: settings of its kernel, the agent, other
    /// kernels.</summary>
    public const string Host = "host";

    /// <summary>What is tried if nobody says.</summary>
    public static string Usual =>
        string.Join(", ", Candidates.UsualSchedulers.Select(s => s.Label).Prepend(Host));

    private const int MostReplications = 1000;

    private readonly Option<bool> _advise = new("--advise")
    {
        Description = "Say which scheduler and which settings would have served these VMs best.",
    };

    private readonly Option<string[]> _latency = new("--latency")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Serve this VM (default: those that wake often to do a little); may be given again.",
        HelpName = "VM",
    };

    private readonly Option<string> _objective = ScenarioOptions.Text("--objective", "WHAT",
        "What is to be short for them: wait-p99 (the default), wait-mean, response-p99 or response-mean.");

    private readonly Option<string> _loss = ScenarioOptions.Text("--max-loss", "PERCENT",
        "The most work that any VM may lose of what it is due: what it has now, or its fair share if that is less "
        + "(default: 5).");

    private readonly Option<string> _replications = ScenarioOptions.Text("--replications", "N",
        "Judge the best by so many runs, in each of which the VMs' demand is shifted in time (default: 8).");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_advise, _latency, _objective, _loss, _replications];

    /// <summary>Is advice asked for?</summary>
    /// <param name="line">The command line.</param>
    /// <param name="more">Other options that go with it only.</param>
    /// <exception cref="Failure">It is not, but how is said.</exception>
    public bool Asked(ParseResult line, params IEnumerable<Option> more)
    {
        if (line.GetValue(_advise)) return true;
        foreach (var option in All.Concat(more))
            if (line.GetResult(option) is OptionResult { Implicit: false })
                throw Failure.Usage($"{option.Name} goes with --advise only; add that, or leave it out");
        return false;
    }

    /// <summary>How advice is sought, as far as it can be said without the recording.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="schedulers">The names of schedulers; null for the usual.</param>
    /// <param name="settings">Settings of those.</param>
    /// <param name="threads">Runs at once; 0 for one on each core.</param>
    /// <param name="terminal">Where warnings go.</param>
    public AdviceOptions Read(ParseResult line, string? schedulers, IReadOnlyList<Override> settings, int threads,
        Terminal terminal)
    {
        var names = schedulers?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .ToList();
        if (names?.Contains("recorded") == true)
            throw Failure.Usage("--schedulers recorded: advice is always held against what the host does now; leave "
                + "it out");
        var others = names == null ? null : string.Join(',', names.Where(n => n != Host));
        if (others == null && settings.Count > 0) others = string.Join(',',
            Candidates.UsualSchedulers.Select(s => s.Label));
        if (others == "" && settings.Count > 0) throw Failure.Usage($"{settings[0].Origin}: {Host} has no settings");
        return new()
        {
            Latency = [.. (line.GetValue(_latency) ?? []).SelectMany(v => v.Split(','))],
            Objective = Objective(line),
            MaxLoss = Loss(line),
            Replications = line.GetValue(_replications) is { } n
                ? ScenarioOptions.Number(_replications.Name, n, 2, MostReplications) : 8,
            Schedulers = others == null ? null : others == "" ? []
                : InputProblems.ValueOf(ScenarioReader.ReadSchedulers(others, settings), terminal),
            Fixed = [.. settings.Select(s => s.Path)],
            TryHost = names?.Contains(Host) ?? true,
            Threads = threads,
        };
    }

    /// <summary>Advises on a recording, and shows progress meanwhile.</summary>
    /// <exception cref="Failure">An option names what the recording has not.</exception>
    public static AdviceResult Advise(ReplayPlan plan, AdviceOptions options, Terminal terminal)
    {
        var known = plan.Recording.Vms.Select(vm => vm.Name).ToList();
        foreach (var name in options.Latency)
            if (!known.Contains(name))
                throw Failure.Usage($"--latency {Quote.Text(name)}: no VM here is called so; "
                    + Nearest.Advice(name, known));
        using var progress = new ProgressLine(terminal, "trying");
        return Adviser.Advise(plan, options with { Progress = progress.Report }, terminal.Stop);
    }

    /// <summary>How the process ends: fine, also if the advice is to change nothing.</summary>
    /// <exception cref="Failure">The recording is too poor to advise by.</exception>
    public static int Outcome(AdviceResult result, ReplayPlan plan) => result.Verdict == AdviceVerdict.Unfit
        ? throw Failure.Input($"{plan.Recording.File}: no advice: {result.Reason}") : ExitCode.Fine;

    private AdviceObjective Objective(ParseResult line)
    {
        if (line.GetValue(_objective) is not { } word) return AdviceObjective.WaitP99;
        foreach (var objective in Enum.GetValues<AdviceObjective>())
            if (WordOf(objective) == word) return objective;
        throw Failure.Usage($"{_objective.Name} {Quote.Text(word)} is not known; write "
            + Quote.Or(Enum.GetValues<AdviceObjective>().Select(WordOf)));
    }

    /// <summary>As users write it: wait-p99.</summary>
    public static string WordOf(AdviceObjective objective) => OptionCatalog.Words(objective.ToString(), '-');

    private Fraction Loss(ParseResult line)
    {
        const int scale = 1000;
        if (line.GetValue(_loss) is not { } text) return new(1, 20);
        return decimal.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var percent) && percent is >= 0 and < 100
            ? new((int)(percent * scale), 100 * scale)
            : throw Failure.Usage($"{_loss.Name} {Quote.OneLine(text)}: write a number of percent, 0 to less than 100");
    }
}
