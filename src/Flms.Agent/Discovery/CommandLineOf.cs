using System.Text;
using Flms.Agent.Linux;

namespace Flms.Agent.Discovery;

/// <summary>What a hypervisor's command line says of its VM.</summary>
internal static class CommandLineOf
{
    private const int LongestName = 128;

    /// <summary>Name and UUID.</summary>
    /// <param name="cmdline">/proc/PID/cmdline: words, each ended by a zero.</param>
    /// <param name="hypervisor">Whose.</param>
    /// <param name="pid">For a VM without a name.</param>
    public static (string Name, string Uuid) Vm(ReadOnlySpan<byte> cmdline, Hypervisor hypervisor, int pid)
    {
        var words = Encoding.UTF8.GetString(cmdline).Split('\0');
        var name = hypervisor switch
        {
            Hypervisor.Qemu => QemuName(After(words, "-name")),
            Hypervisor.Firecracker => After(words, "--id"),
            _ => null,
        };
        var fallback = hypervisor switch
        {
            Hypervisor.Qemu => $"qemu-{pid}",
            Hypervisor.Firecracker => $"firecracker-{pid}",
            _ => $"cloud-hypervisor-{pid}",
        };
        return (Clean(name) is { Length: > 0 } given ? given : fallback, Clean(After(words, "-uuid")) ?? "");
    }

    // -name web, -name guest=web,debug-threads=on: in either form a comma within the name is doubled.
    private static string? QemuName(string? value)
    {
        if (value == null) return null;
        var parts = value.Replace(",,", "\0").Split(',');
        foreach (var part in parts)
            if (part.StartsWith("guest=", StringComparison.Ordinal)) return part["guest=".Length..].Replace('\0', ',');
        return parts[0].Contains('=', StringComparison.Ordinal) ? null : parts[0].Replace('\0', ',');
    }

    private static string? After(string[] words, string option)
    {
        for (var i = 1; i + 1 < words.Length; i++)
        {
            // QEMU takes its options with one hyphen or two.
            var word = words[i];
            if (word == option || (word.Length == option.Length + 1 && word[0] == '-' && word.EndsWith(option,
                    StringComparison.Ordinal))) return words[i + 1];
        }
        return null;
    }

    // A guest's owner chooses its name, and it reaches logs and terminals.
    private static string? Clean(string? text)
    {
        if (text == null) return null;
        var plain = string.Concat(text.Where(c => c > ' ' && c != '\u007F' && !char.IsControl(c)));
        return plain.Length > LongestName ? plain[..LongestName] : plain;
    }
}
