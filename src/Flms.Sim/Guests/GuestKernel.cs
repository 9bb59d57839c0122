using Flms.Core;

namespace Flms.Sim.Guests;

/// <summary>The scheduler of one guest: which of the domain's vCPUs runs which thread.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each vCPU has a queue of threads by virtual run time. What wakes a thread is an
/// event on some vCPU (a timer's or device's interrupt, or what another thread does there), and that vCPU's kernel
/// finds the thread a place: the vCPU where it last ran if that is idle, else the one that wakes it, else the lowest
/// idle one, else the one with the fewest threads. A vCPU that shall look at its queue is sent an interrupt. The guest
/// knows nothing of pCPUs: a vCPU that waits for one looks as busy, or as idle, as it was when it last ran.</para>
/// <para>What the machine does for it is in Machine.Kernel.cs. docs/guests.md tells what is assumed and what is left
/// out.</para>
/// </remarks>
internal sealed partial class GuestKernel
{
    private readonly Machine _machine;

    public GuestKernel(Machine machine, DomainSetup domain, int firstVcpu)
    {
        _machine = machine;
        Options = domain.Guest!;
        Cpus = new GuestCpu[domain.Vcpus];
        for (var i = 0; i < Cpus.Length; i++)
            Cpus[i] = new(this, i) { Machine = machine, Vcpu = new(firstVcpu + i) };
        TickOffset = domain.StartsAt.Ns;
        Reserved = new(domain.Vcpus);
        Others = new CpuMask(domain.Vcpus).Fill();
        if (domain.Kind != DomainKind.Mixed) return;
        for (var i = 0; i < Math.Min(Options.Reserved, domain.Vcpus - 1); i++) Reserved.Add(new(i));
        Others.ExceptWith(Reserved);
    }

    public GuestOptions Options { get; }

    public GuestCpu[] Cpus { get; }

    public GuestStatistics Statistics { get; } = new();

    /// <summary>The vCPUs that a mixed domain keeps for latency; empty in every other.</summary>
    public CpuMask Reserved { get; }

    /// <summary>Where threads run of which nobody says anything.</summary>
    public CpuMask Others { get; }

    private long TickOffset { get; }

    /// <summary>Makes the domain's workloads that are no interrupts its threads.</summary>
    public void Adopt(ReadOnlySpan<Workload> workloads, DomainSetup domain)
    {
        var number = 0;
        foreach (var w in workloads)
        {
            if (w.Urgency is Urgency.Interrupt or Urgency.SoftInterrupt) continue;
            var cpu = Cpus[w.Vcpu.Index - Cpus[0].Vcpu.Index];
            // What no entry has made is a driver's thread, and stays on its vCPU.
            var entry = w.Number < domain.Workloads.Count ? domain.Workloads[w.Number] : null;
            var affinity = Others;
            if (entry?.Affinity != null) affinity = entry.Affinity;
            else if (entry == null || entry.Pins(cpu.Index, w.Copy)) (affinity = new(Cpus.Length)).Add(new(cpu.Index));
            if (!affinity.Contains(new(cpu.Index))) cpu = Cpus[Nth(affinity, number % affinity.Count)];
            w.Vcpu = cpu.Vcpu;
            w.Thread = new(w, cpu, affinity) { Number = number++ };
        }
    }

    /// <summary>A thread that was asleep wants to run.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="by">The vCPU on which something woke it; null for an interrupt where it last ran.</param>
    public void Rouse(GuestThread thread, GuestCpu? by)
    {
        if (by == null)
        {
            by = thread.Cpu;
            if (!_machine.Interrupt(by))
            {
                by.AppendWoken(thread);
                return;
            }
        }
        Wake(thread, by);
    }

    /// <summary>A vCPU that runs again notices who woke meanwhile.</summary>
    public void NoticeWoken(GuestCpu cpu)
    {
        while (cpu.FirstWoken != null) Wake(cpu.TakeWoken(), cpu);
    }

    /// <summary>A tick, late if the vCPU had no pCPU when it was due.</summary>
    public void Tick(GuestCpu cpu, Instant now)
    {
        Statistics.Ticks++;
        _machine.Charge(cpu, Options.TickWork);
        cpu.NextTick = NextTick(cpu, now);
        cpu.LeastVirtual(0);
        if (cpu.Queue.First is { } first && first.Virtual < cpu.Current!.Virtual) cpu.NeedsSwitch = true;
    }

    /// <summary>When the next tick of a vCPU is due. Those of a domain are spread evenly, not all at once.</summary>
    public long NextTick(GuestCpu cpu, Instant now)
    {
        var tick = Options.Tick.Ns;
        var offset = TickOffset + tick * cpu.Index / Cpus.Length;
        var beyond = now.Ns - offset;
        return beyond < 0 ? offset : offset + (beyond / tick + 1) * tick;
    }

    /// <summary>What a vCPU runs next, out of its queue or another's; null for nothing.</summary>
    public GuestThread? Next(GuestCpu cpu)
    {
        cpu.NeedsSwitch = false;
        var next = cpu.Queue.First;
        if (next != null) cpu.Queue.Remove(next);
        else next = Pull(cpu);
        return next;
    }

