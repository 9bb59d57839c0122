namespace Flms.TestBed.Hosts;

/// <summary>A network for VMs, in a namespace of its own: a bridge with an address for the remote machine, and a tap
/// for each VM. Nothing of the machine's own network is touched.</summary>
internal sealed class BedNetwork : IDisposable
{
    private const string Bridge = "bridge";
    private const string Prefix = "10.99.0.";
    private const int FirstVm = 2;

    private readonly NetworkNamespace _space;

    private BedNetwork(NetworkNamespace space) => _space = space;

    /// <summary>Makes it.</summary>
    /// <param name="name">The namespace's name.</param>
    /// <param name="vms">How many VMs, at most 250.</param>
    /// <exception cref="BedFault">It cannot be made here.</exception>
    public static BedNetwork Make(string name, int vms)
    {
        Tool.Run("ip", "netns", "add", name);
        var network = new BedNetwork(new(name));
        try
        {
            network.Ip("link", "set", "lo", "up");
            network.Ip("link", "add", Bridge, "type", "bridge", "forward_delay", "0", "stp_state", "0",
                "mcast_snooping", "0");
            network.Ip("addr", "add", $"{Prefix}1/24", "dev", Bridge);
            network.Ip("link", "set", Bridge, "up");
            for (var vm = 0; vm < vms; vm++)
            {
                network.Ip("tuntap", "add", "dev", Tap(vm), "mode", "tap", "vnet_hdr");
                network.Ip("link", "set", Tap(vm), "master", Bridge, "up");
            }
        }
        catch
        {
            network.Dispose();
            throw;
        }
        return network;
    }

    /// <summary>The namespace, for those who are to be in it.</summary>
    public NetworkNamespace Space => _space;

    /// <summary>The name of a VM's end of its cable.</summary>
    /// <param name="vm">From 0.</param>
    public static string Tap(int vm) => $"tap{vm}";

    /// <summary>A VM's address.</summary>
    /// <param name="vm">From 0.</param>
    public static string Address(int vm) => $"{Prefix}{FirstVm + vm}";

    /// <summary>Its card's.</summary>
    /// <param name="vm">From 0.</param>
    public static string Mac(int vm) => $"52:54:00:f1:35:{FirstVm + vm:x2}";

    /// <inheritdoc />
    public void Dispose() => Tool.Try("ip", "netns", "del", _space.Name);

    private void Ip(params string[] words) => Tool.Run("ip", ["-n", _space.Name, .. words]);
}
