using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Running;

public sealed class AgentLoopTests : IDisposable
{
    private readonly FakeHost _host = new();
    private readonly FakeKernel _kernel = new(4);
    private readonly FakeJournal _journal = new();
    private readonly HostCpus _cpus = Machines.Of(4);
    private readonly List<string> _log = [];
    private readonly List<IDisposable> _ends = [];
    private long _seconds = 1;
    private int _period = 1;

    public void Dispose() => _ends.ForEach(e => e.Dispose());

    [Theory]
    [InlineData(AgentMode.Observe, 0)]
    [InlineData(AgentMode.Advise, 1)]
    public void Unless_told_to_enforce_it_changes_nothing(AgentMode mode, int leastLines)
    {
        TwoVms();
        var loop = Loop(mode);
        Run(loop, 10);
        Assert.Equal((0, 0, 0), (_kernel.Writes, loop.Ours, _journal.Text.Length));
        Assert.True(_log.Count >= leastLines && (leastLines > 0 || _log.Count == 0));
        Assert.False(loop.Plan!.Sp.IsEmpty);
    }

    [Fact]
    public void Enforcing_it_places_all_threads_once_and_puts_all_back()
    {
        TwoVms();
        var before = _host.Threads.Select(t => _kernel[t.Tid]).ToList();
        var loop = Loop(AgentMode.Enforce);
        // The slice is the shortest once it is seen to sleep, and threads stay as they are for 5 s.
        Run(loop, 15);
        Assert.Equal(("0", "1-3"), (_kernel[101].Cpus.ToString(), _kernel[201].Cpus.ToString()));
        Assert.Equal((100_000UL, 20_000_000UL),
            (_kernel[101].Attributes.RuntimeNs, _kernel[201].Attributes.RuntimeNs));
        var writes = _kernel.Writes;
        Run(loop, 20);
        Assert.Equal(writes, _kernel.Writes);
        Assert.True(loop.Release().Fine);
        Assert.Equal(0, loop.Ours);
        Assert.All(_host.Threads.Zip(before), pair => Assert.True(_kernel[pair.First.Tid].SameAs(pair.Second)));
    }

    [Fact]
    public void No_more_threads_are_changed_in_a_period_than_the_budget_and_none_twice_within_its_residency()
    {
        TwoVms();
        var loop = Loop(AgentMode.Enforce, s => s with { Pace = new() { Budget = 1, Residency = 10.Seconds } });
        for (var i = 1; i <= 4; i++)
        {
            Run(loop, 1);
            Assert.Equal(Math.Min(i - 1, 4), loop.Ours);
        }
        var pace = new Pace(new() { Residency = 10.Seconds });
        pace.Ended(new(1, 1), LeverOutcome.Changed, new(0));
        Assert.False(pace.Allows(new(1, 1), Instant.Zero + 9.Seconds));
        Assert.True(pace.Allows(new(1, 1), Instant.Zero + 10.Seconds));
        Assert.True(pace.Allows(new(1, 2), Instant.Zero));
    }

    [Fact]
    public void A_thread_that_cannot_be_changed_is_tried_less_and_less_often()
    {
        TwoVms();
        var tries = 0;
        _kernel.Fault = call => call == "SetAffinity" && ++tries > 0 ? -Errno.Invalid : null;
        var loop = Loop(AgentMode.Enforce);
        Run(loop, 600);
        // 4 threads, after 10, 20, 40, 80, 160, 320, 320 s.
        Assert.InRange(tries, 4 * 5, 4 * 9);
        Assert.Equal(tries, loop.Counts.Errors[Errno.Invalid]);
        Assert.Contains("flms_agent_apply_errors_total{errno=\"EINVAL\"} " + tries, MetricsText.Of(loop, 1.Seconds));
    }

    [Fact]
    public void Without_a_journal_it_lets_go_and_only_observes_from_then_on()
    {
        TwoVms();
        var loop = Loop(AgentMode.Enforce, s => s with { Pace = new() { Budget = 2 } });
        Run(loop, 2);
        Assert.Equal(2, loop.Ours);
        _journal.Error = Errno.NoSpace;
        Run(loop, 2);
        Assert.Equal((AgentMode.Observe, 0), (loop.Mode, loop.Ours));
        Assert.All(_host.Threads, t => Assert.True(_kernel[t.Tid].Cpus.IsFull));
        Assert.Contains(_log, l => l.Contains("ENOSPC", StringComparison.Ordinal));
    }

