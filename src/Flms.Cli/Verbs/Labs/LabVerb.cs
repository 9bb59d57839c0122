using System.CommandLine;
using System.Globalization;
using Flms.Core;
using Flms.TestBed;
using Flms.TestBed.Hosts;
using Flms.TestBed.Runs;

namespace Flms.Cli.Verbs.Labs;

/// <summary>Measures the agent on real virtual machines.</summary>
internal sealed class LabVerb : Verb
{
    private const int MostVms = 64;
    private const int MostPings = 20_000;

    private readonly Option<string[]> _setting = new("--setting")
    {
        Description = "What to set beside stock Linux; may be given several times (default: agent and agent+boost): "
            + string.Join(", ", LabSetting.All.Select(s => s.Name)) + ".",
        HelpName = "NAME",
    };

    private readonly Option<bool> _table = new("--table")
    {
        Description = "Every setting: each lever alone, and together; takes a quarter of an hour.",
    };

    private readonly Option<string[]> _config = new("--config")
    {
        Description = "An agent's configuration to measure as a setting of its own; may be given several times.",
        HelpName = "FILE",
    };

    private readonly Option<string> _flms = new("--flms")
    {
        Description = "The flms whose agent is measured: a program, or its flms.dll (default: this one).",
        HelpName = "FILE",
    };

    private readonly Option<string> _noisy = new("--noisy")
    {
        Description = "How many noisy VMs burn (default: 4); several, as in 4,0, are measured one after the other.",
        HelpName = "N",
    };

    private readonly Option<string> _load = new("--load")
    {
        Description = "How much of its time the pinged VM is busy itself, in percent (default: 0,50).",
        HelpName = "PERCENT",
    };

    private readonly Option<int?> _turns = Number("--turns", "How often each setting has its turn (default: 3).");
    private readonly Option<int?> _pings = Number("--pings", "Pings in a turn (default: 400).");
    private readonly Option<int?> _rate = Number("--rate", "Pings a second (default: 100).");

    private readonly Option<string> _settle = new("--settle")
    {
        Description = "How long the agent runs before it is measured (default: 8s).",
        HelpName = "TIME",
    };

    private readonly Option<bool> _flat = new("--no-cgroups")
    {
        Description = "Leave VMs in this shell's control group; else each has its own, as libvirt's have.",
    };

    private readonly Option<bool> _json = CommonOptions.Json(LabJson.Shape);

    public LabVerb() : base("lab", "Measure the agent on real virtual machines of this machine")
    {
        Take("What is measured", _setting, _table, _config, _flms, _noisy, _load, _flat);
        Take("How long", _turns, _pings, _rate, _settle);
        Take("Output", _json);
    }

