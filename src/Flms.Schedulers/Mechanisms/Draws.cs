namespace Flms.Schedulers.Mechanisms;

/// <summary>Drawn whole numbers for policies whose algorithm asks for chance: the same on every machine.</summary>
/// <remarks>
/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a counter that is mixed; every state is good, so any seed is. Policies
/// have no other source of chance, and none that the host does not replay.
/// </remarks>
/// <param name="seed">Equal seeds give equal numbers.</param>
public sealed class Draws(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next number of 64 bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A number from 0 up to but not including <paramref name="limit"/>, each as likely.</summary>
    /// <remarks>The high half of a product in 128 bits: off from even by less than limit in 2^64.</remarks>
    /// <param name="limit">1 or more.</param>
    public long Below(long limit) => (long)Math.BigMul(Next(), (ulong)limit, out _);
}
