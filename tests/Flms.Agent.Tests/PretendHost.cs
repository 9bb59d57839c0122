namespace Flms.Agent.Tests;

/// <summary>A guest as a host of VMs: these are processes whose threads are called like vCPUs. They end with the test.
/// </summary>
internal sealed class PretendHost(DebianGuest guest) : IDisposable
{
    private readonly List<string> _started = [];

    public void Dispose()
    {
        if (_started.Count > 0) guest.Run($"kill -9 {string.Join(' ', _started)} 2> /dev/null; true");
    }

    /// <summary>Starts a command of the guest's shell in the background.</summary>
    /// <returns>Its process.</returns>
    public string Start(string command)
    {
        var pid = guest.Do($"{command} & echo $!");
        _started.Add(pid);
        return pid;
    }

    /// <summary>Starts an agent with that configuration, which writes what it does to <c>/tmp/log</c>.</summary>
    /// <returns>Its process.</returns>
    public string StartAgent(string config)
    {
        guest.Do($"cat > /tmp/agent.yaml << 'END'\n{config}\nEND");
        return Start("flms agent run --config /tmp/agent.yaml > /dev/null 2> /tmp/log");
    }

    /// <summary>Starts a VM.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="vcpus">How many vCPUs it has.</param>
    /// <param name="with">Words before its program, as in <c>taskset 3</c>.</param>
    /// <param name="group">The control group that it lives in; empty for that of all others.</param>
    /// <returns>Its process.</returns>
    public string StartVm(string name, int vcpus, string with = "", string group = "")
    {
        guest.Do($"mkfifo /tmp/{name} 2> /dev/null; rm -f /tmp/{name}.out");
        // Its standard input stays open for as long as somebody sleeps on it.
        Start($"sleep 100000 > /tmp/{name}");
        var enter = group == "" ? "" : $"echo 0 > {group}/cgroup.procs; ";
        var pid = Start($"({enter}exec {with} /opt/dotnet/dotnet exec --runtimeconfig "
            + $"/opt/flms/flms.runtimeconfig.json /opt/flms/Flms.Agent.Tests.dll vm -name {name} {vcpus} < /tmp/{name} "
            + $"> /tmp/{name}.out)");
        guest.WaitUntil($"grep -q ready /tmp/{name}.out", $"{name} does not start");
        return pid;
    }

    /// <summary>Tells a VM to do something, and waits until it does.</summary>
    public void Tell(string name, string what)
    {
        guest.Do($"echo {what} > /tmp/{name}");
        guest.WaitUntil($"grep -q done /tmp/{name}.out", $"{name} does not {what}");
    }

    /// <summary>Where each vCPU of a VM may run, as the kernel lists it.</summary>
    /// <param name="pid">Its process.</param>
    public string[] VcpusOf(string pid) => guest.Do(
        $"for t in $(grep -l ^CPU /proc/{pid}/task/*/comm 2> /dev/null); do "
        + "grep Cpus_allowed_list ${t%comm}status; done | cut -f2").Split('\n');

    /// <summary>Where all threads may run that were started here and last: others are made and ended by the runtime as
    /// it likes.</summary>
    public string Snapshot() => guest.Do(
        $"cat {string.Join(' ', _started.Select(p => $"/proc/{p}/task/*/status"))} 2> /dev/null |"
        + " awk '/^Name/ { n = $2 } /^Cpus_allowed_list/ { print n, $2 }' | grep -E '^(CPU|IO|sleep) '");

    /// <summary>Waits until something has become so, for four minutes.</summary>
    /// <param name="so">What.</param>
    /// <param name="what">What to say if it never does; the agent's log comes with it.</param>
    public void WaitUntil(Func<bool> so, string what)
    {
        for (var begin = Environment.TickCount64; !so(); Thread.Sleep(500))
            Assert.True(Environment.TickCount64 - begin < 240_000, $"{what}: {guest.Do("cat /tmp/log")}");
    }

    /// <summary>The CPUs of a list as the kernel writes it, as in <c>0,2-3</c>.</summary>
    public static HashSet<int> Cpus(string list)
    {
        Assert.True(Linux.CpuList.TryParse(list, 8, out var cpus), list);
        return [.. cpus];
    }
}
