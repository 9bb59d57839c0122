using Flms.Core;
using Flms.Sim.Guests;

namespace Flms.Sim;

// What the machine does for guests that have a kernel.
//
// A vCPU's jobs are the interrupts that it takes, as without a kernel, and at their end the one thread that the kernel
// has chosen. What the kernel does, it does in the pCPU's event, so that of one instant everything that is done comes
// first. What it costs is time in which no job runs: the same From that a switch of vCPUs puts ahead of now.
public sealed partial class Machine
{
    private readonly GuestKernel?[] _kernels;       // by domain
    private readonly GuestCpu?[] _guestCpus;        // by vCPU
    private readonly Workload[] _kernelWork;        // what kernels have alarms for
    private GuestCpu? _context;                     // the vCPU on which something is being told just now

    /// <summary>What was counted in a domain's guest kernel; null if it has none.</summary>
    public GuestStatistics? GuestStatistics(DomainId d) => _kernels[d.Index]?.Statistics;

    internal GuestKernel? KernelOf(VcpuId v) => _guestCpus[v.Index]?.Kernel;

    /// <summary>Takes time on a vCPU for the kernel's own work: now, or when it next has a pCPU.</summary>
    internal void Charge(GuestCpu cpu, Duration work)
    {
        ref var v = ref _vcpus[cpu.Vcpu.Index];
        if (v.State != VcpuState.Running)
        {
            cpu.Owed += work.Ns;
            return;
        }
        ref var c = ref _pcpus[v.Last];
        Advance(ref c);
        c.From = Math.Max(c.From, _now) + work.Ns;
        cpu.Kernel.Statistics.KernelNs += work.Ns;
        if (cpu != _context) Rekey(v.Last, ref c);
    }

    /// <summary>A timer's interrupt comes to a vCPU; whether that runs and takes it.</summary>
    internal bool Interrupt(GuestCpu cpu)
    {
        Charge(cpu, cpu.Kernel.Options.InterruptWork);
        ref var v = ref _vcpus[cpu.Vcpu.Index];
        if (v.State == VcpuState.Blocked && !v.Paused) WakeUp(cpu.Vcpu.Index, ref v);
        return v.State == VcpuState.Running;
    }

    /// <summary>Another vCPU's interrupt arrives.</summary>
    internal void TakeIpi(GuestCpu cpu)
    {
        Charge(cpu, cpu.Kernel.Options.InterruptWork);
        Poke(cpu);
    }

    /// <summary>Makes a vCPU's kernel look at its queue: at once, or when it next has a pCPU.</summary>
    internal void Poke(GuestCpu cpu)
    {
        if (cpu == _context) return;
        ref var v = ref _vcpus[cpu.Vcpu.Index];
        if (v.State == VcpuState.Running)
        {
            _pcpus[v.Last].GuestAt = _now;
            Rekey(v.Last, ref _pcpus[v.Last]);
        }
        else if (v.State == VcpuState.Blocked && !v.Paused)
        {
            WakeUp(cpu.Vcpu.Index, ref v);
        }
    }

    /// <summary>How long a vCPU's current thread has run beyond what is counted.</summary>
    internal long Ahead(GuestCpu cpu)
    {
        ref var v = ref _vcpus[cpu.Vcpu.Index];
        return v.State == VcpuState.Running && v.Job != null && v.Job == cpu.Current?.Work
            ? Math.Max(0, _now - _pcpus[v.Last].From) : 0;
    }

    /// <summary>How long a thread has run beyond what is counted.</summary>
    internal long AheadOf(GuestThread thread) => thread.Cpu.Current == thread ? Ahead(thread.Cpu) : 0;

    /// <summary>Is this thread being told something just now, so that it is what its vCPU does?</summary>
    internal bool IsTold(GuestThread thread) => _context != null && _context.Current == thread;

    /// <summary>Does it burn CPU for a lock just now?</summary>
    internal bool Spins(GuestThread thread)
    {
        ref var v = ref _vcpus[thread.Cpu.Vcpu.Index];
        return v.State == VcpuState.Running && v.Job == thread.Work;
    }

