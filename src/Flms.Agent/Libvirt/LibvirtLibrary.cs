using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Flms.Agent.Libvirt;

/// <summary>libvirt's C library, if this machine has it: the functions that the agent uses, all of them reading.
/// </summary>
/// <remarks>Loaded when first needed; a machine without libvirt lacks nothing. Names, numbers and structures as
/// libvirt's reference manual has them (stable since 1.2.9). No function here may be called from within one of its
/// callbacks.</remarks>
internal sealed unsafe class LibvirtLibrary
{
    /// <summary>Numbers of events (virDomainEventID).</summary>
    public const int Lifecycle = 0, DeviceRemoved = 15, Tunable = 17, DeviceAdded = 19, MetadataChanged = 23;

    /// <summary>Numbers of lifecycle events (virDomainEventType).</summary>
    public const int Started = 2, Stopped = 5;

    private const string FileName = "libvirt.so.0";
    private const uint OnlyActive = 1; // VIR_CONNECT_LIST_DOMAINS_ACTIVE
    private const int UuidBytes = 37;  // as text, with the zero behind it
    private const int FieldBytes = 80; // VIR_TYPED_PARAM_FIELD_LENGTH
    private const int ParameterBytes = 96; // of virTypedParameter: name, kind, value

    private readonly delegate* unmanaged[Cdecl]<byte*, nint> _open;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _close;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _isAlive;
    private readonly delegate* unmanaged[Cdecl]<nint, int, uint, int> _keepAlive;
    private readonly delegate* unmanaged[Cdecl]<nint, nint*, uint, int> _list;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nint> _lookUp;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int> _uuid;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, byte*> _xml;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _freeDomain;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, int> _register;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int> _onClose;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, int> _offClose;
    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _deregister;
    private readonly delegate* unmanaged[Cdecl]<byte*> _lastError;
    private readonly delegate* unmanaged[Cdecl]<int> _runLoop;
    private readonly delegate* unmanaged[Cdecl]<int, nint, nint, nint, int> _addTimeout;
    private readonly delegate* unmanaged[Cdecl]<int, int, void> _updateTimeout;

    private LibvirtLibrary(nint file)
    {
        nint Of(string name) => NativeLibrary.GetExport(file, name);

        _open = (delegate* unmanaged[Cdecl]<byte*, nint>)Of("virConnectOpenReadOnly");
        _close = (delegate* unmanaged[Cdecl]<nint, int>)Of("virConnectClose");
        _isAlive = (delegate* unmanaged[Cdecl]<nint, int>)Of("virConnectIsAlive");
        _keepAlive = (delegate* unmanaged[Cdecl]<nint, int, uint, int>)Of("virConnectSetKeepAlive");
        _list = (delegate* unmanaged[Cdecl]<nint, nint*, uint, int>)Of("virConnectListAllDomains");
        _lookUp = (delegate* unmanaged[Cdecl]<nint, byte*, nint>)Of("virDomainLookupByUUIDString");
        _uuid = (delegate* unmanaged[Cdecl]<nint, byte*, int>)Of("virDomainGetUUIDString");
        _xml = (delegate* unmanaged[Cdecl]<nint, uint, byte*>)Of("virDomainGetXMLDesc");
        _freeDomain = (delegate* unmanaged[Cdecl]<nint, int>)Of("virDomainFree");
        _register = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, int>)Of(
            "virConnectDomainEventRegisterAny");
        _deregister = (delegate* unmanaged[Cdecl]<nint, int, int>)Of("virConnectDomainEventDeregisterAny");
        _onClose = (delegate* unmanaged[Cdecl]<nint, nint, nint, nint, int>)Of("virConnectRegisterCloseCallback");
        _offClose = (delegate* unmanaged[Cdecl]<nint, nint, int>)Of("virConnectUnregisterCloseCallback");
        _lastError = (delegate* unmanaged[Cdecl]<byte*>)Of("virGetLastErrorMessage");
        _runLoop = (delegate* unmanaged[Cdecl]<int>)Of("virEventRunDefaultImpl");
        _addTimeout = (delegate* unmanaged[Cdecl]<int, nint, nint, nint, int>)Of("virEventAddTimeout");
        _updateTimeout = (delegate* unmanaged[Cdecl]<int, int, void>)Of("virEventUpdateTimeout");
        // Else it writes every error to standard error by itself.
        var onError = (delegate* unmanaged[Cdecl]<nint, nint, void>)Of("virSetErrorFunc");
        onError(0, (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&Quiet);
        if (((delegate* unmanaged[Cdecl]<int>)Of("virInitialize"))() < 0
            || ((delegate* unmanaged[Cdecl]<int>)Of("virEventRegisterDefaultImpl"))() < 0)
            throw new DllNotFoundException($"{FileName} could not be initialised: {LastError}");
    }

