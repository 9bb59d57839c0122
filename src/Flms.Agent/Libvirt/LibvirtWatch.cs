using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flms.Agent.Discovery;

namespace Flms.Agent.Libvirt;

/// <summary>Keeps what libvirt says of its VMs, and hears when it changes. Reads only.</summary>
/// <remarks>
/// <para>It asks for events first and reads all VMs second; after a connection broke it connects again, after 1 s, then
/// 2 s, up to 30 s, and reads all anew. Meanwhile what is known goes on to hold: without libvirt nobody pins anything
/// by libvirt. A VM that looks like one of libvirt's, and of which libvirt has not told, is not to be touched.</para>
/// <para>Everything but <see cref="Of"/>, <see cref="Version"/>, <see cref="TryTell"/>, <see cref="WaitForFirst"/> and
/// <see cref="Dispose"/> is done by the thread of <see cref="LibvirtLoop"/>.</para>
/// </remarks>
public sealed unsafe class LibvirtWatch : IManagedVms
{
    /// <summary>The setting that means: the system's libvirt, if there is one.</summary>
    public const string Auto = "auto";

    /// <summary>The setting that means: none.</summary>
    public const string Off = "off";

    private const string SystemUri = "qemu:///system";
    private const int FirstRetryMs = 1000, LastRetryMs = 30_000;
    private const int AliveSeconds = 5;
    private const int AliveTimes = 3;
    private const int MostSeen = 10_000;

    private static readonly string[] Sockets =
        ["/run/libvirt/virtqemud-sock-ro", "/run/libvirt/libvirt-sock-ro"];

    private static readonly int[] Happenings = [LibvirtLibrary.Lifecycle, LibvirtLibrary.DeviceRemoved,
        LibvirtLibrary.Tunable, LibvirtLibrary.DeviceAdded, LibvirtLibrary.MetadataChanged];

    private static readonly ConcurrentDictionary<nint, LibvirtWatch> All = []; // by what callbacks are given
    private static long Last;

    private readonly nint _number = (nint)Interlocked.Increment(ref Last);
    private readonly string _uri;
    private readonly bool _auto;
    private readonly IReadOnlyList<int> _nodes;
    private readonly ManagedTable _table = new();
    private readonly Queue<(string Uuid, string? Field, bool Stopped)> _happened = [];
    private readonly List<int> _registrations = [];
    private readonly ConcurrentQueue<string> _messages = [];
    private readonly ManualResetEventSlim _first = new();
    private readonly HashSet<ThreadIdentity> _seen = []; // the asker's
    private LibvirtLoop? _loop; // set once
    private nint _connection;
    private long _next;      // when to connect, in ms
    private int _retryMs = FirstRetryMs;
    private bool _broken;
    private string _told = ""; // the last problem
    private volatile Dictionary<string, ManagedVm> _known = [];
    private volatile bool _connected;
    private volatile bool _present; // is there a libvirt, as far as can be seen?
    private volatile bool _ending;
    private long _version;

    private LibvirtWatch(string uri, bool auto, IReadOnlyList<int> nodes)
    {
        (_uri, _auto, _nodes) = (uri, auto, nodes);
        All[_number] = this;
    }

    /// <inheritdoc />
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Is it connected now?</summary>
    public bool Connected => _connected;

    /// <summary>Begins to watch.</summary>
    /// <param name="setting"><see cref="Auto"/>, <see cref="Off"/>, or libvirt's URI of a connection.</param>
    /// <param name="nodes">The machine's NUMA nodes.</param>
    /// <param name="problem">Why not, if libvirt was asked for by its URI and is not there; else empty.</param>
    /// <returns>Null if there is nothing to watch.</returns>
    public static LibvirtWatch? Begin(string setting, IReadOnlyList<int> nodes, out string problem)
    {
        problem = "";
        if (setting == Off) return null;
        var auto = setting == Auto;
        var watch = new LibvirtWatch(auto ? SystemUri : setting, auto, nodes);
        return watch.TryBegin(out problem) || auto ? watch : null;
    }

    // The library costs some megabytes: not where nobody needs it, and libvirt may be started after us.
    private bool TryBegin(out string problem)
    {
        problem = "";
        if (_loop != null) return true;
        if (_auto && !Sockets.Any(File.Exists)) return false;
        if (LibvirtLoop.TryGet(out problem) is not { } loop) return false;
        _present = true;
        _loop = loop;
        loop.Add(this);
        return true;
    }

    /// <inheritdoc />
    public ManagedVm? Of(Vm vm)
    {
        if (_loop == null && !TryBegin(out _)) return null;
        var known = _known;
        if (vm.Uuid != "" && known.TryGetValue(vm.Uuid.ToLowerInvariant(), out var managed))
        {
            if (_connected)
            {
                if (_seen.Count > MostSeen) _seen.Clear();
                _seen.Add(vm.Process);
                return managed;
            }
            // Without a connection it may be another run of it, of which something else is said.
            return _seen.Contains(vm.Process) ? managed : ManagedVm.Unread;
        }
        return _present && LooksManaged(vm) ? ManagedVm.Unread : null;
    }

    /// <inheritdoc />
    public bool TryTell(out string message) => _messages.TryDequeue(out message!);

