using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>What was counted of a host's disk and its guests' page caches since the measuring began.</summary>
/// <param name="Requests">Requests that the disk has done.</param>
/// <param name="Bytes">What it transferred for them.</param>
/// <param name="Seeks">How often it had to go elsewhere.</param>
/// <param name="Busy">How long it was at work.</param>
/// <param name="Hits">Pages that readers found in a cache, or on their way to it.</param>
/// <param name="Misses">Pages that had to be asked for.</param>
/// <param name="Throttled">Writers that had to wait.</param>
public sealed record DiskStatistics(
    long Requests, long Bytes, long Seeks, Duration Busy, long Hits, long Misses, long Throttled);
