using System.Globalization;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Agent.Tests.Libvirt;
using Flms.Core;
using Flms.Sim;

namespace Flms.Agent.Tests.Worlds;

/// <summary>A host on which everything happens that happens on hosts, and that knows what an agent may do to whom.
/// </summary>
/// <remarks>It judges every change by its own books, not by the agent's: a thread that must not be touched, an affinity
/// outside of what it may have, a nice value that is lost, each fails the test at once.</remarks>
internal sealed class FakeWorld : IDisposable
{
    private const int Cpus = 8;
    private const int Excluded = 7;
    private const int Pids = 12;

    private static readonly string[] NotOnTheWay = ["call_rcu", "kvm-nx-lpage-re", "IO mon_iothread"];

    private static readonly int[] SomeCpus = [0, 1, 5];

    private static readonly ManagedClaim[] Claims = [ManagedClaim.Pinned, ManagedClaim.Cpuset, ManagedClaim.Numatune,
        ManagedClaim.RealTime, ManagedClaim.NotRead];

    private readonly FakeKernel _kernel = new(Cpus);
    private readonly FakeManaged _managed = new();
    private readonly RandomStream _random;
    private readonly List<FakeVm> _vms = [];
    private readonly Dictionary<int, WorldThread> _threads = [];
    private readonly CpuMask _pool;
    private readonly CpuMask _online = new CpuMask(Cpus).Fill();
    private readonly Observer _observer;
    private readonly int _faults;
    private bool _acting;
    private long _clock = 1;    // in periods
    private long _started = 1000;

    /// <param name="seed">Another world for each.</param>
    /// <param name="faults">Of 1000 calls and reads, so many fail.</param>
    /// <param name="journal">Where changes are noted.</param>
    public FakeWorld(ulong seed, int faults, IAppendFile journal)
    {
        (_random, _faults) = (RandomStream.For(seed), faults);
        Host.Text("/sys/devices/system/cpu/online", $"0-{Cpus - 1}\n");
        Host.Text("/sys/devices/system/cpu/possible", $"0-{Cpus - 1}\n");
        var cpus = HostCpus.Read(Host, [Excluded], out _)!;
        _pool = cpus.Parse($"0-{Excluded - 1}")!;
        AgentSettings settings = new()
        {
            Mode = AgentMode.Enforce,
            ExcludedCpus = [Excluded],
            Pace = new() { Residency = 2.Seconds },
            // In one world of four a split has to prove its worth.
            Plan = new() { Judge = seed % 4 == 0, Trial = 1.Seconds, TrialRest = 5.Seconds },
            Vms = [new("ignored*", new(default, Ignore: true)), new("said*", new(DomainKind.Latency))],
        };
        var words = new OperatorWords(settings);
        _observer = new(Host, settings.Classes, words.Of, _managed);
        Lever = new(Host, _kernel, journal, cpus, FakeKernel.BaseSlice);
        Loop = new(words, _observer, new(Host, _kernel, cpus, settings.Flms),
            new(cpus, settings.Flms, settings.Plan, slices: true), Lever, new(Host, cpus, Lever),
            new((_, _) => { }));
        _kernel.Writing = Judge;
        Host.Fault = path => path.StartsWith("/proc", StringComparison.Ordinal) ? Fault(Errno.InputOutput) : null;
        _kernel.Fault = _ => Fault(Chance(500) ? Errno.Invalid : Errno.NotPermitted);
    }

    public FakeHost Host { get; } = new();
    public AgentLoop Loop { get; }
    public Lever Lever { get; }
    public int Vms => _vms.Count;
    public int Placements { get; private set; }
    public int Interventions { get; private set; }

    /// <summary>How often a cpuset has shrunk or grown, and a CPU has gone offline or come back.</summary>
    public int Moves { get; private set; }

    /// <summary>Are errors injected now?</summary>
    public bool Faulty { get; set; } = true;

    public void Dispose() => _observer.Dispose();

    /// <summary>Something may happen, and a period goes by.</summary>
    /// <param name="period">How long.</param>
    /// <param name="calm">Of 1000 periods, in so many nothing happens.</param>
    public void Step(Duration period, int calm)
    {
        if (!Chance(calm)) Happen();
        foreach (var vm in _vms) Live(vm, period);
        _clock++;
        // Errors meet the agent, not the one who keeps the books.
        _acting = true;
        Loop.Step(Instant.Zero + period * _clock, Duration.Zero);
        _acting = false;
    }