    /// <summary>Should the current thread make way? It stays if it is no further than the first in the queue.</summary>
    public static bool ShouldLeave(GuestCpu cpu)
    {
        var current = cpu.Current!;
        if (current.Unpreemptible) return false;
        return !current.MayRun(cpu) || cpu.Queue.First is { } first && first.Virtual < current.Virtual;
    }

    /// <summary>A thread that was taken off its vCPU, though it wants to run, finds a place: there, unless it may not
    /// or another is idle.</summary>
    public void PutBack(GuestThread thread, GuestCpu cpu)
    {
        if (FirstIdle(thread) is { } idle) Place(thread, cpu, idle);
        else if (thread.MayRun(cpu)) Enqueue(thread, cpu);
        else Place(thread, cpu, Choose(thread, cpu));
    }

    /// <summary>Changes where a thread may run.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="affinity">Of the domain's vCPUs; not empty; not changed afterwards.</param>
    /// <param name="by">The vCPU that does it.</param>
    public void Move(GuestThread thread, CpuMask affinity, GuestCpu by)
    {
        thread.Affinity = affinity;
        var cpu = thread.Cpu;
        if (thread.MayRun(cpu)) return;
        if (thread.State == GuestThreadState.Waiting)
        {
            cpu.Queue.Remove(thread);
            Place(thread, by, Choose(thread, by));
        }
        else if (thread.State == GuestThreadState.Current)
        {
            cpu.NeedsSwitch = true;
            Nudge(by, cpu);
        }
    }

    private static int Nth(CpuMask vcpus, int n)
    {
        var i = vcpus.First();
        while (n-- > 0) i = vcpus.After(i);
        return i.Index;
    }

    private void Wake(GuestThread thread, GuestCpu by)
    {
        Statistics.Wakes++;
        var target = Choose(thread, by);
        Settle(thread, target);
        var least = target.LeastVirtual(_machine.Ahead(target)) - Options.SleeperCredit.Ns;
        if (thread.Virtual < least) thread.Base += least - thread.Virtual;
        Arrive(thread, target, by);
    }

    private void Place(GuestThread thread, GuestCpu by, GuestCpu target)
    {
        Settle(thread, target);
        Arrive(thread, target, by);
    }

    // It joins the queue, and the vCPU looks at once if it is idle or should turn to it.
    private void Arrive(GuestThread thread, GuestCpu target, GuestCpu by)
    {
        Enqueue(thread, target);
        if (target.Current is { } current)
        {
            if (thread.Virtual + Options.WakeupGranularity.Ns >= current.Virtual + _machine.Ahead(target)) return;
            if (!target.NeedsSwitch) Statistics.Preemptions++;
            target.NeedsSwitch = true;
        }
        Nudge(by, target);
    }

    private void Nudge(GuestCpu by, GuestCpu target)
    {
        if (by == target)
        {
            _machine.Poke(target);
            return;
        }
        Statistics.Ipis++;
        _machine.Charge(by, Options.IpiWork);
        if (target.IpiSent) return;
        target.IpiSent = true;
        _machine.SetAlarm(target, _machine.Now + Options.IpiDelay);
    }

    // From now on it belongs to that vCPU's queue, as far behind or ahead of the others there as it was where it was.
    private void Settle(GuestThread thread, GuestCpu target)
    {
        var from = thread.Cpu;
        if (from == target) return;
        thread.Base += target.LeastVirtual(_machine.Ahead(target)) - from.LeastVirtual(_machine.Ahead(from));
        thread.Cpu = target;
        thread.Work.Vcpu = target.Vcpu;
        Statistics.Migrations++;
    }

    private static void Enqueue(GuestThread thread, GuestCpu cpu)
    {
        thread.State = GuestThreadState.Waiting;
        cpu.Queue.Add(thread);
    }

    private GuestCpu Choose(GuestThread thread, GuestCpu by)
    {
        var last = thread.Cpu;
        if ((last == by ? by.HasNothing : last.IsIdle) && thread.MayRun(last)) return last;
        if (by.HasNothing && thread.MayRun(by)) return by;
        GuestCpu? best = null;
        foreach (var cpu in Cpus)
        {
            if (!thread.MayRun(cpu)) continue;
            if (cpu.IsIdle) return cpu;
            if (best == null || cpu.Load < best.Load || cpu.Load == best.Load && cpu == last) best = cpu;
        }
        return best!;
    }

    private GuestCpu? FirstIdle(GuestThread thread)
    {
        foreach (var cpu in Cpus)
            if (cpu.IsIdle && thread.MayRun(cpu)) return cpu;
        return null;
    }

    // The longest queue gives; but a thread that is the only one of its vCPU stays: its interrupt is on its way.
    private GuestThread? Pull(GuestCpu to)
    {
        GuestThread? best = null;
        foreach (var cpu in Cpus)
        {
            if (cpu.Load < 2 || cpu.Queue.Count <= (best?.Cpu.Queue.Count ?? 0)) continue;
            if (cpu.Queue.FirstFor(to) is { } found) best = found;
        }
        if (best == null) return null;
        best.Cpu.Queue.Remove(best);
        Settle(best, to);
        Statistics.Pulls++;
        return best;
    }
}
