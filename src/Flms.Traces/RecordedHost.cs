using System.Text.Json;

namespace Flms.Traces;

/// <summary>What the map of a recording says of the machine that was recorded: <c>machine</c> in it.</summary>
/// <remarks>All of it is optional, as anybody may write a map; what is of another type than expected counts as not
/// said.</remarks>
public sealed record RecordedHost
{
    /// <summary>The kernel's release, as in <c>6.18.44</c>; empty if not said.</summary>
    public string Kernel { get; init; } = "";

    /// <summary>Is preemption lazy? Null if not said.</summary>
    public bool? Lazy { get; init; }

    /// <summary>Is the end of a slice timed precisely (HRTICK)? Null if not said.</summary>
    public bool? Hrtick { get; init; }

    /// <summary>The slice of a thread that has none of its own, in ns; 0 if not said.</summary>
    public long BaseSliceNs { get; init; }

    /// <summary>Major and minor version of the kernel; null if not said.</summary>
    public (int Major, int Minor)? Version
    {
        get
        {
            var parts = Kernel.Split('.', '-', '+');
            return parts.Length >= 2 && int.TryParse(parts[0], out var major) && int.TryParse(parts[1], out var minor)
                ? (major, minor) : null;
        }
    }

    /// <summary>What a map's <c>machine</c> says.</summary>
    internal static RecordedHost Of(JsonElement machine)
    {
        if (machine.ValueKind != JsonValueKind.Object) return new();
        return new()
        {
            Kernel = Member("kernel", JsonValueKind.String) is { } kernel ? kernel.GetString()! : "",
            Lazy = Member("preemption", JsonValueKind.String)?.GetString() switch
            {
                "lazy" => true,
                "prompt" => false,
                _ => null,
            },
            Hrtick = Member("hrtick", JsonValueKind.True) != null ? true
                : Member("hrtick", JsonValueKind.False) != null ? false : null,
            BaseSliceNs = Member("base_slice_ns", JsonValueKind.Number) is { } slice
                && slice.TryGetInt64(out var ns) && ns > 0 ? ns : 0,
        };

        JsonElement? Member(string name, JsonValueKind kind) =>
            machine.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
    }
}
