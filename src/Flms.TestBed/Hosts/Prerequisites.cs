using System.Runtime.InteropServices;

namespace Flms.TestBed.Hosts;

/// <summary>What the test bed needs of the machine, and how it gets it.</summary>
public static class Prerequisites
{
    private static readonly (string Package, Func<bool> IsThere)[] Packages =
    [
        ("qemu-system-x86", () => Tool.Exists("qemu-system-x86_64")),
        ("iproute2", () => Tool.Exists("ip")),
        ("gcc", () => Tool.Exists("gcc")),
        ("libc6-dev", () => File.Exists("/usr/include/stdio.h")),
    ];

    /// <summary>The Debian packages that are missing.</summary>
    public static IReadOnlyList<string> Missing => [.. Packages.Where(p => !p.IsThere()).Select(p => p.Package)];

    /// <summary>Makes sure of everything; installs what is missing.</summary>
    /// <param name="say">Told what takes time, a line.</param>
    /// <exception cref="BedFault">Something is missing that cannot be had.</exception>
    public static void Ensure(Action<string> say)
    {
        if (Problem() is { } problem) throw new BedFault(problem);
        var missing = Missing;
        if (missing.Count == 0) return;
        var names = string.Join(' ', missing);
        if (!Tool.Exists("apt-get"))
            throw new BedFault($"needs what Debian has in {names}; install that by this system's own means");
        say($"installing {names}");
        Tool.Try("apt-get", "-qq", "update"); // an old list may do; the next line tells if not
        var (code, _, error) = Tool.Try("apt-get", ["-qq", "install", "-y", "--no-install-recommends", .. missing]);
        if (code == 0 && Missing.Count == 0) return;
        throw new BedFault($"cannot install {names}: {error.Trim().Split('\n')[^1]}; install them by hand");
    }

    /// <summary>What no package mends; null if there is nothing.</summary>
    public static string? Problem()
    {
        if (!OperatingSystem.IsLinux()) return "needs Linux: it measures how Linux schedules virtual machines";
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "needs an x86-64 machine: its guest is for those";
        if (!Environment.IsPrivilegedProcess)
            return "needs root, for its network, control groups and real-time pinger: sudo ./flms lab";
        return File.Exists("/dev/net/tun") ? null
            : "needs /dev/net/tun, where VMs' networks come from: modprobe tun, or give it to this container";
    }
}