    /// <summary>A VM is started, with a cause to be left alone or without.</summary>
    public void StartVm()
    {
        var pid = 100 * (1 + Draw(Pids));
        if (_vms.Exists(vm => vm.Pid == pid)) return;
        var cause = Chance(600) ? 0 : 1 + Draw(6);
        var name = (cause == 2 ? "ignored" : Chance(100) ? "said" : "vm")
            + _started.ToString(CultureInfo.InvariantCulture);
        var cgroup = cause == 1 ? $"/kubepods.slice/pod{pid}" : $"/machine.slice/vm{pid}.scope";
        var cpuset = cause == 6 ? Set(Excluded, Excluded) : Chance(700) ? Set(0, Cpus - 1) : Set(Draw(3), 4 + Draw(4));
        var main = Host.Qemu(pid, name, _started++);
        var vm = new FakeVm
        {
            Pid = pid,
            Name = name,
            Cgroup = cgroup,
            Main = main,
            Cpuset = cpuset,
            Behaviour = Draw(4),
        };
        _vms.Add(vm);
        _managed.Say(name, cause == 3 ? new() { Claim = Claims[Draw(Claims.Length)] } : null);
        SetCpuset(vm, cpuset);
        Own(vm, main);
        for (var v = 0; v <= Draw(3); v++) Plug(vm);
        Own(vm, Host.Thread(pid, pid + 20, "IO iothread1", _started));
        Own(vm, Host.Thread(pid, pid + 21, "vhost-" + pid, _started));
        Own(vm, Host.Thread(pid, pid + 22, NotOnTheWay[Draw(3)], _started)).Never = true;
        if (cause is 1 or 2 or 3 or 6) vm.Threads.ForEach(t => t.Never = true);
        var one = vm.Threads[Draw(vm.Threads.Count)];
        if (cause == 4 && Narrower(vm) is { } bound)
        {
            (one.Never, one.OperatorsCpus) = (true, bound);
            _kernel.ByOperator(one.Thread.Tid, bound);
        }
        if (cause == 5)
        {
            one.Never = true;
            one.Policy = 1;
            _kernel.ByOperator(one.Thread.Tid, null, a => a with { Policy = 1 });
        }
    }

    /// <summary>Everything is as it would be without an agent.</summary>
    public void AssertNothingIsLeft()
    {
        foreach (var t in _threads.Values)
        {
            var now = _kernel[t.Thread.Tid];
            if (t.OperatorsCpus is { } cpus) Assert.Equal(Effective(cpus, t.Vm), now.Cpus.ToString());
            else if (!t.Never) Assert.Equal(Online(t.Vm.Cpuset).ToString(), now.Cpus.ToString());
            Assert.Equal((t.Policy, t.Nice, FakeKernel.BaseSlice),
                (now.Attributes.Policy, now.Attributes.Nice, now.Attributes.RuntimeNs));
        }
    }

    private void Happen()
    {
        switch (Draw(12))
        {
            case < 3:
                StartVm();
                break;
            case 3:
                if (_vms.Count > 0) StopVm(Any());
                break;
            case 4:
                if (_vms.Count > 0) Plug(Any());
                break;
            case 5:
                if (_vms.Count > 0) Unplug(Any());
                break;
            case 6:
                if (_vms.Count > 0) Any().Behaviour = Draw(4);
                break;
            case 7:
                if (Chance(500)) Switch();
                else if (_vms.Count > 0) MoveCpuset(Any());
                break;
            default:
                if (_vms.Count > 0) Operate(Any());
                break;
        }
    }

    private void Operate(FakeVm vm)
    {
        var t = vm.Threads[Draw(vm.Threads.Count)];
        Interventions++;
        switch (Draw(4))
        {
            case 0:
                // Not what it has already, which nobody could tell from the agent's doing.
                if (t.OperatorsCpus != null || Narrower(vm) is not { } cpus || IsOrWas(t, cpus)) return;
                t.OperatorsCpus = cpus;
                _kernel.ByOperator(t.Thread.Tid, cpus);
                break;
            case 1:
                t.MadeRealTime = true;
                t.Policy = 2;
                _kernel.ByOperator(t.Thread.Tid, null, a => a with { Policy = 2, RuntimeNs = FakeKernel.BaseSlice });
                break;
            case 2:
                t.Nice = Draw(40) - 20;
                _kernel.ByOperator(t.Thread.Tid, null, a => a with { Nice = t.Nice });
                break;
            default:
                var target = new PinTarget(ThreadRole.Vcpu, Draw(3));
                var said = _managed.Of(vm.Name) ?? new();
                _managed.Say(vm.Name, said with { Taken = new HashSet<PinTarget>(said.Taken) { target } });
                foreach (var taken in vm.Threads)
                    taken.OnlyBack |= taken.Thread.Comm == $"CPU {target.Number}/KVM";
                break;
        }
    }

