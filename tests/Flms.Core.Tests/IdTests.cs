namespace Flms.Core.Tests;

/// <summary>Names of things, and checks at the contract's edge.</summary>
public sealed class IdTests
{
    [Fact]
    public void Ids_print_as_they_are_said()
    {
        Assert.Equal("p3 v12 d2", $"{new PcpuId(3)} {new VcpuId(12)} {new DomainId(2)}");
        Assert.Equal("p- idle d-", $"{PcpuId.None} {VcpuId.None} {DomainId.None}");
    }

    [Fact]
    public void None_is_none_and_zero_is_not()
    {
        Assert.True(PcpuId.None.IsNone && VcpuId.None.IsNone && DomainId.None.IsNone);
        Assert.False(new PcpuId(0).IsNone || new VcpuId(0).IsNone || new DomainId(0).IsNone);
        Assert.Equal(VcpuId.None, Decision.Idle.Next);
        Assert.Equal(Duration.Forever, Decision.Idle.Slice);
    }

    [Fact]
    public void A_failed_check_names_the_law_and_what_was_not_true()
    {
        var x = 3;
        Check.That(x == 3);
        var fault = Assert.Throws<PolicyFault>(() => Check.That(x > 5, "P2"));
        Assert.Equal("P2", fault.Law);
        Assert.Equal("P2: not true: x > 5", fault.Message);
        Assert.Equal("bug", Assert.Throws<PolicyFault>(() => Check.That(false)).Law);
    }
}
