using Flms.Core;

namespace Flms.Sim;

/// <summary>An amount that a workload counted since the measuring began, to be shown as a rate: throughput,
/// transactions, pages.</summary>
/// <param name="Measure">As results show it, with its unit, as in <c>tcp_stream.throughput_mbps</c> or
/// <c>tcp_rr.transactions_per_s</c>.</param>
/// <param name="Amount">What was counted, in the unit whose rate <paramref name="Measure"/> names.</param>
/// <param name="Over">The time that it is divided by, where that is not all of the measured time; zero if there was
/// none of it, and then nothing was measured.</param>
/// <remarks>Rates of one domain with the same name are added.</remarks>
public readonly record struct Rate(string Measure, double Amount, Duration? Over = null);
