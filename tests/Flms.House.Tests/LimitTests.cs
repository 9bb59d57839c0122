using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Flms.House.Tests;

/// <summary>How long a line, a function and a file may be.</summary>
public sealed class LimitTests
{
    private const int LineColumns = 120;
    private const int FunctionLines = 70;
    private const int FileLines = 600;
    private const int PolicyLines = 400;
    private const long FileBytes = 200_000;

    [Fact]
    public void No_line_is_longer_than_120_columns() => Repository.NoFindings(
        from source in Repository.Sources
        from line in source.Lines.Select((text, i) => (Text: text, Number: i + 1))
        where line.Text.Length > LineColumns
        select $"{source.At(line.Number)}: {line.Text.Length} columns; at most {LineColumns}");

    [Fact]
    public void No_file_is_longer_than_600_lines_and_no_policy_longer_than_400() => Repository.NoFindings(
        from source in Repository.Sources
        let policy = source.Room == "Flms.Schedulers"
        let limit = policy ? PolicyLines : FileLines
        where source.Lines.Length - 1 > limit
        select $"{source.Path}: {source.Lines.Length - 1} lines; at most {limit}: which part is a room of its own?");

    [Fact]
    public void No_function_is_longer_than_70_lines() => Repository.NoFindings(
        from source in Repository.Sources
        from function in source.Syntax.DescendantNodes()
        where function is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
        let span = function.SyntaxTree.GetLineSpan(function.Span)
        let first = span.StartLinePosition.Line + 1
        let lines = span.EndLinePosition.Line + 2 - first
        where lines > FunctionLines
        select $"{source.At(first)}: {lines} lines; at most {FunctionLines}: split it by intent");

    [Fact]
    public void Nothing_but_a_recording_is_larger_than_200_KB() => Repository.NoFindings(
        from path in Repository.Files
        where !path.StartsWith("scenarios/recordings/", StringComparison.Ordinal)
        let bytes = new FileInfo(Repository.Full(path)).Length
        where bytes > FileBytes
        select $"{path}: {bytes} bytes; at most {FileBytes}: cut it, or keep its hash and a summary");

    [Fact]
    public void A_recording_is_smaller_than_2_MB() => Repository.NoFindings(
        from path in Repository.Files
        where path.StartsWith("scenarios/recordings/", StringComparison.Ordinal)
        let bytes = new FileInfo(Repository.Full(path)).Length
        where bytes >= 2_000_000
        select $"{path}: {bytes} bytes; less than 2 MB");
}
