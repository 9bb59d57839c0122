using Flms.Bench;
using Flms.Bench.Peers;

namespace Flms.Sim.Tests;

/// <summary>The workload vrr: the published counts, and the machine against a loop written by hand.</summary>
/// <remarks>
/// The published counts break ties by insertion, the machine by law H3. For round robin the two agree to the last
/// count: sleeps are longer than the rest of any slice that ends at the same instant, or the order does not matter.
/// Under boost they differ: a hog whose slice ends as an I/O vCPU wakes has used its slice under H3, and I/O vCPUs that
/// wake together queue by number instead of by the length of their sleep.
/// </remarks>
public sealed class VrrTests
{
    /// <summary>The table of spec/peers.md section 1: mode, pCPUs, vCPUs a pCPU, slice and end in us; counts.</summary>
    public static TheoryData<VrrMode, int, int, long, long, VrrCounts> Short => new()
    {
        { VrrMode.Glob, 4, 4, 1000, 10_000_000, new(12_914, 38_708, 12_900, 51_612, 20_901_451, 2_099) },
        { VrrMode.Part, 4, 4, 1000, 10_000_000, new(12_912, 38_708, 12_897, 51_609, 20_908_563, 2_099) },
    };

    /// <summary>The long rows of the table.</summary>
    public static TheoryData<VrrMode, int, int, long, long, VrrCounts> Long => new()
    {
        { VrrMode.Part, 4, 4, 1000, 500_000_000, new(645_169, 1_935_484, 645_160, 2_580_648, 1_046_122_540, 2_099) },
        { VrrMode.Glob, 16, 8, 1000, 100_000_000, new(751_020, 1_524_899, 750_928, 2_275_843, 2_630_962_764, 4_198) },
        { VrrMode.Part, 16, 8, 1000, 100_000_000, new(732_927, 1_526_706, 732_840, 2_259_562, 2_715_935_872, 4_298) },
        {
            VrrMode.Part, 16, 8, 30_000, 1_000_000_000,
            new(531_648, 531_552, 531_520, 1_063_088, 61_305_241_440, 116_298)
        },
        { VrrMode.Part, 128, 16, 1000, 10_000_000, new(784_529, 1_201_643, 782_898, 1_984_669, 6_240_844_367, 8_694) },
        { VrrMode.Boost, 4, 4, 1000, 500_000_000, new(877_453, 1_488_051, 877_445, 3_216_521, 1_395_982, 79) },
        { VrrMode.Boost, 16, 8, 1000, 100_000_000, new(1_281_401, 932_286, 1_281_336, 3_399_315, 5_047_635, 294) },
        { VrrMode.Boost, 128, 16, 1000, 10_000_000, new(2_022_469, 416_363, 2_021_430, 4_158_899, 17_665_006, 593) },
    };

    [Theory]
    [MemberData(nameof(Short))]
    public void The_published_counts_come_out(VrrMode mode, int pcpus, int perPcpu, long slice, long end,
        VrrCounts published) => Agree(new(mode, pcpus, perPcpu, slice, end), published);

    [Theory]
    [Trait("Speed", "Slow")]
    [MemberData(nameof(Long))]
    public void The_published_counts_come_out_of_long_runs(VrrMode mode, int pcpus, int perPcpu, long slice, long end,
        VrrCounts published) => Agree(new(mode, pcpus, perPcpu, slice, end), published);

    [Theory]
    [InlineData(VrrMode.Boost, 4, 4, 1000, 10_000_000)]
    [InlineData(VrrMode.Boost, 16, 8, 1000, 1_000_000)]
    [InlineData(VrrMode.Boost, 5, 6, 70, 1_000_000)]
    [InlineData(VrrMode.Part, 16, 8, 30_000, 10_000_000)]
    [InlineData(VrrMode.Part, 7, 5, 70, 1_000_000)]
    [InlineData(VrrMode.Glob, 16, 2, 70, 1_000_000)]
    [InlineData(VrrMode.Glob, 3, 1, 1000, 1_000_000)]
    public void The_machine_counts_as_the_loop_written_by_hand(
        VrrMode mode, int pcpus, int perPcpu, long slice, long end)
    {
        var vrr = new Vrr(mode, pcpus, perPcpu, slice, end);
        Assert.Equal(VrrReference.Run(vrr, TieRule.Told), Run(vrr));
    }

    [Theory]
    [InlineData(VrrMode.Glob, 16, 1, 1000, 1_000_000)]
    [InlineData(VrrMode.Part, 5, 2, 130, 1_000_000)]
    [InlineData(VrrMode.Part, 1, 1, 1000, 1_000_000)]
    public void The_bare_loop_counts_as_the_loop_written_by_hand_where_pCPUs_idle(
        VrrMode mode, int pcpus, int perPcpu, long slice, long end)
    {
        var vrr = new Vrr(mode, pcpus, perPcpu, slice, end);
        Assert.Equal(VrrReference.Run(vrr, TieRule.Told), VrrLoop.Run(vrr));
    }

    private static void Agree(Vrr vrr, VrrCounts published)
    {
        Assert.Equal(published, VrrReference.Run(vrr, TieRule.Insertion));
        var counts = Run(vrr);
        Assert.Equal(VrrReference.Run(vrr, TieRule.Told), counts);
        if (vrr.Mode == VrrMode.Boost) return;
        Assert.Equal(published, counts);
        Assert.Equal(published, VrrLoop.Run(vrr));
    }

    private static VrrCounts Run(Vrr vrr)
    {
        var machine = vrr.CreateMachine();
        machine.Run(vrr.End);
        return vrr.Counts(machine);
    }
}
