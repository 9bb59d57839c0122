using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Flms.House.Tests;

/// <summary>
/// What each library offers is written down in <c>api/ROOM.txt</c>, one public member a line, so that a change of it is
/// seen in review. Run with FLMS_UPDATE=1 to rewrite the files.
/// </summary>
public sealed class ApiTests
{
    private static readonly SymbolDisplayFormat Format = new(
        globalNamespaceStyle: SymbolDisplayGlobalNamespaceStyle.Omitted,
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters
            | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeRef,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    [Theory]
    [InlineData("Flms.Core")]
    [InlineData("Flms.Schedulers")]
    [InlineData("Flms.Sim")]
    [InlineData("Flms.Traces")]
    [InlineData("Flms.Lab")]
    [InlineData("Flms.Report")]
    [InlineData("Flms.Sweep")]
    [InlineData("Flms.Agent")]
    [InlineData("Flms.Paper")]
    [InlineData("Flms.Testing")]
    public void The_public_api_is_the_one_that_was_reviewed(string room)
    {
        var path = $"api/{room}.txt";
        var actual = string.Concat(Members(room).Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1")
        {
            Directory.CreateDirectory(Repository.Full("api"));
            File.WriteAllText(Repository.Full(path), actual);
        }
        var expected = Repository.Exists(path) ? Repository.Read(path) : "";
        var gone = expected.Split('\n').Except(actual.Split('\n')).Select(line => $"{path}: gone: {line}");
        var come = actual.Split('\n').Except(expected.Split('\n')).Select(line => $"{path}: new: {line}");
        Repository.NoFindings([.. gone, .. come]);
    }

    private static IEnumerable<string> Members(string room)
    {
        var folders = new[] { AppContext.BaseDirectory, Path.GetDirectoryName(typeof(object).Assembly.Location)! };
        var references = folders.SelectMany(f => Directory.EnumerateFiles(f, "*.dll")).DistinctBy(Path.GetFileName)
            .Select(f => MetadataReference.CreateFromFile(f)).ToList();
        var compilation = CSharpCompilation.Create("api", references: references);
        var library = references.Single(r => Path.GetFileName(r.FilePath) == $"{room}.dll");
        var assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(library)!;
        return Types(assembly.GlobalNamespace).OrderBy(t => t.ToDisplayString(), StringComparer.Ordinal)
            .SelectMany(MembersOf);
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol within)
    {
        foreach (var member in within.GetMembers())
        {
            if (member is INamedTypeSymbol type && IsPublic(type)) yield return type;
            if (member is not INamespaceOrTypeSymbol inner) continue;
            if (inner is INamespaceSymbol || IsPublic(inner))
                foreach (var found in Types(inner)) yield return found;
        }
    }

    private static IEnumerable<string> MembersOf(INamedTypeSymbol type)
    {
        var modifiers = type.TypeKind != TypeKind.Class ? "" : type.IsStatic ? "static " : type.IsAbstract ? "abstract "
            : type.IsSealed ? "sealed " : "";
        var bases = type.BaseType is { SpecialType: SpecialType.None } b ? $" : {b.ToDisplayString(Format)}" : "";
        var name = $"{type.ContainingNamespace.ToDisplayString()}: {modifiers}{type.ToDisplayString(Format)}{bases}";
        var members = type.GetMembers()
            .Where(m => m is not INamedTypeSymbol && IsPublic(m) && !IsWrittenByTheCompiler(m))
            .Select(m => "  " + m.ToDisplayString(Format)).Distinct().Order(StringComparer.Ordinal);
        return [name, .. members];
    }

    private static bool IsPublic(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected
            or Accessibility.ProtectedOrInternal
        && symbol.CanBeReferencedByName | symbol is IMethodSymbol or IPropertySymbol;

    // Accessors are told by their property; what a record generates is told by its being a record.
    private static bool IsWrittenByTheCompiler(ISymbol member) =>
        member is IMethodSymbol { AssociatedSymbol: not null }
        || member.GetAttributes().Any(a => a.AttributeClass?.Name == "CompilerGeneratedAttribute")
            && member is not IPropertySymbol
        || member is IMethodSymbol
        {
            MethodKind: MethodKind.Constructor, Parameters.Length: 0, ContainingType.IsValueType: true,
        }
        || member.Name is "value__" or "<Clone>$" or "EqualityContract" or "PrintMembers";
}
