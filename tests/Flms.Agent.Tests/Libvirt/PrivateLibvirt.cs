using System.Diagnostics;
using System.Globalization;

namespace Flms.Agent.Tests.Libvirt;

/// <summary>A real libvirtd of this test's own: its folders, its socket and its VMs are nobody else's.</summary>
/// <remarks>In a mount namespace of its own its folders lie over the system's. Everything is stopped by number.
/// </remarks>
public sealed class PrivateLibvirt : IDisposable
{
    private const int PatienceMs = 60_000;

    private readonly OwnedFolder _owned = new("libvirt");
    private readonly HashSet<string> _started = [];
    private Process? _daemon;

    public PrivateLibvirt()
    {
        Missing = MissingHere();
        if (Missing != "") return;
        foreach (var folder in Folders) Directory.CreateDirectory(Folder + folder);
        Directory.CreateDirectory(Folder + "/etc/libvirt/qemu");
        Directory.CreateDirectory(Folder + "/var/lib/libvirt/qemu");
        Directory.CreateDirectory(Folder + "/sock");
        File.WriteAllText(Folder + "/etc/libvirt/qemu.conf", """
            user = "root"
            group = "root"
            security_driver = "none"
            namespaces = []
            remember_owner = 0
            stdio_handler = "file"
            """);
        File.WriteAllText(Folder + "/libvirtd.conf", $"""
            unix_sock_dir = "{Folder}/sock"
            unix_sock_ro_perms = "0777"
            auth_unix_ro = "none"
            auth_unix_rw = "none"
            log_outputs = "3:file:{Folder}/log"
            """);
        StartDaemon();
    }

    private string Folder => _owned.Path;

    private static string[] Folders =>
        ["/run/libvirt", "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt"];

    /// <summary>Why there is none; empty if there is.</summary>
    public string Missing { get; }

    /// <summary>As the agent is told of it.</summary>
    public string Uri => $"qemu+unix:///system?socket={Folder}/sock/libvirt-sock-ro";

    /// <summary>A name that no other VM on this machine has.</summary>
    public static string NameOf(string what) => $"flms-test-{Environment.ProcessId}-{what}";

    public void StartDaemon()
    {
        var script = string.Concat(Folders.Select(f => $"mkdir -p {f} && mount --bind '{Folder}{f}' {f} && "))
            + $"exec libvirtd -f '{Folder}/libvirtd.conf' -p '{Folder}/pid'";
        _daemon = Start("unshare", "--mount", "--propagation", "private", "sh", "-c", script);
        Wait(() => Run("virsh", "-c", ReadWrite, "list").Code == 0, () => "libvirtd does not answer: " + Log);
    }

    public void KillDaemon()
    {
        _daemon!.Kill();
        _daemon.WaitForExit();
        _daemon.Dispose();
        _daemon = null;
    }

    /// <summary>Starts a VM without a disk: its firmware looks for one, and then idles.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="vcpus">How many of 4 it starts with.</param>
    /// <param name="inside">More elements of the description.</param>
    /// <param name="vcpuAttributes">More attributes of vcpu.</param>
    public void Create(string name, int vcpus, string inside = "", string vcpuAttributes = "")
    {
        var file = $"{Folder}/{name}.xml";
        File.WriteAllText(file, $"""
            <domain type='kvm'><name>{name}</name><memory unit='MiB'>32</memory>
            <vcpu current='{vcpus}' {vcpuAttributes}>4</vcpu><iothreads>1</iothreads>{inside}
            <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>
            """);
        Virsh("create", file);
        _started.Add(name);
    }

    public void Destroy(string name)
    {
        Virsh("destroy", name);
        _started.Remove(name);
    }

    /// <summary>What an operator does.</summary>
    public string Virsh(params string[] words)
    {
        var (code, text) = Run("virsh", ["-c", ReadWrite, .. words]);
        Assert.True(code == 0, $"virsh {string.Join(' ', words)}: {text}; {Log}");
        return text;
    }

    public void Dispose()
    {
        if (_daemon != null)
        {
            foreach (var name in _started) Run("virsh", "-c", ReadWrite, "destroy", name);
            KillDaemon();
        }
        _owned.Dispose();
    }

    /// <summary>Waits for something to become true.</summary>
    public static void Wait(Func<bool> until, Func<string> what)
    {
        for (var from = Environment.TickCount64; !until(); Thread.Sleep(20))
            Assert.True(Environment.TickCount64 - from < PatienceMs, what());
    }

    private string ReadWrite => $"qemu+unix:///system?socket={Folder}/sock/libvirt-sock";

    private string Log => File.Exists(Folder + "/log") ? File.ReadAllText(Folder + "/log") : "";

    private static string MissingHere()
    {
        if (!Environment.IsPrivilegedProcess) return "needs root";
        if (!File.Exists("/dev/kvm")) return "needs /dev/kvm";
        foreach (var (program, package) in ((string, string)[])[("libvirtd", "libvirt-daemon-system"),
            ("virsh", "libvirt-clients"), ("qemu-system-x86_64", "qemu-system-x86")])
            if (!File.Exists($"/usr/bin/{program}") && !File.Exists($"/usr/sbin/{program}"))
                return $"needs the Debian package {package}";
        return Run("unshare", "--mount", "--propagation", "private", "true").Code == 0 ? ""
            : "needs mount namespaces";
    }

    private static Process Start(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in words) start.ArgumentList.Add(word);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    private static (int Code, string Text) Run(string program, params string[] words)
    {
        using var process = Start(program, words);
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, string.Create(CultureInfo.InvariantCulture, $"{text}{error.Result}"));
    }
}
