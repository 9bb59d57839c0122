using System.Globalization;

namespace Flms.TestBed.Guests;

/// <summary>How QEMU is called for a guest of the bed.</summary>
internal sealed record QemuCommand
{
    /// <summary>The program.</summary>
    public const string Program = "qemu-system-x86_64";

    /// <summary>The VM's name.</summary>
    public required string Name { get; init; }

    /// <summary>The guest, built.</summary>
    public required string Guest { get; init; }

    /// <summary>Its end of the network cable, and its card's address.</summary>
    public required string Tap { get; init; }

    /// <summary>Its card's address.</summary>
    public required string Mac { get; init; }

    /// <summary>Its address.</summary>
    public required string Address { get; init; }

    /// <summary>Where what it says is written.</summary>
    public required string Log { get; init; }

    /// <summary>By KVM? Otherwise QEMU translates its instructions (TCG).</summary>
    public required bool Kvm { get; init; }

    /// <summary>After how many seconds without a word from the lab it ends.</summary>
    public int Patience { get; init; } = 120;

    /// <summary>The arguments.</summary>
    /// <remarks>A microvm has nothing but a vCPU, memory and its network card: it starts in a fifth of a second and
    /// needs 36 MB. Threads have names, as libvirt asks for them. vhost is left to QEMU's own thread, as with any card
    /// that is not vhost's, so that the way of a ping leads through QEMU's main thread.</remarks>
    public IReadOnlyList<string> Arguments =>
    [
        "-name", $"{Name},debug-threads=on",
        "-M", "microvm,pit=off,pic=off,rtc=off,acpi=off,isa-serial=on",
        "-global", "virtio-mmio.force-legacy=true",
        "-accel", Kvm ? "kvm" : "tcg,thread=multi",
        "-cpu", Kvm ? "host" : "max",
        "-smp", "1",
        "-m", "4",
        "-display", "none",
        "-no-reboot", "-no-user-config", "-nodefaults",
        "-monitor", "none",
        "-serial", $"file:{Log}",
        "-netdev", $"tap,id=net,ifname={Tap},script=no,downscript=no,vhost=off",
        "-device", $"virtio-net-device,netdev=net,mac={Mac}",
        "-kernel", Guest,
        "-append", string.Create(CultureInfo.InvariantCulture, $"flms.ip={Address} flms.patience={Patience}"),
    ];
}
