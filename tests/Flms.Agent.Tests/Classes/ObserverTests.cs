using Flms.Agent.Classes;
using Flms.Agent.Linux;
using Flms.Agent.Tests.Libvirt;
using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Testing;

namespace Flms.Agent.Tests.Classes;

public sealed class ObserverTests : IDisposable
{
    private const long Ms = 1_000_000;
    private readonly FakeHost _host = new();
    private readonly Dictionary<string, VmWord> _words = [];
    private readonly Observer _observer;
    private long _now = 1;

    public ObserverTests() =>
        _observer = new(_host, new(), vm => _words.GetValueOrDefault(vm.Name));

    public void Dispose() => _observer.Dispose();

    [Fact]
    public void Three_VMs_that_behave_differently_are_told_apart()
    {
        var main = _host.Qemu(100, "web");
        var web = _host.Thread(100, 101, "CPU 0/KVM");
        _host.Qemu(200, "batch");
        var batch = _host.Thread(200, 201, "CPU 0/KVM");
        var mixedMain = _host.Qemu(300, "both");
        var both = _host.Thread(300, 301, "CPU 0/KVM");
        Run(8, () =>
        {
            main.Do(2 * Ms, sleeps: 120);
            web.Do(10 * Ms, sleeps: 110);
            batch.Do(700 * Ms, wait: 300 * Ms, preemptions: 100);
            mixedMain.Do(2 * Ms, sleeps: 100);
            both.Do(300 * Ms, wait: 700 * Ms, preemptions: 80);
        });
        Assert.Equal([DomainKind.Latency, DomainKind.Compute, DomainKind.Mixed], _observer.Vms.Select(v => v.Kind));
        Assert.Equal([Treatment.Latency, Treatment.Compute, Treatment.Latency],
            _observer.Vms.Select(v => v.TreatmentOf(v.Threads[0], FlmsOptions.Default)));
    }

    [Fact]
    public void What_libvirt_says_counts_unless_the_configuration_says_something_or_wants_it_measured()
    {
        using var managed = new FakeManaged();
        using var observer = new Observer(_host, new(), vm => _words.GetValueOrDefault(vm.Name), managed);
        _host.Qemu(100, "web");
        _host.Thread(100, 101, "CPU 0/KVM");
        observer.Rescan();
        Assert.False(observer.Stale);
        managed.Say("web", new() { Word = new(DomainKind.Latency) });
        Assert.True(observer.Stale);
        Assert.Equal("latency", WordAfterRescan());
        _words["web"] = new(DomainKind.Compute);
        Assert.Equal("compute", WordAfterRescan());
        _words["web"] = new(default, Measured: true);
        Assert.Null(WordAfterRescan());
        Assert.NotNull(observer.Vms[0].Managed);

        string? WordAfterRescan()
        {
            observer.Rescan();
            Assert.False(observer.Stale);
            return observer.Vms[0].Word?.ToString();
        }
    }

    [Fact]
    public void It_looks_again_when_a_hypervisor_is_started_or_events_were_lost_and_not_for_other_programs()
    {
        var events = new FakeEvents();
        using var observer = new Observer(_host, new(), _ => null, null, events);
        observer.Rescan();
        _host.Text("/proc/50/comm", "bash\n");
        _host.Text("/proc/60/comm", "qemu-system-x86\n");
        Assert.False(Heard((1, 50, false)));
        Assert.True(Heard((1, 50, true)));
        Assert.True(Heard((-105, 0, false)));
        Assert.True(Heard((1, 60, false)));
        // Its vCPUs are made a little later.
        for (var period = 0; period < 5; period++) Assert.True(Heard());
        Assert.False(Heard());

        bool Heard(params (int, int, bool)[] what)
        {
            foreach (var one in what) events.Waiting.Enqueue(one);
            observer.Listen();
            var stale = observer.Stale;
            observer.Rescan();
            return stale;
        }
    }

    private sealed class FakeEvents : IProcessEvents
    {
        public Queue<(int Result, int Pid, bool Vcpu)> Waiting { get; } = [];

        public int Next(out int pid, out bool vcpu)
        {
            var (result, p, v) = Waiting.TryDequeue(out var next) ? next : (0, 0, false);
            (pid, vcpu) = (p, v);
            return result;
        }

        public void Dispose() { }
    }

    [Fact]
    public void In_a_mixed_VM_the_vCPU_that_answers_is_reserved_and_the_one_that_computes_is_not()
    {
        var main = _host.Qemu(100, "mix");
        var computes = _host.Thread(100, 101, "CPU 0/KVM");
        var answers = _host.Thread(100, 102, "CPU 1/KVM");
        Run(20, () =>
        {
            main.Do(2 * Ms, sleeps: 150);
            answers.Do(10 * Ms, sleeps: 150);
            computes.Do(1000 * Ms);
        });
        var vm = _observer.Vms[0];
        Assert.Equal(DomainKind.Mixed, vm.Kind);
        Assert.Equal([VcpuClass.Compute, VcpuClass.Latency], vm.Vcpus.Select(v => v.Class));
        Assert.Equal([Treatment.Compute, Treatment.Latency],
            vm.Vcpus.Select(v => vm.TreatmentOf(v, FlmsOptions.Default)));
    }

