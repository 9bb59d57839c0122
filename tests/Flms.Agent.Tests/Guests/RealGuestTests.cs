using System.Globalization;

namespace Flms.Agent.Tests.Guests;

/// <summary><c>flms guest</c> in a real guest: Debian's kernel, virtio devices, processes of a user.</summary>
[Collection(SharedGuest.Tests)]
[Trait("Speed", "Slow")]
public sealed class RealGuestTests(SharedGuest shared) : IDisposable
{
    private readonly Dictionary<string, string> _processes = [];

    private DebianGuest Guest => shared.Guest;

    public void Dispose()
    {
        if (_processes.Count == 0) return;
        Guest.Run($"kill -9 {string.Join(' ', _processes.Values)} 2> /dev/null; "
            + "[ ! -e /run/flms/guest.journal ] || flms guest restore");
    }

    [SkippableFact]
    public void Who_uses_little_CPU_and_virtio_interrupts_live_on_vCPU_0_until_it_is_stopped()
    {
        Assert.Contains("\"reserved\": \"0\"", Guest.Do("flms guest plan --json --period 200ms"));
        StartProcesses();
        var before = Snapshot();
        StartAgent();
        WaitUntil("quiet", "0");
        WaitUntil("threads", "0");
        Assert.Equal(("1-3", "1-3"), (Where("burner"), Where("system")));
        Assert.Equal(("3", "0-3", "0-3"), (Where("bound"), Where("real-time"), Where("container")));

        // Interrupts not only may go there, they do.
        var (rng, disk) = (Interrupt("virtio[0-9]*-input$"), Interrupt("virtio[0-9]*-req.1"));
        Assert.Equal("0", Guest.Do($"cat /proc/irq/{rng}/smp_affinity_list"));
        Assert.Equal("0", Guest.Do($"cat /proc/irq/{Interrupt("virtio[0-9]*-input.0")}/smp_affinity_list"));
        var counted = Counts(rng);
        Guest.Do("dd if=/dev/hwrng of=/dev/null bs=64 count=10 2> /dev/null");
        var later = Counts(rng);
        Assert.True(later[0] > counted[0], $"{later[0]} interrupts on vCPU 0, before {counted[0]}");
        Assert.Equal(counted[1..], later[1..]);
        Assert.Contains($"interrupt {disk} ", Guest.Do("grep managed /tmp/log"));

        // One that turns busy leaves, and comes back when it rests.
        WaitUntil("turning", "0");
        Guest.Do("echo > /tmp/go");
        WaitUntil("turning", "1-3");
        Guest.Do("touch /tmp/rest");
        WaitUntil("turning", "0");

        // Who begins meanwhile inherits a place; that is not taken for somebody's doing.
        Start("child", "sleep 100003");
        Assert.Equal("1-3", Where("child"));
        Assert.Equal((7, "guest.journal: another flms guest is at work"),
            SecondAgent());
        Assert.Equal("0", Guest.Do($"kill {_processes["agent"]}; wait {_processes["agent"]}; echo $?"));
        Assert.Equal(before, Snapshot());
        Assert.Equal("0-3", Where("child"));
        Assert.Equal("", Guest.Do("ls /run/flms"));
    }

    [SkippableFact]
    public void After_kill_9_restore_puts_back_also_who_began_meanwhile_and_leaves_what_somebody_has_bound()
    {
        StartProcesses();
        var before = Snapshot();
        StartAgent();
        WaitUntil("quiet", "0");
        WaitUntil("turning", "0");
        Start("child", "sleep 100003");
        Guest.Do($"kill -9 {_processes["agent"]}; wait {_processes["agent"]}; true");
        Assert.Equal(("0", "1-3", "1-3"), (Where("quiet"), Where("burner"), Where("child")));
        Guest.Do($"taskset -p 6 {_processes["turning"]}");
        Assert.Contains($"process {_processes["quiet"]}", Guest.Do("flms guest restore --dry-run"));
        Assert.Equal("0", Where("quiet"));
        Assert.Contains("1 were taken over", Guest.Do("flms guest restore"));
        Assert.Equal(("1-2", "0-3"), (Where("turning"), Where("child")));
        Guest.Do($"taskset -p f {_processes["turning"]}");
        Assert.Equal(before, Snapshot());
        Assert.Contains("nothing is left", Guest.Do("flms guest restore"));
    }

    private (int, string) SecondAgent()
    {
        var (code, text) = Guest.Run("flms guest run --enforce");
        return (code, text.Split('/')[^1].Split(';')[0]);
    }

    private void StartProcesses()
    {
        Guest.Do("rm -f /tmp/go /tmp/rest; mkfifo /tmp/go; chmod 666 /tmp/go; mkdir -p /sys/fs/cgroup/kubepods");
        Start("quiet", "su user -c 'exec sleep 100000'");
        // Not all of a vCPU, which would slow down the rest on a machine with few.
        Start("burner", "su user -c 'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.3; done'");
        Start("turning", "su user -c 'read x < /tmp/go; while [ ! -e /tmp/rest ]; do :; done; read x < /tmp/go'");
        Start("bound", "taskset 8 su user -c 'exec sleep 100001'");
        Start("real-time", "chrt -f 10 su user -c 'exec sleep 100001'");
        Start("container", "sh -c 'echo $$ > /sys/fs/cgroup/kubepods/cgroup.procs; "
            + "exec su user -c \"exec sleep 9999\"'");
        Start("system", "sleep 100002");
        // A program with many threads that only waits.
        Start("threads", "su user -c 'exec flms guest run --period 1h' 2> /tmp/observer");
        Guest.WaitUntil("grep -q observing /tmp/observer", "flms does not observe");
        Guest.WaitUntil($"grep -q kubepods /proc/{_processes["container"]}/cgroup", "it is in no container");
        Guest.WaitUntil($"grep -q '^Uid:.1000' /proc/{_processes["bound"]}/status", "it is no user's");
    }

    private void StartAgent()
    {
        Start("agent", "flms guest run --enforce > /tmp/log 2>&1");
        Guest.WaitUntil("grep -q reserved /tmp/log", "the agent does not start");
    }

    private void Start(string name, string command) =>
        _processes[name] = Guest.Do($"{command} < /dev/null > /dev/null & echo $!");

    // Where all its threads may run.
    private string Where(string name) => string.Join(' ', Guest.Do(
        $"cat /proc/{_processes[name]}/task/*/status | grep Cpus_allowed_list | cut -f2").Split('\n').Distinct());

    private void WaitUntil(string name, string cpus) => Guest.WaitUntil(
        $"[ \"$(cat /proc/{_processes[name]}/task/*/status | grep Cpus_allowed_list | cut -f2 | uniq)\" = {cpus} ]",
        $"{name} is not on {cpus}", () => Where(name) + "; " + Guest.Do("cat /tmp/log"));

    private string Snapshot() => Guest.Do(
        "grep . /proc/irq/*/smp_affinity_list; grep Cpus_allowed_list /proc/1/status /proc/$$/status")
        + string.Concat(_processes.Keys.Where(p => p is not ("agent" or "child")).Select(p => $"\n{p}: {Where(p)}"));

    private string Interrupt(string name) =>
        Guest.Do($"grep -l '{name}' /sys/kernel/irq/*/actions | head -n 1 | cut -d/ -f5");

    private int[] Counts(string interrupt) =>
        [.. Guest.Do($"grep '^ *{interrupt}:' /proc/interrupts").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1).Take(SharedGuest.Vcpus).Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
}