    internal void Rouse(Workload other)
    {
        if (other.Roused) return;
        SetAlarm(other, Now);
        other.Roused = true;
    }

    internal void SetThreadAffinity(GuestThread thread, CpuMask vcpus) =>
        thread.Cpu.Kernel.Move(thread, vcpus, _context ?? thread.Cpu);

    private void WakenRoused(Workload workload)
    {
        workload.Roused = false;
        workload.Woken(Now);
    }

    // A thread that had no work wants some: it wakes, or in its own callback goes on.
    private void BeginThreadWork(Workload w, long work)
    {
        var thread = w.Thread!;
        w.Remaining = work;
        w.Queued = true;
        if (thread.State == GuestThreadState.Current)
        {
            Queue(ref _vcpus[w.Vcpu.Index], w);
            return;
        }
        Check.That(thread.State == GuestThreadState.Asleep);
        var by = _context ?? w.RousedBy;
        w.RousedBy = null;
        // What another domain sends comes from outside.
        thread.Cpu.Kernel.Rouse(thread, by?.Kernel == thread.Cpu.Kernel ? by : null);
    }

    // A vCPU has a pCPU from now on. Its kernel looks first if something has come up meanwhile; looking takes a moment,
    // for nothing may wake at an instant at which pCPUs have asked (law H3).
    private void KernelStarts(ref Pcpu c, ref Vcpu v)
    {
        var cpu = _guestCpus[c.Running]!;
        cpu.CostsFrom = c.From;
        c.From += cpu.Owed;
        cpu.Kernel.Statistics.KernelNs += cpu.Owed;
        cpu.Owed = 0;
        if (v.Job is { Remaining: 0 } job) job.Remaining = 1;
        if (cpu.PauseAt != Never) cpu.PauseAt = c.From + cpu.Kernel.Options.PauseWindow.Ns;
        c.GuestAt = v.Job == null || cpu.WantsAttention(Now) ? Math.Max(c.From, _now + 1) : NextLook(cpu);
    }

    private void KernelStops(int p, ref Pcpu c, int vcpu, Left left)
    {
        var cpu = _guestCpus[vcpu]!;
        c.GuestAt = Never;
        // What it did not come to pay for is not lost time.
        cpu.Kernel.Statistics.KernelNs -= Math.Max(0, c.From - Math.Max(_now, cpu.CostsFrom));
        if (left == Left.Blocked || cpu.Current is not { Locks: > 0 }) return;
        cpu.Kernel.Statistics.HolderPreemptions++;
        if (_watched) Tell(HostEventKind.HolderPreempted, p, vcpu, -1, 0);
    }

    // The running vCPU's kernel does what there is to do. The work is up to date.
    private void KernelRuns(int p, ref Pcpu c, ref Vcpu v)
    {
        var cpu = _guestCpus[c.Running]!;
        var kernel = cpu.Kernel;
        _context = cpu;
        kernel.LookAtLock(cpu);
        while (c.From <= _now && v.Job is { Remaining: 0 } job)
        {
            v.Job = job.NextJob;
            job.NextJob = null;
            job.Queued = false;
            if (job.Thread != null)
            {
                TellThread(p, cpu, job.Thread);
                continue;
            }
            Statistics.Completions++;
            if (_watched) Tell(HostEventKind.Done, p, c.Running, -1, 0);
            job.WorkDone(Now);
        }
        kernel.NoticeWoken(cpu);
        if (cpu.Current != null && cpu.NextTick <= _now) kernel.Tick(cpu, Now);
        if (v.Job == null || v.Job.Thread != null) SwitchThreads(ref v, cpu);
        LookForPause(ref c, ref v, cpu);
        if (v.Job == null && c.From <= _now) c.Done = true;
        c.GuestAt = v.Job == null && !c.Done ? c.From : NextLook(cpu);
        _context = null;
        if (_tellsTasks) TellTask(c.Running);
    }

