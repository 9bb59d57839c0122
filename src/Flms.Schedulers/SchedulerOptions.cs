namespace Flms.Schedulers;

/// <summary>The settings of a policy: init-only properties, each with an <see cref="Core.OptionAttribute"/>.</summary>
/// <remarks>Defaults are the properties' initial values. Each setting's own range stands in its attribute.</remarks>
public abstract record SchedulerOptions
{
    /// <summary>What is wrong with the settings taken together, in one line that says what to change; null if nothing
    /// is.</summary>
    public virtual string? Problem() => null;
}
