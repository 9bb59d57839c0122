namespace Flms.TestBed;

/// <summary>The test bed cannot be set up or used on this machine, for a reason the user can do something
/// about.</summary>
/// <param name="message">One line: what is wrong, and what to do.</param>
public sealed class BedFault(string message) : Exception(message);
