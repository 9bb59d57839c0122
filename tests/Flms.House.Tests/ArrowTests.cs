using System.Xml.Linq;

namespace Flms.House.Tests;

/// <summary>Arrows between rooms point one way (ARCHITECTURE.md): read from the project files.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Flms.Core"] = [],
        ["Flms.Schedulers"] = ["Flms.Core"],
        ["Flms.Sim"] = ["Flms.Core"],
        ["Flms.Traces"] = ["Flms.Core", "Flms.Sim"],
        ["Flms.Lab"] = ["Flms.Core", "Flms.Schedulers", "Flms.Sim", "Flms.Traces"],
        ["Flms.Report"] = ["Flms.Lab"],
        ["Flms.Sweep"] = ["Flms.Lab"],
        ["Flms.Agent"] = ["Flms.Core", "Flms.Schedulers"],
        ["Flms.Paper"] = ["Flms.Lab"],
        ["Flms.Testing"] = ["Flms.Core", "Flms.Sim"],
        ["Flms.TestBed"] = ["Flms.Core", "Flms.Agent", "Flms.Lab"],
        ["Flms.Bench"] = ["Flms.Core", "Flms.Schedulers", "Flms.Sim", "Flms.Traces"],
        ["Flms.Cli"] =
        [
            "Flms.Core", "Flms.Schedulers", "Flms.Sim", "Flms.Traces", "Flms.Lab", "Flms.Report", "Flms.Sweep",
            "Flms.Agent", "Flms.Paper", "Flms.Testing", "Flms.TestBed", "Flms.Bench",
        ],
    };

    private static IEnumerable<string> Projects =>
        Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void Rooms_depend_only_on_the_rooms_below_them() => Repository.NoFindings(
        from path in Projects
        let room = Path.GetFileNameWithoutExtension(path)
        where !path.StartsWith("tests/", StringComparison.Ordinal)
        from other in References(path, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r))
        where !Allowed.TryGetValue(room, out var allowed) || !allowed.Contains(other)
        select $"{path}: {room} -> {other} is not an arrow of ARCHITECTURE.md; invert the dependency or move the code");

    [Theory]
    [InlineData("Flms.Core")]
    [InlineData("Flms.Schedulers")]
    public void The_heart_has_no_packages(string room) => Repository.NoFindings(
        from package in References($"src/{room}/{room}.csproj", "PackageReference")
        select $"src/{room}: package {package}; the heart is portable and read in an hour: write it, or do it in Lab");

    [Fact]
    public void Every_room_has_a_test_project_that_tests_it() => Repository.NoFindings(
        from path in Projects
        where path.StartsWith("src/", StringComparison.Ordinal)
        let room = Path.GetFileNameWithoutExtension(path)
        let test = $"tests/{room}.Tests/{room}.Tests.csproj"
        where !Repository.Exists(test)
            || !References(test, "ProjectReference").Any(r => r.EndsWith($"/{room}.csproj", StringComparison.Ordinal))
        select $"{test} is missing or does not reference {room}");

    [Fact]
    public void The_solution_lists_every_project()
    {
        var solution = Repository.Read("Flms.slnx");
        Repository.NoFindings(Projects.Where(p => !solution.Contains($"\"{p}\"", StringComparison.Ordinal))
            .Select(p => $"{p} is not in Flms.slnx: dotnet sln add {p}"));
    }

    [Fact]
    public void Package_versions_are_said_once_and_centrally() => Repository.NoFindings(
        from path in Projects.Append("eng/Library.props").Append("eng/Test.props")
        from element in XDocument.Parse(Repository.Read(path)).Descendants("PackageReference")
        where element.Attribute("Version") is not null || element.Attribute("VersionOverride") is not null
        select $"{path}: {element.Attribute("Include")?.Value}: put the version into Directory.Packages.props");

    private static IEnumerable<string> References(string path, string kind) =>
        XDocument.Parse(Repository.Read(path)).Descendants(kind).Select(e => e.Attribute("Include")!.Value);
}
