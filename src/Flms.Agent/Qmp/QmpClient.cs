using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Flms.Agent.Discovery;

namespace Flms.Agent.Qmp;

/// <summary>Asks one VM's monitor, once a second, until it is ended.</summary>
/// <remarks>A monitor serves one client at a time and keeps any other waiting without a word (spec host-agent 3.1), so
/// every answer has a limit. Commands that do not interrupt the guest only: <c>query-cpus-fast</c>,
/// <c>query-iothreads</c>, <c>query-stats</c>.</remarks>
internal sealed class QmpClient : IDisposable
{
    private const int AnswerMs = 2000, PeriodMs = 1000, FirstRetryMs = 2000, LastRetryMs = 60_000;
    private const int LongestLine = 1 << 20;

    private readonly CancellationTokenSource _end = new();
    private readonly string _path;
    private readonly Action<string> _tell;
    private readonly Action _changed;
    private Dictionary<string, KvmRates> _counted = [];
    private long _countedAt;
    private volatile MonitorView? _view;

    /// <summary>Begins.</summary>
    /// <param name="path">The monitor's socket.</param>
    /// <param name="tell">Told when it cannot be asked, and when it can again.</param>
    /// <param name="changed">Called when other threads are known than before.</param>
    public QmpClient(string path, Action<string> tell, Action changed)
    {
        (_path, _tell, _changed) = (path, tell, changed);
        _ = Task.Run(RunAsync);
    }

    /// <summary>What was last told; null for nothing yet.</summary>
    public MonitorView? View => _view;

    /// <inheritdoc />
    public void Dispose() => _end.Cancel();

    private async Task RunAsync()
    {
        var told = "";
        for (var retry = FirstRetryMs; !_end.IsCancellationRequested; retry = Math.Min(2 * retry, LastRetryMs))
            try
            {
                await TalkAsync(() => (told, retry) = ("", FirstRetryMs));
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
                when (e is IOException or SocketException or JsonException or OperationCanceledException)
            {
                var problem = e is OperationCanceledException
                    ? "does not answer: perhaps it serves somebody else, it has one client at a time" : e.Message;
                if (problem != told) _tell($"{_path} {problem}");
                told = problem;
                await Task.Delay(retry, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    }

    private async Task TalkAsync(Action greeted)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await WithinAsync(async stop => await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), stop));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await WithinAsync(stop => ReadUntilAsync(reader, QmpText.IsGreeting, stop));
        await AskAsync(stream, reader, "qmp_capabilities", 1);
        greeted();
        for (var id = 2; ; id += 3)
        {
            var vcpus = QmpText.Vcpus(await AskAsync(stream, reader, "query-cpus-fast", id)).ToList();
            var io = QmpText.IoThreads(await AskAsync(stream, reader, "query-iothreads", id + 1));
            var stats = QmpText.Stats(
                await AskAsync(stream, reader, "query-stats", id + 2, QmpText.StatsArguments));
            Publish(QmpText.Threads(vcpus, io), RatesOf(vcpus, stats));
            await Task.Delay(PeriodMs, _end.Token);
        }
    }

    private void Publish(Dictionary<int, (ThreadRole, int)> threads, Dictionary<int, KvmRates> rates)
    {
        var before = _view?.Threads;
        _view = new(threads, rates);
        if (before == null || before.Count != threads.Count
            || threads.Any(t => !before.TryGetValue(t.Key, out var role) || role != t.Value)) _changed();
    }

    private Dictionary<int, KvmRates> RatesOf(
        IEnumerable<(int Vcpu, int Tid, string Path)> vcpus, IReadOnlyDictionary<string, KvmRates> now)
    {
        var at = Environment.TickCount64;
        var ms = Math.Max(1, at - _countedAt);
        var rates = new Dictionary<int, KvmRates>();
        foreach (var (vcpu, _, path) in vcpus)
            if (now.TryGetValue(path, out var n) && _counted.TryGetValue(path, out var b))
                rates[vcpu] = new((n.Halts - b.Halts) * 1000 / ms, (n.Interrupts - b.Interrupts) * 1000 / ms,
                    (n.Exits - b.Exits) * 1000 / ms);
        (_counted, _countedAt) = (new(now, StringComparer.Ordinal), at);
        return rates;
    }

    private async Task<JsonElement> AskAsync(
        NetworkStream stream, StreamReader reader, string command, int id, string arguments = "")
    {
        var answer = default(JsonElement);
        await WithinAsync(async stop =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(QmpText.Command(command, id, arguments)), stop);
            answer = await ReadUntilAsync(reader, line => QmpText.IsAnswer(line, id), stop);
        });
        return answer;
    }

    private static async Task<JsonElement> ReadUntilAsync(
        StreamReader reader, Func<JsonElement, bool> wanted, CancellationToken stop)
    {
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (line.Length > LongestLine) throw new IOException("answers with too long a line");
            if (line == "") continue;
            using var document = JsonDocument.Parse(line);
            if (wanted(document.RootElement)) return document.RootElement.Clone();
        }
        throw new IOException("has hung up");
    }

    private async Task WithinAsync(Func<CancellationToken, Task> act)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        limit.CancelAfter(AnswerMs);
        await act(limit.Token);
    }
}
