namespace Flms.Schedulers;

/// <summary>What a domain is given for one policy, where values that are fine one by one may be wrong together.
/// </summary>
public interface IDomainParameters
{
    /// <summary>What is wrong with the values taken together, in one line that says what to change; null if nothing
    /// is.</summary>
    string? Problem();
}
