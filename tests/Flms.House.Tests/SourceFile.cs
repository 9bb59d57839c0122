using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Flms.House.Tests;

/// <summary>One C# file: its text, its syntax, and what of it is code rather than comment.</summary>
internal sealed class SourceFile(string path, string text)
{
    private static readonly CSharpParseOptions Options =
        new(LanguageVersion.Preview, DocumentationMode.Parse, SourceCodeKind.Regular);

    private readonly Lazy<SyntaxNode> _syntax = new(() => CSharpSyntaxTree.ParseText(text, Options).GetRoot());

    public string Path { get; } = path;

    public string Room { get; } = Repository.RoomOf(path);

    public string[] Lines { get; } = text.Split('\n');

    public SyntaxNode Syntax => _syntax.Value;

    /// <summary>The words and signs of the code without comments, using directives and the text of strings, each with
    /// its line from 1.</summary>
    public IEnumerable<(string Word, int Line)> Code()
    {
        foreach (var token in Syntax.DescendantTokens())
            if (!IsText(token) && !token.Parent!.AncestorsAndSelf().OfType<UsingDirectiveSyntax>().Any())
                yield return (token.Text, LineOf(token));
    }

    public int LineOf(SyntaxToken token) => token.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    public string At(int line) => $"{Path}:{line}";

    private static bool IsText(SyntaxToken token) => token.Kind() is SyntaxKind.StringLiteralToken
        or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.CharacterLiteralToken
        or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
        or SyntaxKind.Utf8StringLiteralToken;
}
