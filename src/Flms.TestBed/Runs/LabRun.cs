using Flms.Core;
using Flms.TestBed.Guests;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Runs;

/// <summary>Measures a plan on a bed: stock Linux and each setting in turns, so that what disturbs the machine for a
/// while disturbs all of them.</summary>
/// <param name="bed">The VMs.</param>
/// <param name="plan">What to measure.</param>
/// <param name="flms">The words that call flms, for the agent.</param>
/// <param name="progress">Told how far it has come: a fraction, and what is being measured.</param>
/// <param name="stop">Cancels it.</param>
public sealed class LabRun(Bed bed, LabPlan plan, IReadOnlyList<string> flms, Action<double, string> progress,
    CancellationToken stop)
{
    private static readonly LabSetting Stock = new(LabSetting.Stock, "no agent", "");

    private const int MostTries = 4;

    private readonly List<LabSetting> _settings = [Stock, .. plan.Settings];
    private readonly List<(LabCase Case, Turn Alone, List<Turn>[] Turns)> _cases = []; // turns by setting
    private int _done;

    /// <summary>What has been measured so far: cases with every round that is whole.</summary>
    public LabResult Measured => new(plan, bed.Kvm, Environment.ProcessorCount,
        [.. _cases.Where(c => c.Turns[0].Count > 0).Select(c => new CaseResult(c.Case, c.Alone, [.. _settings.Select(
            (s, i) => SettingResult.Of(s.Name, c.Turns[i], c.Turns[0], c.Alone.Latency.Cpu))]))]);

    /// <summary>Measures everything.</summary>
    /// <exception cref="BedFault">Something has ended that should not; see <see cref="Measured"/>.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public LabResult Measure()
    {
        var alone = plan.Cases.Select(c => c.Load).Distinct().ToDictionary(load => load, Alone);
        foreach (var one in plan.Cases) Measure(one, alone[one.Load]);
        return Measured;
    }

    // The VM by itself: the shortest round trip there can be, and how much CPU it wants.
    private Turn Alone(int load)
    {
        var setting = new LabCase(0, load);
        Tell(setting);
        return Trusted(setting, Stock, round: 1, $"alone, {load} % busy");
    }

    // A turn in which the machine's own host kept pCPUs from it is taken again, whatever setting it was.
    private Turn Trusted(LabCase @case, LabSetting setting, int round, string words)
    {
        for (var tries = 1; ; tries++)
        {
            var turn = Turn(@case, setting, round, tries == 1 ? words : $"{words}, again");
            if (turn.IsTrusted || tries == MostTries) return turn with { Tries = tries };
            _done--;
        }
    }

    private void Measure(LabCase @case, Turn alone)
    {
        Tell(@case);
        List<Turn>[] turns = [.. _settings.Select(_ => new List<Turn>())];
        _cases.Add((@case, alone, turns));
        for (var round = 1; round <= plan.Turns; round++)
        {
            var whole = _settings.Select(s => Trusted(@case, s, round, Words(@case, s, round))).ToList();
            foreach (var (mine, turn) in turns.Zip(whole)) mine.Add(turn);
        }
    }

    private string Words(LabCase @case, LabSetting setting, int round) =>
        $"{@case.Noisy} noisy, {@case.Load} % busy, round {round} of {plan.Turns}: {setting.Name}";

    private void Tell(LabCase @case)
    {
        bed.Latency.Burn(@case.Load, plan.BurnPeriodUs);
        for (var i = 0; i < bed.Noisy.Count; i++) bed.Noisy[i].Burn(i < @case.Noisy ? 100 : 0, plan.BurnPeriodUs);
    }

    private Turn Turn(LabCase @case, LabSetting setting, int round, string words)
    {
        stop.ThrowIfCancellationRequested();
        var all = plan.Turns * plan.Cases.Count * _settings.Count
            + plan.Cases.Select(c => c.Load).Distinct().Count();
        progress((double)_done++ / all, words);
        var settle = setting == Stock ? plan.StockSettle : plan.Settle + setting.MoreSettle;
        using var agent = setting == Stock ? null
            : RunningAgent.Start(bed, flms, setting.ConfigurationFor(bed.Prefix));
        // A few more than needed, so that the measured time has pings to its end.
        var pings = (int)((settle + plan.Span).Ns * plan.Rate / 1_000_000_000) + 2 * plan.Rate;
        // The gaps are the same for all settings of a round.
        using var pinger = bed.Ping(pings, plan.Rate, seed: round);
        Sleep(settle);
        agent?.Check();
        var before = Snapshot.Of(bed, agent);
        Sleep(plan.Span);
        var after = Snapshot.Of(bed, agent);
        agent?.Stop();
        return Between(before, after, @case, round, pinger.Finish(stop)) with { Troubles = agent?.Troubles ?? [] };
    }

    private void Sleep(Duration time)
    {
        if (stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(time.Ns / 1e6))) stop.ThrowIfCancellationRequested();
        if (bed.Vms.FirstOrDefault(vm => !vm.IsAlive) is { } dead) throw new BedFault($"{dead.Name} has ended");
    }

    private Turn Between(Snapshot before, Snapshot after, LabCase @case, int round, IReadOnlyList<Ping> pings)
    {
        var span = after.At - before.At;
        var uses = bed.Vms.Select((vm, i) => new VmUse(vm.Name[bed.Prefix.Length..],
            (after.Vms[i].Cpu - before.Vms[i].Cpu).Ns / (double)span.Ns,
            (after.Vms[i].Loops - before.Vms[i].Loops) / ((after.Vms[i].At - before.Vms[i].At).Ns / 1e9))).ToList();
        var agent = (after.Agent - before.Agent).Ns / (double)span.Ns;
        var busy = (after.Machine.Busy - before.Machine.Busy).Ns / (double)span.Ns;
        return new()
        {
            Round = round,
            Span = span,
            Pings = [.. pings.Where(p => p.Sent >= before.At && p.Sent < after.At)],
            Latency = uses[0],
            Noisy = [.. uses.Skip(1).Take(@case.Noisy)],
            Agent = agent,
            Pcpus = Environment.ProcessorCount,
            Stolen = (after.Machine.Stolen - before.Machine.Stolen).Ns / (double)span.Ns,
            Others = Math.Max(0, busy - agent - uses.Sum(u => u.Cpu)),
        };
    }

    private sealed record Snapshot(Instant At, IReadOnlyList<(Instant At, Duration Cpu, long Loops)> Vms,
        CpuTimes Machine, Duration Agent)
    {
        public static Snapshot Of(Bed bed, RunningAgent? agent)
        {
            // The guests are asked first: while one that has no pCPU is waited for, time passes.
            var work = bed.Vms.Select(Work).ToList();
            var at = Bed.Now;
            var vms = bed.Vms.Select((vm, i) => (work[i].At, vm.Cpu, work[i].Loops)).ToList();
            return new(at, vms, Bed.Machine(), agent?.Cpu ?? Duration.Zero);
        }

        // When it was counted is not known closer than between question and answer.
        private static (Instant At, long Loops) Work(BedVm vm)
        {
            var asked = Bed.Now;
            var loops = vm.Report().Loops;
            var answered = Bed.Now;
            return (asked + (answered - asked) / 2, loops);
        }
    }
}
