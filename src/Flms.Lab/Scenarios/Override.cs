namespace Flms.Lab.Scenarios;

/// <summary>A value given on the command line in place of the file's.</summary>
/// <param name="Path">Which, as in <c>machine.cores</c>, <c>domains.web.weight</c>,
/// <c>domains.web.workloads.ping.work</c>, <c>flms.sp_slice</c>.</param>
/// <param name="Value">As YAML would have it: a scalar, or a list or map in brackets.</param>
/// <param name="Origin">The argument as the user typed it; messages name it.</param>
public sealed record Override(string Path, string Value, string Origin)
{
    /// <summary>The value as it stands in a file, with its places; null if it is <see cref="Value"/>.</summary>
    internal Input.Node? Written { get; init; }

    /// <summary>Reads what follows <c>--set</c>: <c>path=value</c>.</summary>
    /// <returns>Null if there is no <c>=</c> or nothing before it.</returns>
    public static Override? Parse(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals <= 0 ? null
            : new(argument[..equals].Trim(), argument[(equals + 1)..].Trim(), $"--set {argument}");
    }
}
