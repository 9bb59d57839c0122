namespace Flms.Paper.Claims;

/// <summary>What somebody concluded who looked at the verdict.</summary>
/// <remarks>The text belongs to that verdict only: where a run comes to another, the text is not shown, and the tests
/// that run the figures fail until somebody has looked again.</remarks>
/// <param name="Verdict">The verdict that was looked at.</param>
/// <param name="Because">Why it is so.</param>
public sealed record Review(Verdict Verdict, string Because);
