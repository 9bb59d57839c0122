using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Flms.Agent.Tests.Monitoring;

/// <summary>A real Prometheus on loopback, which reads a file of metrics over HTTP; it ends with the test.</summary>
internal sealed class Prometheus : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flms-prometheus-");
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Process _process;

    public Prometheus(Func<string> metrics)
    {
        _listener.Start();
        _ = Task.Run(() => ServeAsync(metrics));
        var target = ((IPEndPoint)_listener.LocalEndpoint).Port;
        var config = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(config, $$"""
            global: { scrape_interval: 200ms, scrape_timeout: 200ms }
            scrape_configs:
              - job_name: flms
                static_configs: [{ targets: ["127.0.0.1:{{target}}"] }]
            """);
        var own = FreePort();
        _client.BaseAddress = new($"http://127.0.0.1:{own}/");
        try
        {
            _process = Process.Start(new ProcessStartInfo("prometheus", [$"--config.file={config}",
                $"--storage.tsdb.path={_folder.FullName}/data", $"--web.listen-address=127.0.0.1:{own}",
                "--log.level=error"]))!;
        }
        catch (Win32Exception)
        {
            Dispose();
            Skip.If(true, "needs prometheus (apt-get install prometheus)");
            throw;
        }
    }

    /// <summary>Evaluates a query now.</summary>
    /// <returns>How many series it gives; negative while Prometheus has only begun.</returns>
    public async Task<int> QueryAsync(string query)
    {
        try
        {
            using var reply = await _client.GetAsync(
                new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative));
            var text = await reply.Content.ReadAsStringAsync();
            if (reply.StatusCode == HttpStatusCode.ServiceUnavailable) return -1;
            Assert.True(reply.IsSuccessStatusCode, $"{query}: {text}");
            return JsonDocument.Parse(text).RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
        }
        catch (HttpRequestException)
        {
            return -1;
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process?.Dispose();
        _listener.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    // Any request is answered with the metrics.
    private async Task ServeAsync(Func<string> metrics)
    {
        var request = new byte[4096];
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                _ = await stream.ReadAsync(request);
                var body = metrics();
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nConnection: close\r\n"
                    + "Content-Type: text/plain; version=0.0.4\r\n"
                    + $"Content-Length: {System.Text.Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test has ended, or Prometheus has.
        }
    }
}
