using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Flms.House.Tests;

/// <summary>Where a thing stands tells its name.</summary>
public sealed class NamespaceTests
{
    [Fact]
    public void Namespaces_follow_folders() => Repository.NoFindings(
        from source in Repository.Sources
        where source.Room != ""
        let folders = source.Path.Split('/')[1..^1]
        let expected = string.Join('.', folders)
        from declared in source.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
        where declared.Name.ToString() != expected
        select $"{source.Path}: namespace {declared.Name} should be {expected}");

    [Fact]
    public void Usings_come_in_order_those_of_dotnet_first() => Repository.NoFindings(
        from source in Repository.Sources
        let usings = ((CompilationUnitSyntax)source.Syntax).Usings
        let kinds = usings.Select(u =>
            (Kind: u.Alias != null ? 2 : u.StaticKeyword != default ? 1 : 0, Text: u.NamespaceOrType.ToString()))
        let ordered = kinds.OrderBy(u => u.Kind)
            .ThenBy(u => u.Text != "System" && !u.Text.StartsWith("System.", StringComparison.Ordinal))
            .ThenBy(u => u.Text, StringComparer.OrdinalIgnoreCase)
        from pair in kinds.Zip(ordered)
        where pair.First != pair.Second
        select $"{source.Path}: using {pair.First.Text} is not in order");

    [Fact]
    public void Types_live_in_a_namespace() => Repository.NoFindings(
        from source in Repository.Sources
        where source.Syntax is CompilationUnitSyntax unit && unit.Members.OfType<BaseTypeDeclarationSyntax>().Any()
        select $"{source.Path}: a type outside any namespace");

    [Fact]
    public void A_file_is_named_after_a_type_in_it() => Repository.NoFindings(
        from source in Repository.Sources
        where source.Path.StartsWith("src/", StringComparison.Ordinal)
        let types = source.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(t => t.Identifier.Text)
            .Concat(source.Syntax.DescendantNodes().OfType<DelegateDeclarationSyntax>().Select(d => d.Identifier.Text))
            .ToList()
        let name = Path.GetFileNameWithoutExtension(source.Path).Split('.')[0]
        where types.Count == 1 && types[0] != name && !name.StartsWith(types[0], StringComparison.Ordinal)
        select $"{source.Path} holds only {types[0]}: name the file after it");
}