    private void TellThread(int p, GuestCpu cpu, GuestThread thread)
    {
        if (thread.WaitsFor != null)
        {
            cpu.Kernel.EndSpin(thread, cpu);
            thread.Work.Locked(Now);
        }
        else
        {
            Statistics.Completions++;
            if (_watched) Tell(HostEventKind.Done, p, cpu.Vcpu.Index, -1, 0);
            thread.Work.WorkDone(Now);
        }
        if (thread.Work.Queued) return;
        Check.That(thread.Locks == 0);
        thread.State = GuestThreadState.Asleep;
        cpu.LeastVirtual(0);
        cpu.Current = null;
    }

    // No interrupt is being served: does another thread run from now on?
    private void SwitchThreads(ref Vcpu v, GuestCpu cpu)
    {
        var kernel = cpu.Kernel;
        if (cpu.Current is { } current)
        {
            if (!cpu.NeedsSwitch) return;
            if (!GuestKernel.ShouldLeave(cpu))
            {
                // With a lock it stays until it has none; the kernel looks again whenever it is told something.
                if (!current.Unpreemptible) cpu.NeedsSwitch = false;
                return;
            }
            v.Job = null;
            cpu.Current = null;
            kernel.PutBack(current, cpu);
        }
        var next = kernel.Next(cpu);
        if (next == null) return;
        if (next != cpu.LastRan)
        {
            kernel.Statistics.Switches++;
            Charge(cpu, kernel.Options.SwitchWork);
            cpu.LastRan = next;
        }
        next.State = GuestThreadState.Current;
        cpu.Current = next;
        if (cpu.NextTick <= _now) cpu.NextTick = kernel.NextTick(cpu, Now);
        Queue(ref v, next.Work);
    }

    // Does it spin, and has it done so for long enough to be noticed?
    private void LookForPause(ref Pcpu c, ref Vcpu v, GuestCpu cpu)
    {
        if (cpu.Current is not { WaitsFor: not null } waiter || !cpu.Kernel.Options.PauseYields) return;
        if (cpu.PauseAt <= _now && v.Job == waiter.Work && v.Job.Remaining != 0)
        {
            cpu.Kernel.PauseExit(cpu);
            cpu.PauseAt = Never;
            c.Yields = true;
            c.Must = true;
        }
        if (cpu.PauseAt == Never) cpu.PauseAt = Math.Max(_now, c.From) + cpu.Kernel.Options.PauseWindow.Ns;
    }

    private static long NextLook(GuestCpu cpu) =>
        cpu.Current == null ? Never : Math.Min(cpu.NextTick, cpu.PauseAt);

    private static long PauseExits(GuestCpu cpu, Workload? job, long pending)
    {
        var exits = cpu.PauseExits;
        if (cpu.Kernel.Options.PauseYields || cpu.Current is not { WaitsFor: not null } waiter) return exits;
        var spun = waiter.Work.RanNs - waiter.SpinsSince + (job == waiter.Work ? pending : 0);
        return exits + spun / cpu.Kernel.Options.PauseWindow.Ns;
    }

    private Workload[] CreateKernels(MachineSetup setup)
    {
        var work = new List<Workload>();
        var (vcpu, next) = (0, 0);
        for (var d = 0; d < setup.Domains.Count; d++)
        {
            var domain = setup.Domains[d];
            var first = next;
            var end = vcpu + domain.Vcpus;
            while (next < _alarms.Length && _alarms[next].Vcpu.Index < end) next++;
            if (domain.Guest != null)
            {
                var kernel = new GuestKernel(this, domain, vcpu);
                _kernels[d] = kernel;
                for (var i = 0; i < domain.Vcpus; i++)
                {
                    _guestCpus[vcpu + i] = kernel.Cpus[i];
                    _vcpus[vcpu + i].HasKernel = true;
                }
                work.AddRange(kernel.Cpus);
                var threads = _alarms.AsSpan(first, next - first);
                kernel.Adopt(threads, domain);
                if (ProcessMonitor.For(kernel, threads, domain) is { } monitor) work.Add(monitor);
            }
            vcpu = end;
        }
        for (var i = 0; i < work.Count; i++)
        {
            work[i].Machine = this;
            work[i].AlarmEntity = _pcpus.Length + _alarms.Length + i;
        }
        return [.. work];
    }
}