    // Called for every change that the agent is about to make.
    private void Judge(int tid, CpuMask? cpus, SchedAttributes attributes)
    {
        Assert.True(_threads.TryGetValue(tid, out var t), $"{tid} is no thread of a VM");
        Assert.False(t.Never, $"{t.Vm.Name} {t.Thread.Comm} must never be touched: {t.Vm.Cgroup}, {t.Vm.Cpuset}, "
            + $"{_managed.Of(t.Vm.Name)?.Claim}, bound to {t.OperatorsCpus}, online {_online}, {cpus}");
        if (cpus != null)
        {
            Assert.True(t.OperatorsCpus == null,
                $"{t.Vm.Name} {t.Thread.Comm}: the operator's affinity is overwritten");
            // Who is put back is bound to nothing; or to what its cpuset left it.
            var back = cpus.IsFull || t.Vm.Cpusets.Exists(cpus.SameAs);
            Assert.True(back || !(t.OnlyBack || t.MadeRealTime), $"{t.Vm.Name} {t.Thread.Comm} was taken over");
            Assert.True(back || (IsWithin(cpus, Online(t.Vm.Cpuset)) && IsWithin(cpus, _pool)),
                $"{cpus} is not allowed");
            if (!back) Placements++;
            return;
        }
        Assert.Equal((t.Policy, t.Nice), (attributes.Policy, attributes.Nice));
        Assert.True(attributes.RuntimeNs == 0 || !t.OnlyBack);
        Assert.True(!t.MadeRealTime, $"{t.Vm.Name} {t.Thread.Comm} is real-time");
    }

    private WorldThread Own(FakeVm vm, FakeThread thread)
    {
        _kernel.Add(thread.Tid);
        var t = new WorldThread(thread, vm);
        _threads[thread.Tid] = t;
        vm.Threads.Add(t);
        Place(t);
        return t;
    }

    private void Place(WorldThread t)
    {
        _kernel.Cpusets[t.Thread.Tid] = Online(t.Vm.Cpuset);
        Host.Text($"/proc/{t.Thread.Pid}/task/{t.Thread.Tid}/cgroup", $"0::{t.Vm.Cgroup}\n");
        Host.Text($"/proc/{t.Thread.Tid}/cgroup", $"0::{t.Vm.Cgroup}\n");
    }

    private void Plug(FakeVm vm)
    {
        if (vm.Vcpus == 4) return;
        var thread = Host.Thread(vm.Pid, vm.Pid + 1 + vm.Vcpus, $"CPU {vm.Vcpus}/KVM", _started++);
        vm.Vcpus++;
        var t = Own(vm, thread);
        t.Never = vm.Threads.TrueForAll(o => o == t || o.Never);
        t.OnlyBack = _managed.Of(vm.Name)?.Taken.Contains(new(ThreadRole.Vcpu, vm.Vcpus - 1)) == true;
    }

    private void Unplug(FakeVm vm)
    {
        if (vm.Vcpus < 2) return;
        vm.Vcpus--;
        End(vm.Threads.Single(t => t.Thread.Comm == $"CPU {vm.Vcpus}/KVM"));
    }

    private void StopVm(FakeVm vm)
    {
        // The first thread last: with it the process is gone.
        foreach (var t in Enumerable.Reverse(vm.Threads).ToList()) End(t);
        _managed.Say(vm.Name, null);
        _vms.Remove(vm);
    }

    private void End(WorldThread t)
    {
        _kernel.Remove(t.Thread.Tid);
        _threads.Remove(t.Thread.Tid);
        t.Vm.Threads.Remove(t);
        Host.End(t.Thread);
    }

    private void MoveCpuset(FakeVm vm)
    {
        // Nobody could tell an affinity that the agent has not seen yet from its own, if the cpuset left as much of
        // both.
        if (vm.Threads.Exists(IsUnseen)) return;
        Moves++;
        var outside = vm.Cpuset.SameAs(Set(Excluded, Excluded));
        SetCpuset(vm, Chance(500) ? Set(0, Cpus - 1) : Set(Draw(3), 4 + Draw(4)));
        // Who was left alone only for want of a pCPU of the pool may be placed from now on.
        if (outside) vm.Threads.ForEach(t => t.Never = NotOnTheWay.Contains(t.Thread.Comm));
    }