    [Fact]
    public void An_agent_that_is_too_expensive_itself_lets_go()
    {
        TwoVms();
        var loop = Loop(AgentMode.Enforce);
        // While it is new its program is still being translated: 30 periods count for nothing, and the first is none.
        Run(loop, 31 + 9, ownMs: 50);
        Assert.Equal(AgentMode.Enforce, loop.Mode);
        Run(loop, 3, ownMs: 50);
        Assert.Equal((AgentMode.Observe, 0), (loop.Mode, loop.Ours));
    }

    [Fact]
    public void Whom_an_operator_binds_in_between_is_left_to_them_for_good()
    {
        TwoVms();
        var loop = Loop(AgentMode.Enforce);
        Run(loop, 3);
        _kernel.SetAffinity(101, _cpus.Parse("3")!);
        var writes = _kernel.Writes;
        Run(loop, 100);
        Assert.Equal("3", _kernel[101].Cpus.ToString());
        Assert.True(_kernel.Writes - writes <= 1 + 2 * 3, "the slice is given back; the others may be regrouped");
        loop.Release();
        Assert.Equal("3", _kernel[101].Cpus.ToString());
    }

    [Fact]
    public void CPUs_that_go_offline_and_come_back_are_followed_and_that_is_nobodys_doing()
    {
        Online("0-3");
        TwoVms();
        var loop = Loop(AgentMode.Enforce, s => s with { Pace = new() { Residency = 1.Seconds } });
        Run(loop, 5);
        Assert.Equal(("0", "1-3"), Places);
        Online("1-3");
        Run(loop, 5);
        Assert.Equal(("1", "2-3"), Places);
        Assert.Equal(3, loop.OnlineCpus);
        Online("0-3");
        Run(loop, 5);
        Assert.Equal(("0", "1-3"), Places);
        Assert.Equal(0, loop.Counts[LeverOutcome.TakenOver] + loop.Counts[LeverOutcome.Failed]);
        Assert.Contains(_log, l => l.Contains("pCPUs 1-3 are online, before 0-3", StringComparison.Ordinal));
        Online("0-1,3");
        Assert.True(loop.Release().Fine);
        Online("0-3");
        Assert.All(_host.Threads, t => Assert.True(_kernel[t.Tid].Cpus.IsFull));
    }

    [Fact]
    public void A_CPU_that_was_offline_when_the_agent_began_is_used_once_it_is_online()
    {
        Online("0-2");
        TwoVms();
        var loop = Loop(AgentMode.Enforce);
        Run(loop, 10);
        Assert.Equal(("0", "1-2"), Places);
        Online("0-3");
        Run(loop, 10);
        Assert.Equal(("0", "1-3"), Places);
        Assert.Equal(0, loop.Counts[LeverOutcome.TakenOver]);
    }

    [Fact]
    public void Where_the_last_CPU_of_the_pool_goes_offline_all_are_put_back_until_it_returns()
    {
        Online("0-3");
        TwoVms();
        var loop = Loop(AgentMode.Enforce, s => s with
        {
            Pace = new() { Residency = 1.Seconds },
            ExcludedCpus = [0, 1],
        });
        Run(loop, 5);
        Assert.Equal(("2", "3"), Places);
        Online("0-1");
        Run(loop, 5);
        Assert.Equal(0, loop.Ours);
        Assert.Equal(("0-1", "0-1"), Places);
        Online("0-3");
        Run(loop, 5);
        Assert.Equal(("2", "3"), Places);
    }

