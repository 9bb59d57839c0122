using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Flms.TestBed.Hosts;

/// <summary>A network namespace of the machine, by name.</summary>
/// <param name="name">As <c>ip netns</c> knows it.</param>
internal sealed partial class NetworkNamespace(string name)
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    /// <summary>Where <c>ip netns</c> keeps them.</summary>
    public const string Folder = "/run/netns";

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Does something on a thread in the namespace: sockets that are made and processes that are started there
    /// stay there.</summary>
    /// <exception cref="BedFault">The namespace is not there, or may not be entered.</exception>
    public T Inside<T>(Func<T> what)
    {
        T? result = default;
        ExceptionDispatchInfo? fault = null;
        // A thread of its own, which ends: no other work of this process is to be in there.
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"{Folder}/{name}");
                if (setns(file, NewNetwork) != 0)
                    throw new BedFault($"cannot enter the network {name}: {Marshal.GetLastPInvokeErrorMessage()}");
                result = what();
            }
            catch (Exception e)
            {
                fault = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        fault?.Throw();
        return result!;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(SafeFileHandle file, int kind);
}
