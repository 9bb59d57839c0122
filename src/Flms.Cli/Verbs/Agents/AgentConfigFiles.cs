namespace Flms.Cli.Verbs.Agents;

/// <summary>Where the agent's configuration lies: the vendor's, and the administrator's over it.</summary>
/// <remarks>As systemd does it (spec host-agent 4.3): <c>agent.yaml</c>, then the files of <c>agent.d</c> by name, each
/// over what those before it say. A file of the administrator's replaces the vendor's of the same name whole, so an
/// empty one takes it out of the way.</remarks>
/// <param name="Vendor">The vendor's folder.</param>
/// <param name="Admin">The administrator's.</param>
internal sealed record AgentConfigFiles(string Vendor, string Admin)
{
    /// <summary>On a real host.</summary>
    public static AgentConfigFiles Usual { get; } = new("/usr/lib/flms", "/etc/flms");

    private const string Main = "agent.yaml";
    private const string More = "agent.d";

    /// <summary>The files that are there, in the order in which they count.</summary>
    public IReadOnlyList<string> Find()
    {
        var found = new List<string>();
        if (Winner(Main) is { } main) found.Add(main);
        var names = Listed(Vendor).Concat(Listed(Admin)).Distinct().Order(StringComparer.Ordinal);
        found.AddRange(names.Select(name => Winner(Path.Join(More, name))).OfType<string>());
        return found;
    }

    private string? Winner(string name) =>
        new[] { Path.Join(Admin, name), Path.Join(Vendor, name) }.FirstOrDefault(File.Exists);

    private static IEnumerable<string> Listed(string folder)
    {
        var more = Path.Join(folder, More);
        return Directory.Exists(more)
            ? Directory.EnumerateFiles(more, "*.yaml").Select(path => Path.GetFileName(path)) : [];
    }
}