    [Theory]
    [InlineData("latency", DomainKind.Latency, Treatment.Latency, Treatment.Latency)]
    [InlineData("mix", DomainKind.Mixed, Treatment.Latency, Treatment.Compute)]
    [InlineData("mix:1", DomainKind.Mixed, Treatment.Compute, Treatment.Latency)]
    [InlineData("service", DomainKind.Service, Treatment.Floating, Treatment.Floating)]
    public void The_operators_word_wins_over_what_was_measured(
        string word, DomainKind kind, Treatment first, Treatment second)
    {
        Assert.True(VmWord.TryParse(word, out var parsed));
        Assert.Equal(word, parsed!.ToString());
        _words["batch"] = parsed;
        _host.Qemu(100, "batch");
        FakeThread[] vcpus = [_host.Thread(100, 101, "CPU 0/KVM"), _host.Thread(100, 102, "CPU 1/KVM")];
        Run(5, () => Array.ForEach(vcpus, v => v.Do(1000 * Ms)));
        var vm = _observer.Vms[0];
        Assert.Equal((kind, 100), (vm.Kind, vm.Confidence));
        Assert.Equal([first, second], vm.Vcpus.Select(v => vm.TreatmentOf(v, FlmsOptions.Default)));
        _words.Clear();
        _observer.WordsChanged();
        Assert.Equal(DomainKind.Compute, vm.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Latency")]
    [InlineData("mix:")]
    [InlineData("mix:a")]
    [InlineData("mix:3-1")]
    [InlineData("mix:99999")]
    public void A_word_that_is_none_is_refused(string word) => Assert.False(VmWord.TryParse(word, out _));

    [Fact]
    public void A_VM_that_has_gone_idle_stays_what_it_was()
    {
        _host.Qemu(100);
        var vcpu = _host.Thread(100, 101, "CPU 0/KVM");
        Run(5, () => vcpu.Do(10 * Ms, sleeps: 200));
        Run(60, () => { });
        Assert.Equal(VcpuClass.Idle, _observer.Vms[0].Threads[0].Class);
        Assert.Equal(DomainKind.Latency, _observer.Vms[0].Kind);
    }

    [Fact]
    public void When_a_thread_ends_the_list_is_stale_and_after_a_scan_it_is_not_read_any_more()
    {
        _host.Qemu(100);
        _host.Thread(100, 101, "CPU 0/KVM");
        var second = _host.Thread(100, 102, "CPU 1/KVM");
        Run(2, () => { });
        _host.End(second);
        _observer.Step(new(_now));
        Assert.True(_observer.Stale);
        _observer.Rescan();
        Assert.False(_observer.Stale);
        Assert.Equal(2, _observer.Sampler.Count);
        Assert.Single(_observer.Vms[0].Vcpus);
    }

    [Fact]
    public void VMs_that_come_and_go_leave_nothing_behind()
    {
        for (var i = 0; i < 200; i++)
        {
            var main = _host.Qemu(100 + i % 7, $"vm{i}", started: 1000 + i);
            _host.Thread(main.Pid, 5000 + i % 11, "CPU 0/KVM", started: 1000 + i);
            _observer.Rescan();
            _observer.Step(new(_now++));
            Assert.Single(_observer.Vms);
            Assert.Equal($"vm{i}", _observer.Vms[0].Vm.Name);
            Assert.Equal(2, _observer.Sampler.Count);
            Assert.Equal(4, _host.OpenFiles);
            _host.End(main);
        }
        _observer.Rescan();
        Assert.Equal((0, 0), (_observer.Sampler.Count, _host.OpenFiles));
    }

    [Fact]
    public void A_period_of_many_VMs_allocates_nothing()
    {
        for (var i = 0; i < 100; i++)
        {
            _host.Qemu(1000 + 10 * i, $"vm{i}");
            for (var v = 0; v < 4; v++) _host.Thread(1000 + 10 * i, 1001 + 10 * i + v, $"CPU {v}/KVM");
        }
        _observer.Rescan();
        _observer.Step(new(_now++));
        Assert.Equal(0, Allocation.Least(() => () => _observer.Step(new(_now++))));
    }

    private void Run(int seconds, Action doings)
    {
        _observer.Rescan();
        for (var i = 0; i <= seconds; i++)
        {
            _observer.Step(new(_now));
            _now += 1000 * Ms;
            doings();
        }
        _observer.Step(new(_now));
        _now += 1000 * Ms;
    }
}
