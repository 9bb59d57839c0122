using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Linux;

namespace Flms.Cli.Verbs.Agents;

/// <summary>What somebody needs who is to find out why an agent does what it does: texts by name.</summary>
/// <remarks>Everything is read before anything is written.</remarks>
internal sealed class SupportBundle
{
    private const int MostText = 4 << 20;
    private const int MostThreads = 20_000;

    private static readonly string[] HostFiles =
    [
        "/proc/version", "/proc/loadavg", "/proc/pressure/cpu", "/proc/sys/kernel/numa_balancing",
        "/proc/sys/kernel/pid_max", "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/possible",
        "/sys/devices/system/cpu/isolated", "/sys/devices/system/cpu/nohz_full", "/sys/kernel/sched_ext/state",
        "/sys/kernel/debug/sched/features", "/sys/kernel/debug/sched/preempt", "/sys/kernel/debug/sched/base_slice_ns",
        "/sys/fs/cgroup/cgroup.controllers",
    ];

    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly LinuxFiles _files = new();

    /// <summary>The names of what is in it.</summary>
    public IReadOnlyCollection<string> Names => _texts.Keys;

    /// <summary>Puts a text in.</summary>
    public void Add(string name, string text) => _texts[name] = text.Length <= MostText ? text
        : text[..MostText] + "\n[cut off here]\n";

    /// <summary>The host: kernel, pCPUs, and what the doctor says.</summary>
    public void AddHost()
    {
        var facts = new StringBuilder();
        foreach (var path in HostFiles)
            facts.Append(CultureInfo.InvariantCulture, $"{path}: {_files.Read(path) ?? "cannot be read"}\n");
        // Of the kernel's command line only what concerns scheduling: the rest may have secrets.
        string[] ours = ["isolcpus", "nohz_full", "preempt", "rcu_nocbs", "mitigations", "nosmt", "numa_balancing"];
        var words = (_files.Read("/proc/cmdline") ?? "").Split(' ')
            .Where(w => ours.Any(o => w.StartsWith(o, StringComparison.Ordinal)));
        facts.Append(CultureInfo.InvariantCulture, $"kernel command line, of it: {string.Join(' ', words)}\n");
        Add("host.txt", facts.ToString());
        var findings = new Doctor(_files).Examine();
        Add("doctor.txt", string.Concat(findings.Select(f => $"{f.Severity} {f.Name}: {f.Says}"
            + (f.Advice == "" ? "\n" : $". To do: {f.Advice}\n"))));
    }

    /// <summary>The VMs: how their threads are scheduled, and what they were started with, without secrets.</summary>
    public void AddVms()
    {
        var search = new VmSearch(_files);
        search.Scan();
        var calls = new LinuxSched();
        var cpus = HostCpus.Read(_files, [], out _);
        var threads = 0;
        foreach (var vm in search.Vms)
        {
            var pid = vm.Process.Tid;
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"{vm.Name}, process {pid}, {vm.Hypervisor}, uuid {vm.Uuid}\n")
                .Append(CultureInfo.InvariantCulture, $"control group: {vm.Cgroup}\ncommand line:\n");
            var words = Encoding.UTF8.GetString(_files.ReadBytes($"/proc/{pid}/cmdline") ?? []).TrimEnd('\0')
                .Split('\0');
            foreach (var word in SafeCommandLine.Of(words)) text.Append("  ").Append(word).Append('\n');
            foreach (var thread in vm.Threads)
                if (threads++ < MostThreads && cpus != null) Add(text, thread, calls, cpus);
            Add($"vms/{pid}.txt", text.ToString());
        }
    }

    /// <summary>Writes it, as a compressed archive.</summary>
    public void Write(Stream stream)
    {
        using var zip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(zip, TarEntryFormat.Pax);
        foreach (var (name, text) in _texts)
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"flms-support/{name}")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
    }

    private void Add(StringBuilder text, VmThread thread, LinuxSched calls, HostCpus cpus)
    {
        var now = Agent.Levers.SchedState.Read(calls, thread.Id.Tid, cpus.Size, out var state) == 0
            ? state.ToString() : "cannot be read";
        var switches = (_files.Read(thread.FileFolder + "/status") ?? "").Split('\n')
            .Where(l => l.Contains("ctxt_switches", StringComparison.Ordinal)
                || l.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)).Select(l => l.Replace('\t', ' '));
        text.Append(CultureInfo.InvariantCulture, $"thread {thread.Id}, {JsonSerializer.Serialize(thread.Name)}, ")
            .Append(CultureInfo.InvariantCulture, $"{thread.Role} {thread.Number}: {now}; ")
            .Append(CultureInfo.InvariantCulture, $"schedstat {_files.Read(thread.FileFolder + "/schedstat")}; ")
            .Append(CultureInfo.InvariantCulture, $"{string.Join(", ", switches)}; ")
            .Append(CultureInfo.InvariantCulture, $"cgroup {Cgroups.PathOf(_files, thread.FileFolder)}\n");
    }
}