    /// <summary>Waits until libvirt has told of all VMs, or cannot be reached.</summary>
    /// <param name="ms">At most so long.</param>
    public void WaitForFirst(int ms)
    {
        if (_loop != null) _first.Wait(ms);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _ending = true;
        _loop?.Wake();
        if (_loop == null) All.TryRemove(_number, out _);
    }

    private LibvirtLibrary Library => _loop!.Library;

    /// <summary>Does what there is to do; not from within a callback.</summary>
    /// <returns>False when it has ended.</returns>
    internal bool Turn()
    {
        if (_ending)
        {
            Disconnect();
            All.TryRemove(_number, out _);
            return false;
        }
        if (_connection != 0 && (_broken || !Library.IsAlive(_connection))) Lost();
        if (_connection == 0 && Environment.TickCount64 >= _next) Connect();
        if (_connection != 0) TakeIn();
        return true;
    }

    // libvirt puts its VMs into groups of that name, with systemd or without (spec host-agent 3.1).
    private static bool LooksManaged(Vm vm) => vm.Cgroup.Contains("libvirt", StringComparison.Ordinal)
        || vm.Cgroup.Contains("machine-qemu", StringComparison.Ordinal);

    private void Connect()
    {
        _present = !_auto || Sockets.Any(File.Exists);
        if (!_present || (_connection = Library.Open(_uri)) == 0)
        {
            if (_present) Tell($"libvirt cannot be asked ({Library.LastError}); its VMs are left alone until it "
                + "can, unless they were known before");
            TryLater();
            return;
        }
        _broken = false;
        Library.KeepAlive(_connection, AliveSeconds, AliveTimes);
        Library.OnClose(_connection, &OnClosed, _number);
        foreach (var happening in Happenings)
            _registrations.Add(Library.Register(_connection, happening, CallbackOf(happening), _number));
        if (Library.Describe(_connection) is not { } all)
        {
            Lost();
            return;
        }
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in all)
            if (DomainXml.Read(text, _nodes) is { } vm)
            {
                present.Add(vm.Uuid);
                Add(vm);
            }
        _table.Keep(present);
        _retryMs = FirstRetryMs;
        _told = "";
        _connected = true;
        Publish();
        _messages.Enqueue($"libvirt tells of {_table.Count} VMs");
        _first.Set();
    }

    private void Lost()
    {
        var was = _connected;
        Disconnect();
        if (was) _messages.Enqueue("libvirt is gone; what it has told goes on to hold");
        Publish();
        TryLater();
    }

    private void TryLater()
    {
        _next = Environment.TickCount64 + _retryMs;
        _retryMs = Math.Min(2 * _retryMs, LastRetryMs);
        _first.Set();
    }

    private void Disconnect()
    {
        _connected = false;
        if (_connection == 0) return;
        foreach (var registration in _registrations)
            if (registration >= 0) Library.Deregister(_connection, registration);
        _registrations.Clear();
        Library.OffClose(_connection, &OnClosed);
        Library.Close(_connection);
        _connection = 0;
        _happened.Clear();
    }

    private void TakeIn()
    {
        var changed = false;
        while (_happened.TryDequeue(out var happened))
        {
            // A new thread may be there although nothing is said of it.
            changed = true;
            if (happened.Stopped) _table.Stopped(happened.Uuid);
            else if (happened.Field is { } field)
            {
                if (_table.Tuned(happened.Uuid, field) && _table.Of(happened.Uuid) is { } vm)
                    _messages.Enqueue($"{vm.Name}: {field} was set by its operator: theirs until the VM is started "
                        + "again");
            }
            else if (Library.Describe(_connection, happened.Uuid) is { } text
                && DomainXml.Read(text, _nodes) is { } now) Add(now);
        }
        if (changed) Publish();
    }

    private void Add(ManagedVm vm)
    {
        if (_table.Read(vm) && vm.Problem != "") _messages.Enqueue($"{vm.Name}: its policy is no policy: {vm.Problem}");
    }

    private void Publish()
    {
        _known = _table.Copy();
        Interlocked.Increment(ref _version);
    }

    private void Tell(string problem)
    {
        if (problem == _told) return;
        _told = problem;
        _messages.Enqueue(problem);
    }

    private static nint CallbackOf(int happening) => happening switch
    {
        LibvirtLibrary.Lifecycle => (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, int>)&OnLifecycle,
        LibvirtLibrary.Tunable => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, int, nint, void>)&OnTunable,
        LibvirtLibrary.MetadataChanged =>
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, void>)&OnMetadata,
        _ => (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, void>)&OnDevice,
    };

    // An event that is still on its way when a watch ends is nobody's.
    private static void Note(nint number, nint domain, string? field = null, bool stopped = false)
    {
        if (All.TryGetValue(number, out var watch))
            watch._happened.Enqueue((watch.Library.UuidOf(domain), field, stopped));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnLifecycle(nint connection, nint domain, int what, int detail, nint state)
    {
        Note(state, domain, stopped: what == LibvirtLibrary.Stopped);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnTunable(nint connection, nint domain, nint parameters, int count, nint state)
    {
        foreach (var field in LibvirtLibrary.FieldsOf(parameters, count)) Note(state, domain, field);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMetadata(nint connection, nint domain, int kind, nint uri, nint state) =>
        Note(state, domain);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDevice(nint connection, nint domain, nint alias, nint state) => Note(state, domain);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnClosed(nint connection, int reason, nint state)
    {
        if (All.TryGetValue(state, out var watch)) watch._broken = true;
    }
}
