using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Flms.Agent.Control;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Running;

public sealed class MetricsTests
{
    [Fact]
    public void A_histogram_counts_up_to_each_bound()
    {
        var histogram = new Histogram(10, 20);
        foreach (var value in (long[])[5, 10, 11, 20, 21]) histogram.Add(value);
        Assert.Equal((2, 4, 5, 67), (histogram.UpTo(0), histogram.UpTo(1), histogram.Count, histogram.Sum));
    }

    [Fact]
    public void Every_metric_of_the_specification_is_there()
    {
        using var bench = new LoopBench(AgentMode.Enforce);
        bench.Run(15);
        var text = MetricsText.Of(bench.Loop, bench.OwnCpu, "1.2.3", journalRecords: 7);
        Assert.Matches("vcpu_info{domain=\"batch\".*kind=\"compute\",pool=\"lp\",placed=\"yes\"} 1", text);
        // Without the latency-sensitive one there is nothing to keep apart.
        bench.Kernel.SetAffinity(101, bench.Cpus.Parse("3")!);
        bench.Run(10);
        bench.Loop.Worked(2.Ms);
        text += MetricsText.Of(bench.Loop, bench.OwnCpu);
        foreach (var line in (string[])
        [
            "build_info{version=\"1.2.3\"} 1", "pool_cpus{pool=\"sp\"} 1", "pool_cpus{pool=\"excluded\"} 0",
            "conflicts_total{by=\"other\"} 1", "skipped_vcpus{reason=\"taken_over\"} 1", "journal_records_total 7",
            "pool_cpus{pool=\"sp\"} 0",
            "tick_duration_seconds_bucket{le=\"0.003\"} 1", "tick_duration_seconds_count 1",
            "vcpu_slice_seconds{domain=\"batch\",uuid=\"\",pid=\"200\",vcpu=\"0\"} 0.02",
            "vcpu_delay_ratio_count{class=\"compute\"}", "moves_total{reason=\"compute\"} ",
            "pool_sample_load_cpus{pool=\"lp\"} 0.9", "changes_total{outcome=\"taken_over\"} 1",
        ]) Assert.Contains("\nflms_agent_" + line, "\n" + text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Prometheus_own_checker_takes_every_line()
    {
        Skip.If(!Exists("promtool"), "needs prometheus (apt-get install prometheus)");
        using var bench = new LoopBench(AgentMode.Enforce);
        bench.Start(300, "odd\"\\\n name", 2);
        bench.Run(15);
        bench.Loop.Worked(2.Ms);
        var (code, said) = Check(MetricsText.Of(bench.Loop, bench.OwnCpu, "1.2.3"));
        Assert.True(code == 0, said);
        Assert.NotEqual(0, Check("flms_agent_x{ 1\n").Code);
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200", "fine")]
    [InlineData("HEAD /metrics HTTP/1.0\r\n\r\n", "200", "")]
    [InlineData("GET /etc/passwd HTTP/1.1\r\n\r\n", "404", "There is only")]
    [InlineData("POST /metrics HTTP/1.1\r\n\r\n", "405", "There is only")]
    [InlineData("rubbish\r\n\r\n", "400", "That was no")]
    public void Metrics_are_answered_on_the_loopback_and_nothing_else_is(string request, string status, string body)
    {
        using var queue = new ControlQueue();
        using var stop = new CancellationTokenSource();
        using var endpoint = MetricsEndpoint.Open("127.0.0.1:0", 0, null, queue, out var problem);
        Assert.Equal("", problem);
        var loop = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                queue.AnswerOne(_ => ControlReply.Of(new("fine\n"), ReportJson.Line.TextReport), 1000, stop.Token);
        });
        loop.Start();
        try
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(endpoint!.Address!);
            client.Send(Encoding.ASCII.GetBytes(request));
            using var all = new MemoryStream();
            var bytes = new byte[1000];
            while (client.Receive(bytes) is var n and > 0) all.Write(bytes, 0, n);
            var reply = Encoding.ASCII.GetString(all.ToArray());
            Assert.StartsWith($"HTTP/1.1 {status} ", reply, StringComparison.Ordinal);
            Assert.StartsWith(body, reply[(reply.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..],
                StringComparison.Ordinal);
        }
        finally
        {
            stop.Cancel();
            loop.Join();
        }
    }

    [Theory]
    [InlineData("0.0.0.0:9177")]
    [InlineData("192.0.2.1:80")]
    [InlineData("9177")]
    [InlineData("localhost:9177")]
    public void Nothing_but_this_machine_is_listened_to(string where)
    {
        using var queue = new ControlQueue();
        Assert.Null(MetricsEndpoint.Open(where, 0, null, queue, out var problem));
        Assert.Contains("loopback", problem, StringComparison.Ordinal);
    }

    private static (int Code, string Said) Check(string metrics)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", "check metrics")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Write(metrics);
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }

    private static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Join(folder, program)));
}
