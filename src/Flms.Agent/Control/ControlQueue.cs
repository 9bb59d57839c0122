using System.Collections.Concurrent;

namespace Flms.Agent.Control;

/// <summary>Something that is asked of an agent, on its way to the loop and back.</summary>
/// <param name="request">What is asked.</param>
public sealed class Asked(ControlRequest request)
{
    private readonly TaskCompletionSource<byte[]> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <summary>What is asked.</summary>
    public ControlRequest Request => request;

    /// <summary>Comes when the loop has answered.</summary>
    public Task<byte[]> Reply => _reply.Task;

    /// <summary>Takes it, to answer it or to give it up; only the first who does has it.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Answers it.</summary>
    public void Answer(byte[] reply) => _reply.TrySetResult(reply);
}

/// <summary>What waits for an agent's loop: the loop takes it between two periods, and nobody else touches what the
/// loop works on.</summary>
public sealed class ControlQueue : IDisposable
{
    private const int Most = 32;

    private static readonly Asked Nothing = new(new());

    private readonly BlockingCollection<Asked> _asked = new(Most);

    /// <summary>Something is asked.</summary>
    /// <returns>Null if too much waits already.</returns>
    public Asked? Post(ControlRequest request)
    {
        var asked = new Asked(request);
        return _asked.TryAdd(asked) ? asked : null;
    }

    /// <summary>Ends the waiting of <see cref="AnswerOne"/>, without a request.</summary>
    public void Wake() => _asked.TryAdd(Nothing);

    /// <summary>Answers one request, or waits for one.</summary>
    /// <param name="answer">Makes the reply.</param>
    /// <param name="milliseconds">How long to wait, at most.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>Whether there was one.</returns>
    public bool AnswerOne(Func<ControlRequest, byte[]> answer, int milliseconds, CancellationToken stop)
    {
        try
        {
            if (!_asked.TryTake(out var asked, Math.Max(0, milliseconds), stop)) return false;
            if (asked != Nothing && asked.TryTake()) asked.Answer(answer(asked.Request));
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _asked.Dispose();
}
