using System.Collections.Concurrent;
using Flms.Agent.Discovery;

namespace Flms.Agent.Qmp;

/// <summary>Asks the monitors that the operator's configuration names, and no others: never libvirt's.</summary>
/// <param name="pathOf">The socket that the configuration gives for a VM of that name; null for none.</param>
public sealed class QmpMonitors(Func<string, string?> pathOf) : IMonitors
{
    private readonly Dictionary<ThreadIdentity, QmpClient> _clients = [];
    private readonly ConcurrentQueue<string> _messages = [];
    private long _version;

    /// <summary>What stands for a VM's name in a path: <c>/run/vms/{name}.qmp</c>.</summary>
    public const string NameInPath = "{name}";

    /// <inheritdoc />
    public long Version => Interlocked.Read(ref _version);

    /// <summary>The path for a VM; null if its name has no place in a path.</summary>
    public static string? PathFor(string pattern, string name)
    {
        if (!pattern.Contains(NameInPath, StringComparison.Ordinal)) return pattern;
        // A guest's owner may have chosen it.
        return name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal)
            ? null : pattern.Replace(NameInPath, name, StringComparison.Ordinal);
    }

    /// <inheritdoc />
    public MonitorView? Of(ThreadIdentity process, string name)
    {
        if (_clients.TryGetValue(process, out var client)) return client.View;
        if (pathOf(name) is { } path)
            _clients[process] = new(path, message => _messages.Enqueue($"{name}: its monitor {message}"),
                () => Interlocked.Increment(ref _version));
        return null;
    }

    /// <inheritdoc />
    public void Keep(Func<ThreadIdentity, bool> lives)
    {
        foreach (var (process, client) in _clients)
        {
            if (lives(process)) continue;
            client.Dispose();
            _clients.Remove(process);
        }
    }

    /// <inheritdoc />
    public bool TryTell(out string message) => _messages.TryDequeue(out message!);

    /// <inheritdoc />
    public void Dispose() => Keep(_ => false);
}
