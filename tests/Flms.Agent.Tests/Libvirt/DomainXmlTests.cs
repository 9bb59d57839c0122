using Flms.Agent.Discovery;
using Flms.Agent.Libvirt;

namespace Flms.Agent.Tests.Libvirt;

public sealed class DomainXmlTests
{
    private static readonly int[] TwoNodes = [0, 1];

    [Fact]
    public void A_plain_VM_is_placed_by_nobody()
    {
        var vm = Read("<vcpu placement='static'>4</vcpu>");
        Assert.Equal(("0f0e0d0c-0000-4000-8000-000000000001", "web", 7), (vm.Uuid, vm.Name, vm.Run));
        Assert.Equal((ManagedClaim.None, null, ""), (vm.Claim, vm.Word, vm.Problem));
        Assert.Empty(vm.Pins);
    }

    [Theory]
    [InlineData("<vcpu cpuset='0-3'>4</vcpu>", ManagedClaim.Cpuset)]
    [InlineData("<vcpu placement='auto'>4</vcpu>", ManagedClaim.Cpuset)]
    [InlineData("<cputune><vcpupin vcpu='1' cpuset='2'/></cputune>", ManagedClaim.Pinned)]
    [InlineData("<cputune><emulatorpin cpuset='2'/></cputune>", ManagedClaim.Pinned)]
    [InlineData("<cputune><iothreadpin iothread='1' cpuset='2'/></cputune>", ManagedClaim.Pinned)]
    [InlineData("<cputune><vcpusched vcpus='0' scheduler='fifo' priority='1'/></cputune>", ManagedClaim.RealTime)]
    [InlineData("<cputune><iothreadsched iothreads='1' scheduler='rr' priority='1'/></cputune>", ManagedClaim.RealTime)]
    [InlineData("<cputune><vcpusched vcpus='0' scheduler='batch'/></cputune>", ManagedClaim.None)]
    [InlineData("<cputune><shares>512</shares><quota>9</quota></cputune>", ManagedClaim.None)]
    [InlineData("<numatune><memory mode='strict' nodeset='1'/></numatune>", ManagedClaim.Numatune)]
    [InlineData("<numatune><memory nodeset='0'/></numatune>", ManagedClaim.Numatune)]
    [InlineData("<numatune><memnode cellid='0' mode='strict' nodeset='0'/></numatune>", ManagedClaim.Numatune)]
    [InlineData("<numatune><memory mode='strict' placement='auto'/></numatune>", ManagedClaim.Numatune)]
    [InlineData("<numatune><memory mode='strict' nodeset='0-1'/></numatune>", ManagedClaim.None)]
    [InlineData("<numatune><memory mode='preferred' nodeset='1'/></numatune>", ManagedClaim.None)]
    public void What_its_operator_has_placed_is_seen(string inside, ManagedClaim claim) =>
        Assert.Equal(claim, Read(inside).Claim);

    [Theory]
    [InlineData("class='latency'", "latency")]
    [InlineData("class='mix' sp-vcpus='0,2-3'", "mix:0,2-3")]
    [InlineData("class='ignore'", "ignore")]
    [InlineData("class='compute' sp-vcpus='0'", null)]
    [InlineData("class='fast'", null)]
    [InlineData("", null)]
    public void The_policy_in_its_metadata_is_the_operators_word(string attributes, string? word)
    {
        var vm = Read($"<metadata><x:policy xmlns:x='urn:flms:policy:1' {attributes}/>"
            + "<app:other xmlns:app='urn:other' class='latency'/></metadata>");
        Assert.Equal(word, vm.Word?.ToString());
        Assert.Equal(word == null, vm.Problem != "");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<domain")]
    [InlineData("<network><uuid>1</uuid></network>")]
    [InlineData("<domain><name>no uuid</name></domain>")]
    [InlineData("<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><domain><uuid>&e;</uuid></domain>")]
    public void What_is_no_description_of_a_VM_is_refused(string text) => Assert.Null(DomainXml.Read(text, TwoNodes));

    [Theory]
    [InlineData("cputune.vcpupin3", ThreadRole.Vcpu, 3)]
    [InlineData("cputune.emulatorpin", ThreadRole.Main, 0)]
    [InlineData("cputune.iothreadpin2", ThreadRole.Io, 0)]
    public void A_tunable_that_pins_names_its_threads(string field, ThreadRole role, int number)
    {
        Assert.True(PinTarget.TryParse(field, out var target));
        Assert.Equal(new(role, number), target);
    }

    [Theory]
    [InlineData("cputune.cpu_shares")]
    [InlineData("cputune.vcpupin")]
    [InlineData("cputune.vcpupinX")]
    [InlineData("blkdeviotune.disk")]
    [InlineData("")]
    public void Other_tunables_take_nothing_over(string field) => Assert.False(PinTarget.TryParse(field, out _));

    [Fact]
    public void A_pin_that_comes_later_takes_its_thread_over_until_the_VM_is_started_again()
    {
        var table = new ManagedTable();
        var plain = Read("");
        Assert.True(table.Read(plain));
        Assert.False(table.Read(Read("")));
        Assert.True(table.Tuned(plain.Uuid, "cputune.vcpupin0"));
        Assert.False(table.Tuned(plain.Uuid, "cputune.vcpupin0"));
        Assert.False(table.Tuned(plain.Uuid, "cputune.vcpu_quota"));
        Assert.False(table.Tuned("another", "cputune.vcpupin0"));
        // One that was missed is found when the VM is read again.
        Assert.True(table.Read(Read("<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>")));
        Assert.Equal([0, 1], Taken());
        Assert.Equal(ManagedClaim.None, table.Of(plain.Uuid)!.Claim);
        // And one that is taken off again stays its operator's.
        table.Read(plain);
        Assert.Equal([0, 1], Taken());
        Assert.True(table.Read(Read("<cputune><vcpupin vcpu='1' cpuset='0'/></cputune>", id: 8)));
        Assert.Equal((ManagedClaim.Pinned, 0), (table.Of(plain.Uuid)!.Claim, Taken().Count()));
        Assert.True(table.Stopped(plain.Uuid));
        Assert.Equal(0, table.Count);

        IEnumerable<int> Taken() => table.Of(plain.Uuid)!.Taken.Select(t => t.Number).Order();
    }

    [Fact]
    public void The_emulators_pin_takes_over_the_main_thread_and_vhosts()
    {
        var vm = new ManagedVm { Taken = new HashSet<PinTarget> { new(ThreadRole.Main, 0) } };
        Assert.Equal([ThreadRole.Main, ThreadRole.Vhost], Enum.GetValues<ThreadRole>()
            .Where(role => vm.IsTaken(new(new(1, 1), "", role, 0, ""))));
    }

    private static ManagedVm Read(string inside, int id = 7) => DomainXml.Read(
        $"<domain type='kvm' id='{id}'><name>web</name><uuid>0f0e0d0c-0000-4000-8000-000000000001</uuid>"
        + $"{inside}</domain>", TwoNodes)!;
}