    private void SetCpuset(FakeVm vm, CpuMask cpuset)
    {
        vm.Cpuset = cpuset;
        if (!vm.Cpusets.Exists(cpuset.SameAs)) vm.Cpusets.Add(cpuset);
        Host.Text($"/sys/fs/cgroup{vm.Cgroup}/cpuset.cpus.effective", $"{Online(cpuset)}\n");
        vm.Threads.ForEach(Place);
    }

    // A CPU goes offline, or comes back; each cpuset keeps some.
    private void Switch()
    {
        if (_threads.Values.Any(IsUnseen)) return;
        PcpuId cpu = new(SomeCpus[Draw(SomeCpus.Length)]);
        _online.Set(cpu, !_online.Contains(cpu));
        Host.Text("/sys/devices/system/cpu/online", $"{_online}\n");
        _vms.ForEach(vm => SetCpuset(vm, vm.Cpuset));
        Moves++;
    }

    private bool IsUnseen(WorldThread t) => t.OperatorsCpus != null && !NotOnTheWay.Contains(t.Thread.Comm)
        && Loop.Plan?.Lines.Any(l => l.Thread.Thread == new ThreadIdentity(t.Thread.Tid, t.Thread.Started)
            && l.Thread.Exclusion is not (Exclusion.None or Exclusion.Unreadable)) != true;

    private CpuMask Online(CpuMask cpuset)
    {
        var cpus = CpuMask.Copy(cpuset);
        cpus.IntersectWith(_online);
        return cpus;
    }

    private static void Live(FakeVm vm, Duration period)
    {
        var seconds = Math.Max(1, period.Ns / 1_000_000_000);
        foreach (var t in vm.Threads)
        {
            var vcpu = t.Thread.Comm.StartsWith("CPU", StringComparison.Ordinal);
            var computes = vm.Behaviour == 1 || (vm.Behaviour == 2 && t.Thread.Comm == "CPU 0/KVM");
            if (vm.Behaviour == 3) continue;
            if (!vcpu) t.Thread.Do(1_000_000 * seconds, sleeps: vm.Behaviour == 1 ? 1 : 150 * seconds);
            else if (computes)
                t.Thread.Do(800_000_000 * seconds, wait: 200_000_000 * seconds, preemptions: 50 * seconds);
            else t.Thread.Do(10_000_000 * seconds, sleeps: 150 * seconds);
        }
    }

    private bool IsOrWas(WorldThread t, CpuMask cpus)
    {
        var now = _kernel[t.Thread.Tid].Cpus;
        var known = Lever.Ours.FirstOrDefault(e => e.Thread.Tid == t.Thread.Tid);
        return now.SameAs(Online(cpus)) || t.Vm.Cpusets.Exists(c => known?.OwnsCpus(cpus, c) == true
            || known?.OwnsCpus(Online(cpus), Online(c)) == true);
    }

    // What an operator binds a thread to: fewer pCPUs than its cpuset has.
    private CpuMask? Narrower(FakeVm vm)
    {
        var cpus = CpuMask.Copy(vm.Cpuset);
        foreach (var c in Enumerable.Range(0, Cpus))
            if (Chance(400)) cpus.Remove(new(c));
        // Nor what looks like nothing while a CPU is offline.
        return Online(cpus).IsEmpty || Online(cpus).SameAs(Online(vm.Cpuset)) ? null : cpus;
    }

    private string Effective(CpuMask user, FakeVm vm)
    {
        var cpus = Online(user);
        cpus.IntersectWith(vm.Cpuset);
        return (cpus.IsEmpty ? Online(vm.Cpuset) : cpus).ToString();
    }

    private static bool IsWithin(CpuMask some, CpuMask all)
    {
        var rest = CpuMask.Copy(some);
        rest.IntersectWith(all);
        return rest.SameAs(some);
    }

    private static CpuMask Set(int first, int last)
    {
        var set = new CpuMask(Cpus);
        for (var c = first; c <= last; c++) set.Add(new(c));
        return set;
    }

    private FakeVm Any() => _vms[Draw(_vms.Count)];

    private int? Fault(int error) => _acting && Faulty && Chance(_faults) ? -error : null;

    private int Draw(int limit) => _random.Next(0, limit);

    private bool Chance(int thousandths) => Draw(1000) < thousandths;
}
