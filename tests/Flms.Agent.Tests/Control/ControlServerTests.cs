using System.Net.Sockets;
using System.Text;
using Flms.Agent.Control;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Control;

public sealed class ControlServerTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"flms-{Guid.NewGuid():N}.sock");
    private readonly ControlQueue _queue = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _answered = [];
    private ControlServer? _server;
    private volatile bool _trusted;
    private Thread? _loop;

    public void Dispose()
    {
        _stop.Cancel();
        _loop?.Join();
        _server?.Dispose();
        _queue.Dispose();
        File.Delete(_path + ".lock");
    }

    [Fact]
    public void Whoever_may_change_things_is_known_by_user_and_group_as_the_kernel_tells_them()
    {
        var rights = new ControlRights(Own: 990, Group: 77);
        Assert.True(rights.MayChange(new(1, 0, [0])));
        Assert.True(rights.MayChange(new(1, 990, [990])));
        Assert.True(rights.MayChange(new(1, 1000, [1000, 4, 77])));
        Assert.False(rights.MayChange(new(1, 1000, [1000, 4])));
        Assert.False(new ControlRights(990, null).MayChange(new(1, 1000, [77])));
        Serve();
        using var client = Connect();
        var peer = Peer.Of(client)!;
        Assert.Equal((LinuxUsers.Own, Environment.ProcessId), (peer.User, peer.Pid));
    }

    [Fact]
    public void Others_may_ask_and_change_nothing()
    {
        Serve(mayChange: false);
        Assert.Equal(Refusal.None, Ask("status").Refusal);
        foreach (var verb in (string[])["class", "pause", "resume", "reload"])
            Assert.Equal(Refusal.NotAllowed, Ask(verb).Refusal);
        Assert.Equal(["status"], _answered);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("[]\n")]
    [InlineData("null\n")]
    [InlineData("{\"v\":1}{\n")]
    [InlineData("{\"v\":2,\"verb\":\"status\"}\n")]
    [InlineData("{\"verb\":\"status\"}\n")]
    [InlineData("{\"v\":1,\"verb\":\"status\",\"path\":\"/etc/shadow\"}\n")]
    [InlineData("{\"v\":1,\"verb\":[[[[[[[[\"status\"]]]]]]]]}\n")]
    [InlineData("{\"v\":1,\"verb\":7}\n")]
    [InlineData("\0\u0001\uffff\n")]
    public void What_is_no_request_is_told_so_and_the_agent_goes_on(string text)
    {
        Serve();
        using (var client = Connect())
        {
            client.Send(Encoding.UTF8.GetBytes(text));
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(Refusal.BadRequest, ControlReply.Read(All(client))!.Refusal);
        }
        Assert.Equal(Refusal.None, Ask("status").Refusal);
        Assert.Equal(["status"], _answered);
    }

    [Fact]
    public void A_request_that_does_not_end_is_cut_off()
    {
        Serve();
        using var client = Connect();
        client.Send(new byte[ControlRequest.MostBytes]);
        Assert.Equal(Refusal.BadRequest, ControlReply.Read(All(client))!.Refusal);
    }

    [Fact]
    public void Clients_that_say_nothing_do_not_keep_the_others_out_nor_the_loop_waiting()
    {
        Serve(mayChange: false);
        var silent = new List<Socket>();
        try
        {
            // Half of the places are all that those who may not change things can take.
            for (var i = 0; i < 8; i++) silent.Add(Connect());
            while (Ask("status").Refusal != Refusal.Busy) Thread.Sleep(5);
            _trusted = true;
            for (var i = 0; i < 10; i++) Assert.Equal(Refusal.None, Ask("pause").Refusal);
            Assert.Equal(10, _answered.Count(v => v == "pause"));
            _trusted = false;
        }
        finally
        {
            silent.ForEach(s => s.Dispose());
        }
        // They are gone: there is room again.
        while (Ask("status").Refusal == Refusal.Busy) Thread.Sleep(5);
    }

    [Fact]
    public void A_client_that_goes_before_its_answer_harms_nobody()
    {
        Serve();
        for (var i = 0; i < 20; i++)
        {
            using var client = Connect();
            client.Send("{\"v\":1,\"verb\":\"status\"}\n"u8);
        }
        Assert.Equal(Refusal.None, Ask("status").Refusal);
    }

    [Fact]
    public void The_socket_of_an_agent_that_was_killed_is_replaced_and_that_of_a_living_one_is_not()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // Moved away, it is not deleted when it is closed: as after kill -9.
            dead.Bind(new UnixDomainSocketEndPoint(_path + ".old"));
            dead.Listen(1);
            File.Move(_path + ".old", _path);
        }
        Assert.True(FileFacts.Of(_path)!.Value.IsSocket);
        Serve();
        Assert.Equal(-SocketFile.InUse, SocketFile.Open(_path, OwnerOnly, null, out _, out var problem));
        Assert.Contains("listens there", problem);
        // Not even if somebody has deleted the lock.
        File.Delete(_path + ".lock");
        Assert.Equal(-SocketFile.InUse, SocketFile.Open(_path, OwnerOnly, null, out _, out _));
        Assert.Equal(Refusal.None, Ask("status").Refusal);
        if (OperatingSystem.IsLinux()) Assert.Equal(OwnerOnly, File.GetUnixFileMode(_path));
    }

    [Fact]
    public void A_file_that_is_no_socket_is_left_as_it_is()
    {
        File.WriteAllText(_path, "mine");
        Assert.Equal(-Errno.Exists, SocketFile.Open(_path, OwnerOnly, null, out _, out _));
        Assert.Equal("mine", File.ReadAllText(_path));
        File.Delete(_path);
    }

    [Fact]
    public void Where_nobody_listens_there_is_no_answer_and_no_problem()
    {
        Assert.Null(ControlClient.Ask(_path, new() { Verb = "status" }, out var problem));
        Assert.Equal("", problem);
        File.WriteAllText(_path, "");
        Assert.Null(ControlClient.Ask(_path, new() { Verb = "status" }, out problem));
        Assert.Equal("", problem);
        File.Delete(_path);
    }

    private void Serve(bool mayChange = true)
    {
        _trusted = mayChange;
        Assert.Equal(0, SocketFile.Open(_path, OwnerOnly, null, out var file, out _));
        _server = new(file!, _ => _trusted, _queue);
        _loop = new(() =>
        {
            while (!_stop.IsCancellationRequested)
                _queue.AnswerOne(request =>
                {
                    _answered.Add(request.Verb);
                    return ControlReply.Of(new("fine"), ReportJson.Line.TextReport);
                }, 1000, _stop.Token);
        });
        _loop.Start();
    }

    private Socket Connect()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(_path));
        return client;
    }

    private ControlReply Ask(string verb)
    {
        var reply = ControlClient.Ask(_path, new() { Verb = verb, Vm = "web" }, out var problem);
        Assert.Equal("", problem);
        return reply!;
    }

    private static byte[] All(Socket client)
    {
        using var all = new MemoryStream();
        var bytes = new byte[1000];
        while (client.Receive(bytes) is var n and > 0) all.Write(bytes, 0, n);
        return all.ToArray();
    }
}
