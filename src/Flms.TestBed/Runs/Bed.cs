using System.Diagnostics;
using Flms.Agent.Linux;
using Flms.Core;
using Flms.TestBed.Guests;
using Flms.TestBed.Hosts;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Runs;

/// <summary>The test bed: a VM that is pinged and some noisy ones, in a network and control groups of their own, on all
/// of the machine's pCPUs.</summary>
public sealed class Bed : IDisposable
{
    private readonly BedPlace _place;
    private readonly List<BedVm> _noisy = [];
    private BedNetwork? _network;
    private BedCgroups? _groups;
    private BedPrograms? _programs;
    private bool _disposed;

    private Bed(BedPlace place) => _place = place;

    /// <summary>The VM that is pinged.</summary>
    public BedVm Latency { get; private set; } = null!;

    /// <summary>The noisy ones.</summary>
    public IReadOnlyList<BedVm> Noisy => _noisy;

    /// <summary>All of them.</summary>
    public IEnumerable<BedVm> Vms => _noisy.Prepend(Latency);

    /// <summary>Do they run by KVM? Otherwise by QEMU's translation.</summary>
    public bool Kvm { get; private set; }

    /// <summary>What the names of its VMs begin with.</summary>
    public string Prefix => $"{_place.Name}-";

    /// <summary>Where its files are, until it is taken down.</summary>
    public string Folder => _place.Folder;

    /// <summary>The machine's monotonic clock, which the pinger reads too.</summary>
    internal static Instant Now => new((long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency)));

    /// <summary>Sets it up.</summary>
    /// <param name="setup">What is wanted.</param>
    /// <param name="say">Told what takes time, a line each.</param>
    /// <param name="stop">Cancels it.</param>
    /// <exception cref="BedFault">It cannot be set up here.</exception>
    public static Bed Make(BedSetup setup, Action<string> say, CancellationToken stop)
    {
        var bed = new Bed(BedPlace.Take(say));
        try
        {
            bed.SetUp(setup, stop);
            return bed;
        }
        catch
        {
            bed.Dispose();
            throw;
        }
    }

    /// <summary>Starts to ping the latency VM.</summary>
    /// <param name="count">How often.</param>
    /// <param name="rate">How often a second, on average.</param>
    /// <param name="seed">Equal seeds keep equal gaps.</param>
    internal Pinger Ping(int count, int rate, int seed) =>
        Pinger.Start(_programs!.Pinger, _network!.Space, _place, Latency.Address, count, rate, seed);

    /// <summary>Notes a process that is to end with the bed.</summary>
    internal void Note(Process process) => _place.Children.Note(process);

    /// <summary>What the machine has done so far.</summary>
    internal static CpuTimes Machine()
    {
        var text = new LinuxFiles().Read("/proc/stat") ?? throw new BedFault("cannot read /proc/stat");
        return CpuTimes.Parse(text);
    }

    /// <summary>Takes everything down: processes, network, control groups, files.</summary>
    public void Dispose()
    {
        lock (_noisy)
        {
            if (_disposed) return;
            _disposed = true;
        }
        foreach (var vm in _noisy) vm.Dispose();
        Latency?.Dispose();
        _groups?.Dispose();
        _network?.Dispose();
        _place.Dispose();
    }

    private void SetUp(BedSetup setup, CancellationToken stop)
    {
        _programs = BedPrograms.Build(setup.Programs);
        _network = BedNetwork.Make(_place.Name, setup.Noisy + 1);
        if (setup.Cgroups) _groups = BedCgroups.Make(_place.Name);
        Latency = First(stop);
        for (var i = 1; i <= setup.Noisy; i++)
            _noisy.Add(BedVm.Start(CommandOf(i), _network.Space, _place, stop, out var why)
                ?? throw new BedFault($"QEMU has ended: {why}"));
        if (_groups == null) return;
        foreach (var vm in Vms) _groups.Take(vm.Name, vm.Pid, vm.Vcpu);
    }

    // Whether a KVM runs this guest is seen when it does: some, in VMs themselves, do not.
    private BedVm First(CancellationToken stop)
    {
        Kvm = File.Exists("/dev/kvm");
        if (Kvm && BedVm.Start(CommandOf(0), _network!.Space, _place, stop, out _) is { } vm) return vm;
        Kvm = false;
        return BedVm.Start(CommandOf(0), _network!.Space, _place, stop, out var why)
            ?? throw new BedFault($"QEMU has ended: {why}");
    }

    private QemuCommand CommandOf(int number) => new()
    {
        Name = Prefix + (number == 0 ? "lat" : $"noisy{number}"),
        Guest = _programs!.Guest,
        Tap = BedNetwork.Tap(number),
        Mac = BedNetwork.Mac(number),
        Address = BedNetwork.Address(number),
        Log = $"{_place.Folder}/{number}.log",
        Kvm = Kvm,
    };
}

/// <summary>What a test bed is to have.</summary>
public sealed record BedSetup
{
    /// <summary>How many noisy VMs. Default 4, at most 200.</summary>
    public int Noisy { get; init; } = 4;

    /// <summary>Is each VM to be in control groups, as libvirt's are? Default: yes.</summary>
    public bool Cgroups { get; init; } = true;

    /// <summary>The folder where the bed's programs are built, and found again.</summary>
    public required string Programs { get; init; }
}
