using System.Globalization;

namespace Flms.Sweep.Results;

/// <summary>What a task of a cluster writes beside its pieces as long as it runs, so that whoever waits for it can tell
/// it from one that its cluster only believes to run.</summary>
/// <remarks>A small file with a number that grows. Who looks compares what it says now with what it said before, by a
/// clock of its own: the clocks of two machines need not agree.</remarks>
public sealed class SignOfLife : IDisposable
{
    /// <summary>How often it is given.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly string _file;
    private readonly string _who = Guid.NewGuid().ToString("n");
    private readonly Timer _timer;
    private long _count;

    /// <summary>Gives the first sign, and goes on until it is disposed of.</summary>
    /// <param name="folder">Where the task's pieces go.</param>
    /// <param name="shard">Which part of the sweep it runs.</param>
    public SignOfLife(PieceFolder folder, Shard shard)
    {
        _file = PathOf(folder, shard);
        Give();
        _timer = new(_ => Give(), null, Every, Every);
    }

    /// <summary>What a task said last.</summary>
    /// <returns>Null if it never said anything, or if that cannot be read now.</returns>
    public static string? Last(PieceFolder folder, Shard shard)
    {
        try
        {
            return File.ReadAllText(PathOf(folder, shard));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static string PathOf(PieceFolder folder, Shard shard) =>
        Path.Combine(folder.Path, "alive", PieceFolder.Label(shard));

    private void Give()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            var count = Interlocked.Increment(ref _count);
            File.WriteAllText(_file, $"{_who} {count.ToString(CultureInfo.InvariantCulture)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A sign that is not seen is no reason to stop work; results that cannot be written will say what is wrong.
        }
    }
}
