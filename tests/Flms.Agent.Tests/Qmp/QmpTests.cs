using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;

namespace Flms.Agent.Tests.Qmp;

public sealed class QmpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms").FullName;
    private readonly List<IDisposable> _ends = [];

    private string Path => System.IO.Path.Combine(_folder, "qmp");

    public void Dispose()
    {
        _ends.ForEach(e => e.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("/run/{name}.qmp", "web", "/run/web.qmp")]
    [InlineData("/run/one.qmp", "../etc", "/run/one.qmp")]
    [InlineData("/run/{name}.qmp", "../etc/x", null)]
    [InlineData("/run/{name}", "..", null)]
    public void A_VMs_name_leads_nowhere_else(string pattern, string name, string? path) =>
        Assert.Equal(path, QmpMonitors.PathFor(pattern, name));

    [Fact]
    public void What_a_monitor_says_of_threads_and_counters_is_read_and_events_in_between_are_not_minded()
    {
        Answer(
            """{"QMP":{"version":{}}}""",
            """{"return":{},"id":1}""",
            """{"event":"RTC_CHANGE","data":{}}""" + "\n"
                + """{"return":[{"cpu-index":0,"qom-path":"/a","thread-id":101},{"thread-id":"x"}],"id":2}""",
            """{"return":[{"id":"io1","thread-id":103}],"id":3}""",
            Stats(10, 100, 4),
            """{"return":[{"cpu-index":0,"qom-path":"/a","thread-id":101}],"id":5}""",
            """{"return":[{"id":"io1","thread-id":103}],"id":6}""",
            Stats(1010, 600, 7));
        using var monitors = new QmpMonitors(_ => Path);
        WaitFor(() => monitors.Of(new(100, 1), "web") != null);
        Assert.Equal((ThreadRole.Vcpu, 0), monitors.Of(new(100, 1), "web")!.Threads[101]);
        Assert.Equal((ThreadRole.Io, 0), monitors.Of(new(100, 1), "web")!.Threads[103]);
        WaitFor(() => monitors.Of(new(100, 1), "web")!.Rates.Count == 1);
        var rates = monitors.Of(new(100, 1), "web")!.Rates[0];
        Assert.True(rates.Halts > rates.Interrupts && rates.Interrupts > rates.Exits, rates.ToString());
        Assert.Equal(1, monitors.Version); // the threads stayed the same

        static string Stats(int halts, int interrupts, int id) =>
            "{\"return\":[{\"provider\":\"kvm\",\"qom-path\":\"/a\",\"stats\":[{\"name\":\"halt_exits\",\"value\":"
            + $"{halts}}},{{\"name\":\"irq_injections\",\"value\":{interrupts}}}]}}],\"id\":{id}}}";
    }

    [Theory]
    [InlineData(null, "one client at a time")]
    [InlineData("nonsense", "'")]
    public void A_monitor_that_serves_somebody_else_or_speaks_nonsense_is_told_and_holds_nobody_up(
        string? greeting, string told)
    {
        if (greeting == null) Listen();
        else Answer(greeting);
        using var monitors = new QmpMonitors(_ => Path);
        var watch = Stopwatch.StartNew();
        Assert.Null(monitors.Of(new(100, 1), "web"));
        Assert.True(watch.ElapsedMilliseconds < 1000);
        var message = "";
        WaitFor(() => monitors.TryTell(out message));
        Assert.StartsWith($"web: its monitor {Path} ", message);
        Assert.Contains(told, message);
    }

    [SkippableFact]
    [Trait("Speed", "Slow")]
    public void A_real_QEMU_that_names_no_threads_is_known_by_its_monitor()
    {
        Skip.IfNot(File.Exists("/usr/bin/qemu-system-x86_64"), "needs the Debian package qemu-system-x86");
        var name = $"flms-test-{Environment.ProcessId}-qmp";
        using var qemu = Process.Start(new ProcessStartInfo("qemu-system-x86_64",
            ["-name", $"guest={name},debug-threads=off", "-machine", "q35", "-accel", "tcg,thread=multi", "-smp",
                "1,maxcpus=3", "-m", "32", "-nodefaults", "-display", "none", "-S", "-object", "iothread,id=io1",
                "-qmp", $"unix:{Path},server=on,wait=off"]))!;
        try
        {
            using var monitors = new QmpMonitors(vm => vm == name ? Path : null);
            using var observer = new Observer(new LinuxFiles(), new(), _ => null, monitors: monitors);
            // Its threads are all called like the program, and TCG has no file that tells.
            WaitFor(() => Look()?.Vcpus.Count() == 1);
            var vm = Look()!;
            Assert.Equal(qemu.Id, vm.Vm.Process.Tid);
            Assert.Single(vm.Threads, t => t.Thread.Role == ThreadRole.Io);
            qemu.Kill();
            qemu.WaitForExit();
            WaitFor(() => Look() == null);

            ObservedVm? Look()
            {
                observer.Rescan();
                return observer.Vms.FirstOrDefault(v => v.Vm.Name == name);
            }
        }
        finally
        {
            if (!qemu.HasExited) qemu.Kill();
        }
    }

    private static void WaitFor(Func<bool> until)
    {
        for (var from = Environment.TickCount64; !until(); Thread.Sleep(20))
            Assert.True(Environment.TickCount64 - from < 60_000, "waited in vain");
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path));
        socket.Listen();
        _ends.Add(socket);
        return socket;
    }

    // A monitor that greets, and then answers each line with the next; after the last it says no more.
    private void Answer(params string[] answers)
    {
        var socket = Listen();
        _ = Task.Run(() =>
        {
            using var client = socket.Accept();
            using var stream = new NetworkStream(client);
            using var reader = new StreamReader(stream);
            foreach (var answer in answers)
            {
                stream.Write(Encoding.UTF8.GetBytes(answer + "\n"));
                if (reader.ReadLine() == null) return;
            }
        });
    }
}
