using System.Net.Sockets;

namespace Flms.Agent.Control;

/// <summary>Lets clients in at a socket, within bounds, so that no client can cost the agent much.</summary>
/// <remarks>So many are served at once, so many are let in each second, and each has so much time; whoever is over a
/// bound waits or is turned away. Nothing here runs on the thread of the agent's loop.</remarks>
public sealed class Doorway : IDisposable
{
    private const int AtOnce = 16;
    private const int PerSecond = 100;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _places = new(AtOnce);
    private readonly Socket _listener;
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private readonly TimeSpan _patience;

    /// <summary>Opens it.</summary>
    /// <param name="listener">A socket that listens; its owner closes it after this.</param>
    /// <param name="patience">How long a client may take, all in all.</param>
    /// <param name="serve">Serves one; it need not close the socket.</param>
    public Doorway(Socket listener, TimeSpan patience, Func<Socket, CancellationToken, Task> serve)
    {
        (_listener, _serve, _patience) = (listener, serve, patience);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stop.Cancel();
        _accepting.Wait(TimeSpan.FromSeconds(1));
        // Those who are being served end with the token; a second is enough to tell them so.
        for (var i = 0; i < AtOnce; i++) _places.Wait(TimeSpan.FromMilliseconds(1000 / AtOnce));
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var (second, admitted) = (Environment.TickCount64 / 1000, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _places.WaitAsync(_stop.Token);
                var now = Environment.TickCount64;
                if (now / 1000 != second) (second, admitted) = (now / 1000, 0);
                if (++admitted > PerSecond) await Task.Delay((int)(1000 - now % 1000), _stop.Token);
                _ = ServeAsync(await _listener.AcceptAsync(_stop.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client has gone again, or this process has too many files open: both pass.
                _places.Release();
                await Task.Delay(100);
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        time.CancelAfter(_patience);
        try
        {
            using (client) await _serve(client, time.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException
            or ObjectDisposedException)
        {
            // It went, or was too slow.
        }
        finally
        {
            _places.Release();
        }
    }
}
