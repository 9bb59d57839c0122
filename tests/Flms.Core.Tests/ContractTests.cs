using Flms.Core;

namespace Flms.Core.Tests;

public sealed class ContractTests
{
    [Fact]
    public void A_failed_check_names_its_law_and_the_condition_as_written()
    {
        var queued = 3;
        var fault = Assert.Throws<PolicyFault>(() => Check.That(queued == 4, "P2"));
        Assert.Equal("P2", fault.Law);
        Assert.Equal("P2: not true: queued == 4", fault.Message);
        Check.That(queued == 3);
    }

    [Fact]
    public void Ids_print_as_they_are_said()
    {
        Assert.Equal("p3 v12 d2", $"{new PcpuId(3)} {new VcpuId(12)} {new DomainId(2)}");
        Assert.Equal("p- idle d-", $"{PcpuId.None} {VcpuId.None} {DomainId.None}");
        Assert.True(PcpuId.None.IsNone && VcpuId.None.IsNone && DomainId.None.IsNone);
        Assert.False(default(VcpuId).IsNone);
    }

    [Fact]
    public void To_idle_is_to_run_nobody_for_ever() =>
        Assert.Equal((VcpuId.None, Duration.Forever), (Decision.Idle.Next, Decision.Idle.Slice));
}
