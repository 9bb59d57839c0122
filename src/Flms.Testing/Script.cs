using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Work told moment by moment: what a chart's <c>wants</c> line says.</summary>
/// <param name="Steps">When work comes, in order of time, and how much: <see cref="Duration.Forever"/> for work
/// without an end, which must be the last.</param>
public sealed record ScriptSetup(IReadOnlyList<(Instant At, Duration Work)> Steps) : WorkloadSetup
{
    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Script(Steps);
}

internal sealed class Script(IReadOnlyList<(Instant At, Duration Work)> steps) : Workload
{
    private int _next;

    protected override void Start(Instant now) => AlarmFired(now);

    protected override void AlarmFired(Instant now)
    {
        for (; _next < steps.Count && steps[_next].At <= now; _next++)
            if (steps[_next].Work == Duration.Forever) WantForever();
            else Want(steps[_next].Work);
        if (_next < steps.Count) AlarmAt(steps[_next].At);
    }
}
