using Flms.Agent.Discovery;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;
using Flms.Agent.Sampling;
using Flms.Core;

namespace Flms.Agent.Classes;

/// <summary>Watches the VMs of this host: finds them, reads their threads, and says what each is. Changes nothing.
/// </summary>
/// <remarks>Call <see cref="Rescan"/> now and then and <see cref="Step"/> once a period. It has no clock and no thread
/// of its own; the same files at the same times give the same classes.</remarks>
public sealed class Observer : IDisposable
{
    private const int MostEvents = 256;
    private const int StartPeriods = 5; // a QEMU makes its vCPUs within that time

    private readonly Func<Vm, VmWord?> _wordOf;
    private readonly VmSearch _search;
    private readonly Dictionary<ThreadIdentity, ObservedVm> _byProcess = [];
    private readonly HashSet<ThreadIdentity> _present = [];
    private readonly IManagedVms? _managed;
    private List<ObservedVm> _vms = [];
    private long _told;       // the version of what was last asked of them
    private long _monitored;  // and of the monitors
    private readonly IProcessEvents? _events;
    private readonly IMonitors? _monitors;
    private readonly ISystemFiles _files;
    private readonly KvmCounters _kvm;
    private readonly byte[] _name = new byte[64];
    private bool _stale;
    private int _expecting; // periods in which a new VM may still start vCPUs

    /// <summary>Nothing is known before the first <see cref="Rescan"/>.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="rules">What counts as what.</param>
    /// <param name="wordOf">What the operator says of a VM here; null for nothing. It counts more than what those who
    /// manage the VM say.</param>
    /// <param name="managed">Who manages VMs on this host; null for nobody. Not disposed here.</param>
    /// <param name="events">Tells of new programs; null if nobody does. Not disposed here.</param>
    /// <param name="monitors">The VMs' own monitors; null if none may be asked. Not disposed here.</param>
    public Observer(ISystemFiles files, ClassRules rules, Func<Vm, VmWord?> wordOf, IManagedVms? managed = null,
        IProcessEvents? events = null, IMonitors? monitors = null)
    {
        (_files, Rules, _wordOf, _managed, _events) = (files, rules, wordOf, managed, events);
        _monitors = monitors;
        _search = new(files, monitors);
        (Sampler, _kvm) = (new(files), new(files));
    }

    /// <summary>What counts as what, from the next period on.</summary>
    public ClassRules Rules { get; set; }

    /// <summary>The VMs as of the last scan, in order of their processes' numbers.</summary>
    public IReadOnlyList<ObservedVm> Vms => _vms;

    /// <summary>Reads the threads; <see cref="ObservedThread.Slot"/> is the number of a thread here.</summary>
    public Sampler Sampler { get; }

    /// <summary>Processes with vCPUs whose threads cannot be told apart.</summary>
    public IReadOnlyList<int> Unrecognised => _search.Unrecognised;

    /// <summary>Has a thread ended since the last scan, or has somebody told of a change? Then it is time for
    /// another.</summary>
    public bool Stale => _stale || (_managed != null && _managed.Version != _told)
        || (_monitors != null && _monitors.Version != _monitored);

    /// <summary>Hears what has happened since it was last called: afterwards <see cref="Stale"/> tells of new VMs and
    /// vCPUs too. To be called every period, before <see cref="Stale"/> is asked.</summary>
    public void Listen()
    {
        if (_events == null) return;
        if (_expecting > 0)
        {
            _expecting--;
            _stale = true;
        }
        int heard;
        for (var n = 0; (heard = _events.Next(out var pid, out var vcpu)) > 0; n++)
        {
            // Where very many programs are started, one look at all costs less than one at each.
            if (vcpu || n >= MostEvents) _stale = true;
            else if (IsHypervisor(pid)) (_stale, _expecting) = (true, StartPeriods);
        }
        if (heard < 0) _stale = true;
    }

    /// <summary>Looks for VMs and threads that have come or gone.</summary>
    /// <returns>0; or the negative error number if /proc could not be read, and all is as it was.</returns>
    public int Rescan()
    {
        // Before looking: what is told meanwhile is for the next scan.
        var (told, monitored) = (_managed?.Version ?? 0, _monitors?.Version ?? 0);
        var error = _search.Scan(thorough: Stale);
        if (error < 0) return error;
        (_stale, _told, _monitored) = (false, told, monitored);
        _present.Clear();
        foreach (var vm in _search.Vms)
        {
            _present.Add(vm.Process);
            if (!_byProcess.TryGetValue(vm.Process, out var observed))
            {
                _byProcess[vm.Process] = observed = new(vm);
                _kvm.Add(vm.Process);
            }
            Reconcile(observed);
        }
        foreach (var process in _byProcess.Keys)
            if (!_present.Contains(process)) Forget(process);
        _vms = [.. _byProcess.Values.OrderBy(vm => vm.Vm.Process.Tid)];
        WordsChanged();
        return 0;
    }

