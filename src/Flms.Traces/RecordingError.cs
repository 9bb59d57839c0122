namespace Flms.Traces;

/// <summary>Why a recording, or the file that tells its threads, cannot be used: an expected thing, so a
/// value.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in bytes, from 1.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record RecordingError(string File, long Line, int Column, string What, string Remedy)
{
    /// <summary>One line: <c>file:line:column: what; what to do</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}: {What}; {Remedy}";
}