    public override string Lesson =>
        "Boots QEMU virtual machines with a small guest of its own: one that is pinged, and noisy ones that burn CPU. "
            + "Measures stock Linux and the agent (flms agent run, in mode enforce) in turns, and prints round trips, "
        + "what the noisy VMs got done, and how fairly the pCPUs were shared. It installs what it needs (QEMU, gcc), "
        + "touches no other VM, and takes everything down at the end. Needs root. Close what else runs: with two "
        + "pCPUs a single compiler is a noisy neighbour too. Exit code 7 if it cannot be done here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms lab", "the agent, and the agent with its boost, against stock Linux: about five minutes"),
        ("flms lab --setting agent+boost", "only the latter: three minutes"),
        ("flms lab --table", "every lever alone and together"),
        ("flms lab --noisy 0 --json", "does the agent do harm where there is nothing to gain?"),
    ];

    public override string ReadOn => "docs/lab.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var plan = PlanOf(line);
        try
        {
            var fault = Measure(
                plan, FlmsCommand(line.GetValue(_flms)), !line.GetValue(_flat), terminal, out var result);
            if (line.GetValue(_json)) JsonOutput.Write(terminal, json => LabJson.Write(json, result));
            else LabTable.Write(terminal, result);
            if (fault != null) throw Failure.Host($"{fault.Message}; above is what was measured until then");
        }
        catch (BedFault fault)
        {
            terminal.Stop.ThrowIfCancellationRequested(); // Ctrl-C ends the VMs too, and they are missed first
            throw Failure.Host(fault.Message);
        }
        return ExitCode.Fine;
    }

    // Minutes of measuring are not thrown away for a fault at their end.
    private static BedFault? Measure(
        LabPlan plan, IReadOnlyList<string> flms, bool cgroups, Terminal terminal, out LabResult result)
    {
        using var progress = new ProgressLine(terminal, "measuring");
        Prerequisites.Ensure(progress.Tell);
        var setup = new BedSetup
        {
            Noisy = plan.Cases.Max(c => c.Noisy),
            Cgroups = cgroups,
            Programs = Path.Combine(StateFolder(), "lab"),
        };
        using var bed = Bed.Make(setup, progress.Tell, terminal.Stop);
        // Also if a second Ctrl-C, or the first one's patience, ends the process at once.
        EventHandler down = (_, _) => bed.Dispose();
        AppDomain.CurrentDomain.ProcessExit += down;
        progress.Tell($"{Words.Count(setup.Noisy + 1, "VM")} run by {(bed.Kvm ? "KVM" : "QEMU's translation (TCG)")}; "
            + $"measuring takes about {Minutes(plan.Length)}");
        var run = new LabRun(bed, plan, flms, (fraction, what) =>
        {
            progress.Report(fraction);
            if (!terminal.ErrorIsTerminal) progress.Tell(what);
        }, terminal.Stop);
        BedFault? broken = null;
        try
        {
            run.Measure();
        }
        catch (BedFault fault) when (run.Measured.Cases.Count > 0 && !terminal.Stop.IsCancellationRequested)
        {
            broken = fault;
        }
        result = run.Measured;
        AppDomain.CurrentDomain.ProcessExit -= down;
        return broken;
    }

    private LabPlan PlanOf(ParseResult line)
    {
        var settings = SettingsOf(line);
        var noisy = Numbers(line.GetValue(_noisy) ?? "4", "--noisy", MostVms);
        var loads = Numbers(line.GetValue(_load) ?? "0,50", "--load", 100);
        var defaults = new LabPlan { Settings = settings, Cases = [] };
        var settle = defaults.Settle;
        if (line.GetValue(_settle) is { } text && (!Duration.TryParse(text, out settle) || settle < Duration.Zero))
            throw Failure.Usage($"--settle {text}: write a time, as in 6s");
        return defaults with
        {
            Cases = [.. from n in noisy from load in loads select new LabCase(n, load)],
            Turns = Within(line, _turns, 1, 1000) ?? defaults.Turns,
            Pings = Within(line, _pings, 1, MostPings) ?? defaults.Pings,
            Rate = Within(line, _rate, 1, 1000) ?? defaults.Rate,
            Settle = settle,
        };
    }

    private IReadOnlyList<LabSetting> SettingsOf(ParseResult line)
    {
        var names = line.GetValue(_setting) ?? [];
        var files = line.GetValue(_config) ?? [];
        List<LabSetting> settings =
        [
            .. line.GetValue(_table) ? LabSetting.All : [],
            .. names.Distinct().Select(name => LabSetting.All.FirstOrDefault(s => s.Name == name)
                ?? throw Failure.Usage($"there is no setting '{name}'; flms lab --help lists them")),
            .. files.Distinct().Select(FromFile),
        ];
        return settings.Count > 0 ? settings : LabSetting.Choices;
    }

    private static LabSetting FromFile(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            if (text.Split('\n').Any(l => l.StartsWith("vms:", StringComparison.Ordinal)))
                throw Failure.Input($"{path}: it says what VMs are (vms:), and the lab has its own; leave that out");
            return new(Path.GetFileNameWithoutExtension(path), $"the configuration {path}", text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure.Input($"{path}: {e.Message}");
        }
    }

    private static IReadOnlyList<int> Numbers(string text, string option, int most)
    {
        var numbers = new List<int>();
        foreach (var word in text.Split(','))
        {
            if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > most)
                throw Failure.Usage($"{option} {text}: write numbers from 0 to {most}, as in 0,50");
            numbers.Add(number);
        }
        return [.. numbers.Distinct()];
    }

    private static int? Within(ParseResult line, Option<int?> option, int least, int most)
    {
        if (line.GetValue(option) is not { } number) return null;
        if (number >= least && number <= most) return number;
        throw Failure.Usage($"{option.Name} {number}: write a number from {least} to {most}");
    }

    private static Option<int?> Number(string name, string does) => new(name) { Description = does, HelpName = "N" };

    // In a checkout, where its other built things are; else where the system keeps what programs can make again.
    private static string StateFolder()
    {
        for (var folder = AppContext.BaseDirectory; folder != null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Flms.slnx"))) return Path.Combine(folder, ".build");
        return "/var/cache/flms";
    }

    // The words that call flms: this very program, unless another is named.
    private static IReadOnlyList<string> FlmsCommand(string? named)
    {
        if (named != null && !File.Exists(named)) throw Failure.Usage($"--flms {named}: no such file");
        var program = Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var flms = named ?? (isDotnet ? Path.Combine(AppContext.BaseDirectory, "flms.dll") : program);
        return Path.GetExtension(flms) == ".dll" ? [isDotnet ? program : "dotnet", flms] : [flms];
    }

    private static string Minutes(Duration time) => time.Ns < 90_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{time.Ns / 1e9:0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Ns / 6e10:0} minutes");
}