    /// <summary>The operator may say something else now.</summary>
    public void WordsChanged()
    {
        foreach (var vm in _vms)
        {
            vm.Managed = _managed?.Of(vm.Vm);
            var word = _wordOf(vm.Vm) ?? vm.Managed?.Word;
            vm.Word = word is { Measured: true } ? null : word;
            vm.Decide();
        }
    }

    /// <summary>Something that those who manage VMs want people to be told, oldest first.</summary>
    public bool TryTell(out string message)
    {
        message = "";
        return _managed?.TryTell(out message) == true || _monitors?.TryTell(out message) == true;
    }

    /// <summary>A period ends: reads every thread, and classifies every vCPU.</summary>
    /// <param name="now">The time, on a clock that only grows.</param>
    public void Step(Instant now)
    {
        Sampler.Sample(now);
        _kvm.Sample(now);
        foreach (var vm in _vms)
        {
            Classify(vm);
            vm.Rates = _kvm.Of(vm.Vm.Process);
            if (_monitors != null) TakeRates(vm, _monitors.Of(vm.Vm.Process, vm.Vm.Name));
        }
    }

    /// <inheritdoc />
    public void Dispose() => Sampler.Dispose();

    private static void TakeRates(ObservedVm vm, MonitorView? view)
    {
        foreach (var thread in vm.Changeable)
            if (thread.Thread.Role == ThreadRole.Vcpu)
                thread.Rates = view?.Rates.TryGetValue(thread.Thread.Number, out var rates) == true ? rates : null;
    }

    private bool IsHypervisor(int pid)
    {
        var n = _files.ReadOnce($"/proc/{pid}/comm", _name);
        return n > 0 && ThreadNames.TryHypervisor(_name.AsSpan(0, n).TrimEnd((byte)'\n'), out _);
    }

    private void Classify(ObservedVm vm)
    {
        var threads = vm.Changeable;
        long deviceRate = 0;
        var latency = 0; // vCPUs that are taken for it
        for (var i = 0; i < threads.Count; i++)
        {
            var thread = threads[i];
            if (Sampler.IsGone(thread.Slot)) _stale = true;
            if (thread.Thread.Role != ThreadRole.Vcpu) deviceRate += Sampler.Of(thread.Slot).SleepRate;
            else if (thread.Class == VcpuClass.Latency) latency++;
        }
        for (var i = 0; i < threads.Count && threads[i].Thread.Role == ThreadRole.Vcpu; i++)
        {
            // If another vCPU is seen to serve the devices, they say nothing about this one.
            var others = latency - (threads[i].Class == VcpuClass.Latency ? 1 : 0);
            threads[i].Classifier.Add(Sampler.Of(threads[i].Slot), others > 0 ? 0 : deviceRate, Rules);
        }
        vm.Decide();
    }

    // Threads that are new are read from now on, those that are gone no longer.
    private void Reconcile(ObservedVm vm)
    {
        var threads = vm.Changeable;
        for (var i = threads.Count - 1; i >= 0; i--)
        {
            var now = vm.Vm.Threads.FirstOrDefault(t => t.Id == threads[i].Thread.Id);
            if (now != null && now.Role == threads[i].Thread.Role && now.Number == threads[i].Thread.Number
                && !Sampler.IsGone(threads[i].Slot)) threads[i].Thread = now;
            else
            {
                Sampler.Remove(threads[i].Slot);
                threads.RemoveAt(i);
            }
        }
        foreach (var thread in vm.Vm.Threads)
        {
            if (thread.Role == ThreadRole.Other || threads.Exists(t => t.Thread.Id == thread.Id)) continue;
            if (Sampler.Add(thread, out var slot) == 0) threads.Add(new(thread, slot));
        }
        threads.Sort(static (a, b) =>
        {
            var byRole = (a.Thread.Role != ThreadRole.Vcpu).CompareTo(b.Thread.Role != ThreadRole.Vcpu);
            if (byRole != 0) return byRole;
            var byNumber = a.Thread.Number.CompareTo(b.Thread.Number);
            return byNumber != 0 ? byNumber : a.Thread.Id.Tid.CompareTo(b.Thread.Id.Tid);
        });
    }

    private void Forget(ThreadIdentity process)
    {
        foreach (var thread in _byProcess[process].Changeable) Sampler.Remove(thread.Slot);
        _kvm.Remove(process);
        _byProcess.Remove(process);
    }
}
