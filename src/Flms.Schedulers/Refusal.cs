using Flms.Core;

namespace Flms.Schedulers;

/// <summary>A policy's admission control will not take a domain.</summary>
/// <param name="Domain">The first domain that it refuses.</param>
/// <param name="Reason">Why, as part of a sentence: what it needs, and what there is.</param>
public sealed record Refusal(DomainId Domain, string Reason);