    /// <summary>What went wrong in this thread's last call.</summary>
    public string LastError => Marshal.PtrToStringUTF8((nint)_lastError()) ?? "unknown";

    /// <summary>Loads it; once a process.</summary>
    /// <returns>Null if this machine has none, or one that is too old.</returns>
    public static LibvirtLibrary? TryLoad(out string problem)
    {
        problem = "";
        try
        {
            if (NativeLibrary.TryLoad(FileName, out var file)) return new(file);
            problem = $"{FileName} is not installed";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            problem = e.Message;
        }
        return null;
    }

    /// <summary>Connects, for reading only.</summary>
    /// <returns>0 if that failed.</returns>
    public nint Open(string uri)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(uri + '\0')) return _open(text);
    }

    /// <summary>Asks for a sign of life after so many seconds of silence, and gives up after as many more times as
    /// said.</summary>
    public void KeepAlive(nint connection, int seconds, uint times) => _ = _keepAlive(connection, seconds, times);

    /// <summary>Is the other end still there?</summary>
    public bool IsAlive(nint connection) => _isAlive(connection) == 1;

    /// <summary>Disconnects.</summary>
    public void Close(nint connection) => _ = _close(connection);

    /// <summary>The descriptions of all VMs that run; one that ends meanwhile is left out.</summary>
    /// <returns>Null if they cannot be had.</returns>
    public List<string>? Describe(nint connection)
    {
        nint array;
        var n = _list(connection, &array, OnlyActive);
        if (n < 0) return null;
        var texts = new List<string>(n);
        for (var i = 0; i < n; i++)
        {
            var domain = ((nint*)array)[i];
            if (DescriptionOf(domain) is { } text) texts.Add(text);
            _ = _freeDomain(domain);
        }
        NativeMemory.Free((void*)array);
        return texts;
    }

    /// <summary>The description of one VM; null if it is gone.</summary>
    public string? Describe(nint connection, string uuid)
    {
        fixed (byte* text = Encoding.ASCII.GetBytes(uuid + '\0'))
        {
            var domain = _lookUp(connection, text);
            if (domain == 0) return null;
            var description = DescriptionOf(domain);
            _ = _freeDomain(domain);
            return description;
        }
    }

    /// <summary>The UUID of a domain that an event is about; may be called from a callback.</summary>
    public string UuidOf(nint domain)
    {
        var text = stackalloc byte[UuidBytes];
        return _uuid(domain, text) < 0 ? "" : Marshal.PtrToStringUTF8((nint)text) ?? "";
    }

    /// <summary>The names of the tunables that an event tells.</summary>
    public static IReadOnlyList<string> FieldsOf(nint parameters, int count)
    {
        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            var name = new ReadOnlySpan<byte>((byte*)parameters + (i * ParameterBytes), FieldBytes);
            var end = name.IndexOf((byte)0);
            names[i] = Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
        }
        return names;
    }

    /// <summary>Asks to be told of events.</summary>
    /// <returns>A number to <see cref="Deregister"/> it by; negative if it failed.</returns>
    public int Register(nint connection, int happening, nint callback, nint state) =>
        _register(connection, 0, happening, callback, state, 0);

    /// <summary>Asks no longer.</summary>
    public void Deregister(nint connection, int registration) => _ = _deregister(connection, registration);

    /// <summary>Asks to be told when the connection breaks.</summary>
    public void OnClose(nint connection, delegate* unmanaged[Cdecl]<nint, int, nint, void> callback, nint state) =>
        _ = _onClose(connection, (nint)callback, state, 0);

    /// <summary>Asks no longer.</summary>
    public void OffClose(nint connection, delegate* unmanaged[Cdecl]<nint, int, nint, void> callback) =>
        _ = _offClose(connection, (nint)callback);

    /// <summary>Waits for the next events or timer, and calls back.</summary>
    public bool RunLoop() => _runLoop() == 0;

    /// <summary>A timer that ends a wait.</summary>
    /// <param name="ms">Every so often; -1 for never.</param>
    public int AddTimer(int ms) => _addTimeout(ms, (nint)(delegate* unmanaged[Cdecl]<int, nint, void>)&Tick, 0, 0);

    /// <summary>Sets a timer anew; from any thread.</summary>
    public void SetTimer(int timer, int ms) => _updateTimeout(timer, ms);

    private string? DescriptionOf(nint domain)
    {
        var text = _xml(domain, 0);
        if (text == null) return null;
        var description = Marshal.PtrToStringUTF8((nint)text);
        NativeMemory.Free(text);
        return description;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Quiet(nint state, nint error) { }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Tick(int timer, nint state) { }
}
