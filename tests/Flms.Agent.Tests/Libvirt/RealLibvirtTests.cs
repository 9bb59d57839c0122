using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Libvirt;

/// <summary>A real libvirt, real VMs under KVM (nothing runs in them but their firmware), the real kernel.</summary>
[Trait("Speed", "Slow")]
public sealed class RealLibvirtTests(PrivateLibvirt libvirt) : IClassFixture<PrivateLibvirt>, IDisposable
{
    private readonly LinuxFiles _files = new();
    private readonly LinuxSched _sched = new();
    private readonly List<string> _log = [];
    private readonly List<IDisposable> _ends = [];
    private readonly List<string> _vms = [];

    public void Dispose()
    {
        foreach (var vm in _vms) libvirt.Destroy(vm);
        _ends.ForEach(e => e.Dispose());
    }

    [SkippableFact]
    public void A_VM_is_known_with_its_policy_grows_a_vCPU_and_is_forgotten_when_it_stops()
    {
        var watch = Watch();
        using var observer = new Observer(_files, new(), _ => null, watch);
        // The VMs of the test before may still be told to have ended.
        PrivateLibvirt.Wait(() => { observer.Rescan(); return !observer.Stale; }, () => "it never comes to rest");
        var name = Create("word", 2, "<metadata><f:policy xmlns:f='urn:flms:policy:1' class='mix' sp-vcpus='1'/>"
            + "</metadata>");
        // By its events, without asking every few seconds.
        PrivateLibvirt.Wait(() => observer.Stale, () => "nothing was told of a new VM");
        PrivateLibvirt.Wait(() => Look(observer, name)?.Word != null, () => "its policy is not known");
        var vm = Look(observer, name)!;
        Assert.Equal(("mix:1", 100), (vm.Word!.ToString(), vm.Confidence));
        Assert.Equal(ManagedClaim.None, vm.Managed!.Claim);
        var told = libvirt.Virsh("qemu-monitor-command", name, """{"execute":"query-cpus-fast"}""");
        Assert.All(vm.Vcpus, v => Assert.Contains($"\"thread-id\":{v.Thread.Id.Tid}", told));
        Assert.Contains(vm.Threads, t => t.Thread.Role == ThreadRole.Io);

        libvirt.Virsh("setvcpus", name, "3", "--live");
        PrivateLibvirt.Wait(() => Look(observer, name)?.Vcpus.Count() == 3, () => "the third vCPU is not seen");
        libvirt.Virsh("metadata", name, DomainXml.PolicyNamespace, "--key", "f", "--set", "<policy class='fast'/>",
            "--live");
        PrivateLibvirt.Wait(() => observer.Stale && Look(observer, name)!.Word == null, () => "the word goes on");
        PrivateLibvirt.Wait(() => Told(observer, "class=\"fast\""), () => "a wrong policy was not told");
        libvirt.Destroy(name);
        _vms.Remove(name);
        PrivateLibvirt.Wait(() => observer.Stale, () => "nothing was told of its end");
        PrivateLibvirt.Wait(() => Look(observer, name) == null, () => "it is still there");
    }

    [SkippableFact]
    public void What_the_operator_pins_in_a_loop_while_the_agent_enforces_is_never_overwritten()
    {
        var loop = Loop(out var web, out _);
        var vm = Look(loop.Observer, web)!;
        var (pinned, other) = (vm.Vcpus.First().Thread, vm.Vcpus.Last().Thread);
        RunUntil(loop, () => IsPlaced(pinned) && IsPlaced(other), "nothing was placed");
        using var operating = new Operator(libvirt, web);
        for (var i = 0; i < 40; i++)
        {
            var cpu = operating.Pin();
            // Whatever the agent does meanwhile, the operator's word counts from the moment it was given.
            for (var step = 0; step < 3; step++)
            {
                Step(loop);
                Assert.Equal(cpu, CpusOf(pinned));
            }
        }
        RunUntil(loop, () => AttributesOf(pinned).RuntimeNs == HostFacts.BaseSlice(_sched),
            "a slice of ours stayed behind");
        Assert.True(IsPlaced(other), "the other vCPUs are still the agent's");
        Assert.Equal(Exclusion.TakenOver, loop.Plan!.Lines.Single(l => l.Thread.Thread == pinned.Id).Thread.Exclusion);
        Assert.Contains(_log, l => l.Contains("cputune.vcpupin0", StringComparison.Ordinal));
        Assert.True(loop.Release().Fine);
        Assert.Equal(operating.Cpu, CpusOf(pinned));
        Assert.False(IsPlaced(other));
    }

    [SkippableFact]
    public void A_libvirtd_that_is_killed_changes_nothing_and_is_listened_to_again_when_it_is_back()
    {
        var loop = Loop(out var web, out _);
        var vcpu = Look(loop.Observer, web)!.Vcpus.First().Thread;
        RunUntil(loop, () => IsPlaced(vcpu), "nothing was placed");
        libvirt.KillDaemon();
        RunUntil(loop, () => _log.Any(l => l.Contains("libvirt is gone", StringComparison.Ordinal)), "it was not told");
        for (var i = 0; i < 20; i++) Step(loop);
        Assert.True(IsPlaced(vcpu), "what was known still holds");
        libvirt.StartDaemon();
        var told = _log.Count;
        RunUntil(loop, () => _log.Skip(told).Any(l => l.StartsWith("libvirt tells", StringComparison.Ordinal)),
            "it is not heard again");
        libvirt.Virsh("vcpupin", web, "0", "0", "--live");
        RunUntil(loop, () => loop.Plan!.Lines.Any(l => l.Thread.Thread == vcpu.Id
            && l.Thread.Exclusion == Exclusion.TakenOver), "the pin was not heard of");
        Assert.Equal("0", CpusOf(vcpu));
        loop.Release();
        Assert.Equal("0", CpusOf(vcpu));
    }

