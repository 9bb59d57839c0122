using System.Text;
using System.Text.Json;
using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Traces.Tests;

public sealed class EventLogWriterTests
{
    private static readonly MachineSetup Setup = new()
    {
        Topology = Topology.Of(2, 2),
        Domains = [new() { Name = "web", Vcpus = 2 }, new() { Name = "ü\"x" }],
    };

    public static TheoryData<HostEventKind, Note, int, int, int, long, string> Forms => new()
    {
        { HostEventKind.Switch, 0, 1, 1, 0, 30_000_000,
            """{"t_ns":12,"pcpu":1,"event":"switch","prev":"web/0","next":"web/1","slice_ns":30000000}""" },
        { HostEventKind.Switch, 0, 1, -1, 0, -1,
            """{"t_ns":12,"pcpu":1,"event":"switch","prev":"web/0","next":"idle","slice_ns":-1}""" },
        { HostEventKind.Switch, 0, 0, 0, -1, long.MaxValue,
            """{"t_ns":12,"pcpu":0,"event":"switch","prev":"idle","next":"web/0","slice_ns":-1}""" },
        { HostEventKind.Wake, 0, -1, 2, -1, 0, """{"t_ns":12,"pcpu":-1,"event":"wake","vcpu":"\u00FC\u0022x/0"}""" },
        { HostEventKind.Block, 0, 3, 0, -1, 0, """{"t_ns":12,"pcpu":3,"event":"block","vcpu":"web/0"}""" },
        { HostEventKind.Migrate, 0, 3, 0, -1, 0,
            """{"t_ns":12,"pcpu":3,"event":"migrate","vcpu":"web/0","from":0,"to":3,"distance":"remote"}""" },
        { HostEventKind.Migrate, 0, 1, 0, -1, 0,
            """{"t_ns":12,"pcpu":1,"event":"migrate","vcpu":"web/0","from":0,"to":1,"distance":"same_socket"}""" },
        { HostEventKind.Note, Note.Steal, 1, 0, -1, 0,
            """{"t_ns":12,"pcpu":1,"event":"steal","vcpu":"web/0","from":0,"to":1,"distance":"same_socket"}""" },
        { HostEventKind.Note, Note.Boost, 1, 0, -1, 0, """{"t_ns":12,"pcpu":1,"event":"boost","vcpu":"web/0"}""" },
        { HostEventKind.Note, Note.Park, 1, 0, -1, 0, """{"t_ns":12,"pcpu":1,"event":"park","vcpu":"web/0"}""" },
        { HostEventKind.Note, Note.Unpark, 1, 0, -1, 0, """{"t_ns":12,"pcpu":1,"event":"unpark","vcpu":"web/0"}""" },
        { HostEventKind.Note, Note.Preempt, 1, 0, -1, 1,
            """{"t_ns":12,"pcpu":1,"event":"preempt","vcpu":"web/0","by":"web/1"}""" },
        { HostEventKind.Note, Note.Preempt, 1, 0, -1, -1,
            """{"t_ns":12,"pcpu":1,"event":"preempt","vcpu":"web/0"}""" },
        { HostEventKind.Note, Note.Regroup, -1, -1, -1, 3,
            """{"t_ns":12,"pcpu":-1,"event":"regroup","short_slice_pcpus":3}""" },
    };

    public static TheoryData<HostEventKind, Note, int, int, int, long, string> RareForms => new()
    {
        { HostEventKind.Continue, 0, 1, 0, 0, 5,
            """{"t_ns":12,"pcpu":1,"event":"continue","vcpu":"web/0","slice_ns":5}""" },
        { HostEventKind.Done, 0, 1, 0, -1, 0, """{"t_ns":12,"pcpu":1,"event":"done","vcpu":"web/0"}""" },
        { HostEventKind.Operate, 0, -1, -1, -1, 2, """{"t_ns":12,"pcpu":-1,"event":"operate","operation":2}""" },
        { HostEventKind.Note, Note.Balance, 1, -1, -1, 1, """{"t_ns":12,"pcpu":1,"event":"balance","found":1}""" },
        { HostEventKind.Note, Note.Group, 1, -1, -1, 1, """{"t_ns":12,"pcpu":1,"event":"group","short_slice":1}""" },
        { HostEventKind.Note, Note.Credit, -1, 0, -1, -300,
            """{"t_ns":12,"pcpu":-1,"event":"credit","vcpu":"web/0","value":-300}""" },
        { HostEventKind.Note, Note.Place, 1, 0, -1, 3,
            """{"t_ns":12,"pcpu":1,"event":"place","vcpu":"web/0","to":3}""" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    [MemberData(nameof(RareForms))]
    public void Each_event_is_one_line(HostEventKind kind, Note note, int p, int v, int other, long value, string line)
    {
        Assert.Equal(line + "\n", Written(new(new(12), kind, note, new(p), new(v), new(other), value), true));
        using var json = JsonDocument.Parse(line);
    }

    [Theory]
    [MemberData(nameof(RareForms))]
    public void Rare_events_are_left_out_unless_asked_for(
        HostEventKind kind, Note note, int p, int v, int other, long value, string line)
    {
        Assert.NotEqual("", line);
        Assert.Equal("", Written(new(new(12), kind, note, new(p), new(v), new(other), value), false));
    }

    [Fact]
    public void Every_form_of_line_is_documented()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "events.md"));
        foreach (var form in Forms.Concat(RareForms))
        {
            using var json = JsonDocument.Parse((string)form[6]);
            var name = json.RootElement.GetProperty("event").GetString();
            Assert.Contains($"\"event\":\"{name}\"", page, StringComparison.Ordinal);
            foreach (var key in json.RootElement.EnumerateObject())
                Assert.Contains($"\"{key.Name}\"", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_is_written_the_same_twice()
    {
        var (first, lines) = Run();
        Assert.Equal(first, Run().Bytes);
        Assert.Equal(lines, Encoding.UTF8.GetString(first).Split('\n').Length - 1);
        Assert.StartsWith("""{"t_ns":0,"pcpu":-1,"event":"wake","vcpu":"a/0"}""", Encoding.UTF8.GetString(first),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_allocated_while_it_writes() => Assert.Equal(0, Allocation.Least(() =>
    {
        var (machine, _, _) = Logged();
        machine.Run(new(500_000_000));
        return () => machine.Run(new(1_000_000_000));
    }));

    private static (byte[] Bytes, long Lines) Run()
    {
        var (machine, log, stream) = Logged();
        machine.Run(new(1_000_000_000));
        log.Flush();
        return (stream.ToArray(), log.Lines);
    }

    private static (Machine Machine, EventLogWriter Log, MemoryStream Stream) Logged()
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 2),
            Domains =
            [
                new() { Name = "a", Vcpus = 3, Workloads = [new HogSetup()] },
                new() { Name = "b", Workloads = [new PulseSetup { Every = 1.Ms }] },
            ],
        };
        var stream = new MemoryStream(4 << 20);
        var log = new EventLogWriter(stream, setup);
        var machine = new Machine(setup, host => new RoundRobinScheduler(host, new() { Slice = 1.Ms }));
        machine.Watch(log);
        return (machine, log, stream);
    }

    private static string Written(HostEvent e, bool everything)
    {
        using var stream = new MemoryStream();
        var log = new EventLogWriter(stream, Setup, everything);
        log.On(e);
        log.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
