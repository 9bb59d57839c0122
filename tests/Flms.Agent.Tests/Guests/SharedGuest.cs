namespace Flms.Agent.Tests.Guests;

/// <summary>One real guest for all tests that need one, since it takes seconds to boot: four vCPUs on two NUMA nodes,
/// of which the host says that vCPU 0 is reserved; virtio devices of three kinds, a user.</summary>
/// <remarks>It boots when the first test asks for it. Each test leaves it as it was.</remarks>
public sealed class SharedGuest : IDisposable
{
    /// <summary>The name of the tests' collection: they run one after another.</summary>
    public const string Tests = "a real guest";

    public const int Vcpus = 4, Nodes = 2;

    private DebianGuest? _guest;

    internal DebianGuest Guest => _guest ??= Start();

    public void Dispose() => _guest?.Dispose();

    private static DebianGuest Start()
    {
        var guest = DebianGuest.Start(Vcpus, Nodes, arguments:
        [
            "-fw_cfg", "name=opt/flms/sp-vcpus,string=0",
            "-device", "virtio-rng-pci",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            // The kernel places this one's interrupts itself, one a vCPU.
            "-blockdev", "driver=null-co,node-name=disk,size=1048576",
            "-device", "virtio-blk-pci,drive=disk,num-queues=4",
        ], files: new Dictionary<string, string> { ["/bin/chrt"] = "/usr/bin/chrt" });
        guest.Do("echo root:x:0:0::/:/bin/sh > /etc/passwd; echo user:x:1000:1000::/:/bin/sh >> /etc/passwd");
        return guest;
    }
}

[CollectionDefinition(SharedGuest.Tests)]
public sealed class SharedGuestTests : ICollectionFixture<SharedGuest>;
