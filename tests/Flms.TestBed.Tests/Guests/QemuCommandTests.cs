using Flms.TestBed.Guests;

namespace Flms.TestBed.Tests.Guests;

/// <summary>How QEMU is called.</summary>
public sealed class QemuCommandTests
{
    private static readonly QemuCommand Command = new()
    {
        Name = "lab-lat",
        Guest = "/x/guest.elf",
        Tap = "tap0",
        Mac = "52:54:00:f1:35:02",
        Address = "10.99.0.2",
        Log = "/x/0.log",
        Kvm = false,
    };

    [Theory]
    [InlineData("-name", "lab-lat,debug-threads=on")] // the agent knows vCPUs by the names of threads
    [InlineData("-accel", "tcg,thread=multi")]
    [InlineData("-smp", "1")]
    [InlineData("-kernel", "/x/guest.elf")]
    [InlineData("-append", "flms.ip=10.99.0.2 flms.patience=120")]
    [InlineData("-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no,vhost=off")]
    [InlineData("-device", "virtio-net-device,netdev=net,mac=52:54:00:f1:35:02")]
    [InlineData("-serial", "file:/x/0.log")]
    public void It_says(string option, string value)
    {
        var words = Command.Arguments.ToList();
        Assert.Equal(value, words[words.IndexOf(option) + 1]);
    }

    [Fact]
    public void With_KVM_the_guest_has_the_hosts_CPU()
    {
        var words = (Command with { Kvm = true }).Arguments.ToList();
        Assert.Equal("kvm", words[words.IndexOf("-accel") + 1]);
        Assert.Equal("host", words[words.IndexOf("-cpu") + 1]);
    }

    [Fact]
    public void A_guest_that_nobody_needs_any_more_ends_the_process() =>
        Assert.Contains("-no-reboot", Command.Arguments);
}