    [SkippableFact]
    public void VMs_that_their_operator_has_placed_are_never_touched_and_the_reason_is_told()
    {
        (string Vm, Exclusion Why)[] placed =
        [
            (Create("pinned", 1, "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>"), Exclusion.Pinned),
            (Create("cpuset", 1, vcpuAttributes: "cpuset='0'"), Exclusion.Cpuset),
            (Create("main", 1, "<cputune><emulatorpin cpuset='0'/></cputune>"), Exclusion.Pinned),
        ];
        var loop = Loop(out _, out _);
        var before = placed.SelectMany(p => Look(loop.Observer, p.Vm)!.Threads)
            .ToDictionary(t => t.Thread, t => (CpusOf(t.Thread), AttributesOf(t.Thread)));
        RunUntil(loop, () => loop.Ours > 0, "nothing was placed");
        for (var i = 0; i < 20; i++) Step(loop);
        foreach (var (vm, why) in placed)
        {
            var lines = loop.Plan!.Lines.Where(l => l.Thread.Vm == vm).ToList();
            Assert.True(lines.Count >= 2);
            Assert.All(lines, l => Assert.Equal((null, why), (l.Cpus, l.Thread.Exclusion)));
        }
        Assert.All(before, b => Assert.Equal(b.Value, (CpusOf(b.Key), AttributesOf(b.Key))));
    }

    private string Create(string what, int vcpus, string inside = "", string vcpuAttributes = "")
    {
        var name = PrivateLibvirt.NameOf(what);
        libvirt.Create(name, vcpus, inside, vcpuAttributes);
        _vms.Add(name);
        return name;
    }

    private LibvirtWatch Watch()
    {
        Skip.IfNot(libvirt.Missing == "", libvirt.Missing);
        var watch = LibvirtWatch.Begin(libvirt.Uri, HostFacts.NodesOf(_files), out var problem);
        Assert.Equal("", problem);
        _ends.Add(watch!);
        PrivateLibvirt.Wait(() => watch!.Connected, () => "it does not connect");
        return watch!;
    }

    // An agent that enforces, on two VMs of this test; whatever else runs on this machine is none of its business.
    private AgentLoop Loop(out string web, out string batch)
    {
        var watch = Watch();
        web = Create("web", 2);
        batch = Create("batch", 1);
        AgentSettings settings = new()
        {
            Mode = AgentMode.Enforce,
            Period = 100.Ms,
            Pace = new() { Residency = 1.Seconds },
            Plan = new() { Lend = false, Judge = false },
            Vms = [new(web, new(DomainKind.Latency)), new(batch, new(DomainKind.Compute)),
                new(PrivateLibvirt.NameOf("*"), new(DomainKind.Compute)), new("*", new(default, Ignore: true))],
        };
        var agent = new RealAgent(settings, watch, _log.Add);
        _ends.Insert(0, agent);
        agent.Loop.Step(RealAgent.Now, Duration.Zero);
        return agent.Loop;
    }

    private static void Step(AgentLoop loop)
    {
        Thread.Sleep(20);
        loop.Step(RealAgent.Now, Duration.Zero);
    }

    private static void RunUntil(AgentLoop loop, Func<bool> until, string what) => PrivateLibvirt.Wait(() =>
    {
        Step(loop);
        return until();
    }, () => what);

    private static ObservedVm? Look(Observer observer, string name)
    {
        observer.Rescan();
        return observer.Vms.FirstOrDefault(v => v.Vm.Name == name);
    }

    private static bool Told(Observer observer, string what)
    {
        var found = false;
        while (observer.TryTell(out var message)) found |= message.Contains(what, StringComparison.Ordinal);
        return found;
    }

    private string CpusOf(VmThread thread)
    {
        var mask = new CpuMask(HostCpus.Most);
        Assert.Equal(0, _sched.GetAffinity(thread.Id.Tid, mask));
        return mask.ToString();
    }

    private SchedAttributes AttributesOf(VmThread thread)
    {
        Assert.Equal(0, _sched.GetAttributes(thread.Id.Tid, out var attributes));
        return attributes;
    }

    private bool IsPlaced(VmThread thread) => AttributesOf(thread).RuntimeNs != HostFacts.BaseSlice(_sched);

    /// <summary>Pins vCPU 0 of a VM again and again.</summary>
    private sealed class Operator(PrivateLibvirt libvirt, string vm) : IDisposable
    {
        private int _times;

        public string Cpu { get; private set; } = "";

        /// <returns>Where it is pinned from now on.</returns>
        public string Pin()
        {
            Cpu = (++_times % 2).ToString(System.Globalization.CultureInfo.InvariantCulture);
            libvirt.Virsh("vcpupin", vm, "0", Cpu, "--live");
            return Cpu;
        }

        public void Dispose() { }
    }
}
