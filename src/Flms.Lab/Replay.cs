using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Traces;

namespace Flms.Lab;

/// <summary>Experiments made from a recording instead of a scenario.</summary>
public static class Replay
{
    /// <summary>What the policy of <see cref="Recorded"/> is called.</summary>
    public const string RecordedName = "recorded";

    private sealed record NoOptions : SchedulerOptions;

    /// <summary>Runs what was recorded under each scheduler, once: nothing in a recording is random.</summary>
    /// <param name="plan">The recording, made ready.</param>
    /// <param name="schedulers">At least one.</param>
    public static Experiment Of(ReplayPlan plan, IReadOnlyList<SchedulerChoice> schedulers) => new()
    {
        Name = Path.GetFileNameWithoutExtension(plan.Recording.File),
        Schedulers = schedulers,
        Machine = seed => plan.Machine with { Seed = (ulong)seed },
        MachineUnder = (choice, machine) => choice.Entry.Name == RecordedName
            ? plan.RecordedMachine with { Seed = machine.Seed } : machine,
        Duration = plan.Recording.Length,
    };

    /// <summary>The policy that does what the recorded host did, under the name <c>recorded</c>; on the machine
    /// of <see cref="ReplayPlan.RecordedMachine"/>.</summary>
    public static SchedulerChoice Recorded(ReplayPlan plan) => SchedulerChoice.Of(new(
        RecordedName, "Runs each thread where and when the recorded host ran it.", plan.Recording.File, new NoOptions(),
        [], null, (host, _) => plan.RecordedPolicy(host)));
}
