using Flms.Lab.Input;

namespace Flms.Lab.Scenarios;

/// <summary>A scenario file, parsed once: scenarios with different values are made from it.</summary>
public sealed class ScenarioDocument
{
    private readonly Node _root;

    internal ScenarioDocument(string file, Node root) => (File, _root) = (file, root);

    /// <summary>The file, as the user named it.</summary>
    public string File { get; }

    /// <summary>The scenario with these values in place of the file's. Any thread may ask.</summary>
    public Reading<Scenario> With(ReadOptions options) =>
        ScenarioReader.FromNode(_root.Copy(), File, options, new());
}
