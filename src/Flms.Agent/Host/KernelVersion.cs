using System.Globalization;

namespace Flms.Agent.Host;

/// <summary>Which Linux it is: 6.18.44.</summary>
/// <param name="Major">6</param>
/// <param name="Minor">18</param>
/// <param name="Patch">44; 0 if the release does not say.</param>
public readonly record struct KernelVersion(int Major, int Minor, int Patch) : IComparable<KernelVersion>
{
    /// <summary>Reads /proc/sys/kernel/osrelease, as in <c>6.12.107-cloud-amd64</c>.</summary>
    public static bool TryParse(string release, out KernelVersion version)
    {
        version = default;
        var parts = release.Split('.', 3);
        if (parts.Length < 2 || !TryNumber(parts[0], out var major) || !TryNumber(parts[1],
            out var minor)) return false;
        var patch = 0;
        if (parts.Length == 3) TryNumber(parts[2], out patch);
        version = new(major, minor, patch);
        return true;
    }

    /// <inheritdoc />
    public int CompareTo(KernelVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor,
        other.Patch));

    /// <summary>Is it that minor version or a later one?</summary>
    public bool IsFrom(int major, int minor) => (Major, Minor).CompareTo((major, minor)) >= 0;

    /// <inheritdoc />
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    // The digits at the beginning.
    private static bool TryNumber(string text, out int number)
    {
        var end = 0;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return int.TryParse(text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
