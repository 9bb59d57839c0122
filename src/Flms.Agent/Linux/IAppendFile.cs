namespace Flms.Agent.Linux;

/// <summary>A file that only grows.</summary>
public interface IAppendFile : IDisposable
{
    /// <summary>Writes behind everything that is there.</summary>
    /// <returns>0 if all of it was written; or the negative error number, and a part may have been.</returns>
    int Append(ReadOnlySpan<byte> bytes);
}
