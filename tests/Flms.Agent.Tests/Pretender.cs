using System.Globalization;
using System.Runtime.InteropServices;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests;

/// <summary>This assembly as a program: a process that looks like a QEMU to whoever reads /proc.</summary>
internal static partial class Pretender
{
    private const int SetName = 15; // PR_SET_NAME

    /// <summary><c>vm -name NAME VCPUS</c>: threads called like QEMU's, asleep until standard input ends; the line
    /// <c>burn</c> lets them compute from then on, <c>plug</c> adds one more, <c>rest</c> lets them wake but once a
    /// second. <c>measure THREADS</c>: what an agent costs that watches and places so many vCPUs. <c>apply VM JOURNAL
    /// STEP</c>, <c>boost</c> likewise: <see cref="Suicide"/>. <c>samples PERIODS</c>: a recording of this host's VMs.
    /// <c>kvm -name NAME</c>: a <see cref="TinyVm"/>.</summary>
    public static int Main(string[] args)
    {
        if (args is ["measure", var threads])
        {
            LoopCost.Measure(int.Parse(threads, CultureInfo.InvariantCulture));
            return 0;
        }
        if (args is ["apply" or "boost", var vm, var journal, var step])
            return Suicide.Apply(vm, journal, int.Parse(step, CultureInfo.InvariantCulture), args[0] == "boost");
        if (args is ["samples", var periods]) return Record(int.Parse(periods, CultureInfo.InvariantCulture));
        if (args is ["kvm", "-name", _])
        {
            Name("qemu-system-x86");
            Console.Out.WriteLine(TinyVm.Begin());
            return 1;
        }
        if (args is not ["vm", "-name", _, var count]) return 2;
        Name("qemu-system-x86");
        var vcpus = int.Parse(count, CultureInfo.InvariantCulture);
        for (var i = 0; i < vcpus; i++) Start($"CPU {i}/KVM");
        Start("IO iothread1");
        Console.Out.WriteLine("ready");
        while (Console.In.ReadLine() is { } line)
        {
            if (line == "burn") Burning = true;
            if (line == "rest") IdleMs = 1000;
            if (line == "plug") Start($"CPU {vcpus++}/KVM");
            Console.Out.WriteLine("done");
        }
        Environment.Exit(0);
        return 0;
    }

    /// <summary>What this thread is called from now on.</summary>
    public static void Name(string name) => _ = prctl(SetName, name, 0, 0, 0);

    private static volatile bool Burning;
    private static volatile int IdleMs = 5;

    private static void Start(string name)
    {
        using var named = new ManualResetEventSlim();
        const int stack = 128 << 10;
        var thread = new Thread(() =>
        {
            Name(name);
            named.Set();
            while (true)
                if (Burning && name.StartsWith("CPU", StringComparison.Ordinal)) Thread.SpinWait(1000);
                else Thread.Sleep(IdleMs);
        }, stack)
        { IsBackground = true };
        thread.Start();
        named.Wait();
    }

    // What the planner of an agent that only observes is given here, as a recording.
    private static int Record(int periods)
    {
        var files = new LinuxFiles();
        var calls = new LinuxSched();
        var cpus = HostCpus.Read(files, [], out _)!;
        using var observer = new Observer(files, new(), _ => null);
        observer.Rescan();
        using var journal = new FakeJournal();
        var lever = new Lever(files, calls, journal, cpus, HostFacts.BaseSlice(calls));
        var facts = new PlanFacts(files, calls, cpus, FlmsOptions.Default);
        Console.Out.Write(SampleLog.Head(cpus.Size));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        long last = 0;
        for (var i = 0; i <= periods; i++)
        {
            Thread.Sleep(1000);
            var now = clock.ElapsedTicks * (1_000_000_000 / System.Diagnostics.Stopwatch.Frequency);
            observer.Step(new(now));
            if (i > 0) Console.Out.Write(SampleLog.Of(new(new(now - last), facts.Of(observer, lever))));
            last = now;
        }
        return 0;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int prctl(int option, string name, nuint a, nuint b, nuint c);
}