    [Fact]
    public void Errors_in_proc_cost_nothing_but_time()
    {
        TwoVms();
        var loop = Loop(AgentMode.Enforce);
        Run(loop, 3);
        _host.Fault = path => path == "/proc" ? -Errno.InputOutput : null;
        Run(loop, 20);
        Assert.True(loop.Counts.ScanFaults > 0);
        Assert.Equal(4, loop.Ours);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_day_of_VMs_that_come_and_go_leaves_no_change_and_no_open_file_behind()
    {
        _period = 10;
        var loop = Loop(AgentMode.Enforce);
        var living = new Queue<FakeThread>();
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            var pid = 100 + 100 * (minute % 13);
            var main = Start(pid, minute % 3 == 0 ? $"web{minute}" : $"batch{minute}", 1 + minute % 2, minute + 1000);
            living.Enqueue(main);
            if (living.Count > 10)
            {
                var gone = living.Dequeue();
                foreach (var t in _host.Threads.Where(t => t.Pid == gone.Pid).ToList()) _kernel.Remove(t.Tid);
                _host.End(gone);
            }
            Run(loop, 60);
            Assert.True(loop.Ours <= _host.Threads.Count());
            Assert.Equal(2 * loop.Observer.Sampler.Count, _host.OpenFiles);
            _journal.Text.Clear(); // it is shortened by its file
            _log.Clear();
        }
        Assert.Equal(10, loop.Observer.Vms.Count);
        Assert.Equal(0, loop.Counts[LeverOutcome.Failed] + loop.Counts[LeverOutcome.TakenOver]);
        loop.Release();
        Assert.All(_host.Threads, t => Assert.True(_kernel[t.Tid].Cpus.IsFull));
    }

    [Fact]
    public void Metrics_have_a_line_for_every_vCPU_and_names_are_escaped()
    {
        Start(100, "we\"b\\", 2, 1000);
        var loop = Loop(AgentMode.Observe);
        Run(loop, 3);
        var text = MetricsText.Of(loop, 1500.Ms);
        Assert.Contains("flms_agent_mode{mode=\"observe\"} 1\n", text);
        Assert.Contains("flms_agent_self_cpu_seconds_total 1.5\n", text);
        Assert.Contains(
            "flms_agent_vcpu_run_seconds_total{domain=\"we\\\"b\\\\\",uuid=\"\",pid=\"100\",vcpu=\"1\"} ", text);
        Assert.All(text.TrimEnd('\n').Split('\n'),
            l => Assert.Matches("^(# (HELP|TYPE) )?flms_agent_[a-z_]+(\\{.*\\})? .+$", l));
    }

    private (string Web, string Batch) Places => (_kernel[101].Cpus.ToString(), _kernel[201].Cpus.ToString());

    private void Online(string cpus)
    {
        _host.Text("/sys/devices/system/cpu/possible", "0-3\n");
        _host.Text("/sys/devices/system/cpu/online", cpus + "\n");
        _kernel.Allowed = _cpus.Parse(cpus)!;
    }

    private void TwoVms()
    {
        Start(100, "web", 1, 1000);
        Start(200, "batch", 1, 1000);
    }

    private FakeThread Start(int pid, string name, int vcpus, long started)
    {
        var main = _host.Qemu(pid, name, started);
        _kernel.Add(pid);
        for (var v = 0; v < vcpus; v++)
        {
            _host.Thread(pid, pid + 1 + v, $"CPU {v}/KVM", started);
            _kernel.Add(pid + 1 + v);
        }
        return main;
    }

    private AgentLoop Loop(AgentMode mode, Func<AgentSettings, AgentSettings>? change = null)
    {
        AgentSettings settings = new()
        {
            Mode = mode,
            Plan = new() { Lend = false, Judge = false },
            Vms = [new("web*", new(DomainKind.Latency)), new("batch*", new(DomainKind.Compute))],
        };
        settings = change?.Invoke(settings) ?? settings;
        var words = new OperatorWords(settings);
        var observer = new Observer(_host, settings.Classes, words.Of);
        _ends.Add(observer);
        var cpus = HostCpus.Read(_host, settings.ExcludedCpus, out _) ?? _cpus;
        var lever = new Lever(_host, _kernel, _journal, cpus, FakeKernel.BaseSlice);
        return new(words, observer, new(_host, _kernel, cpus, settings.Flms),
            new(cpus, settings.Flms, settings.Plan, slices: true), lever, new(_host, cpus, lever),
            new((_, line) => _log.Add(line)));
    }

    private void Run(AgentLoop loop, int seconds, int ownMs = 1)
    {
        for (var i = 0; i < seconds; i += _period)
        {
            foreach (var t in _host.Threads)
                t.Do(t.Tid % 100 == 0 ? 1_000_000 : t.Pid % 200 == 0 ? 900_000_000 : 10_000_000, sleeps: 100);
            loop.Step(Instant.Zero + 1.Seconds * _seconds, new Duration(_seconds * ownMs * 1_000_000L));
            _seconds += _period;
        }
    }
}
