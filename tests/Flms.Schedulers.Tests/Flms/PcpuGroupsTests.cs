using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Schedulers.Tests.Flms;

public sealed class PcpuGroupsTests
{
    internal static readonly GroupRules Paper =
        new(Rounding.HalfUp, new(0, 1), GroupOrder.WholeCores, NoLoad.Keep, KeepOne: true);

    private static PcpuGroups Groups(int pcpus, GroupRules? rules = null) =>
        new(Topology.Of(1, pcpus), rules ?? Paper);

    [Fact]
    public void At_the_beginning_every_pCPU_is_for_compute()
    {
        var groups = Groups(4);
        Assert.Equal(("none", "0-3"), (groups.ForIo.ToString(), groups.ForCpu.ToString()));
        Assert.False(groups.Isolated);
    }

    [Theory]
    [InlineData(1, 7, 1)]   // 8 * 1/8 = 1
    [InlineData(3, 13, 2)]  // 8 * 3/16 = 1.5 up
    [InlineData(5, 27, 1)]  // 8 * 5/32 = 1.25
    [InlineData(1, 1, 4)]
    [InlineData(99, 1, 7)]  // 7.92, but one is left for compute
    [InlineData(1, 99, 1)]  // 0.08, but one is kept for I/O
    [InlineData(0, 5, 1)]
    public void The_number_of_SPs_is_the_share_of_IO_load_of_all_pCPUs_rounded_half_up(long io, long cpu, int sps) =>
        Assert.Equal(sps, Groups(8).Target(io, cpu, anyIo: true, anyCpu: true));

    [Theory]
    [InlineData(Rounding.Down, 1)]
    [InlineData(Rounding.HalfUp, 2)]
    [InlineData(Rounding.Up, 2)]
    public void The_rounding_can_be_chosen(Rounding rounding, int sps) =>
        Assert.Equal(sps, Groups(8, Paper with { Rounding = rounding }).Target(3, 13, true, true));

    [Fact]
    public void With_one_class_alone_all_pCPUs_are_its_own()
    {
        Assert.Equal(0, Groups(8).Target(5, 5, anyIo: false, anyCpu: true));
        Assert.Equal(8, Groups(8).Target(5, 5, anyIo: true, anyCpu: false));
        Assert.Equal(0, Groups(8).Target(0, 0, anyIo: false, anyCpu: false));
    }

    [Fact]
    public void A_single_pCPU_is_not_split() => Assert.Equal(0, Groups(1).Target(9, 1, true, true));

    [Fact]
    public void Without_load_the_split_stays_or_shrinks_as_told()
    {
        var keep = Groups(8);
        keep.Resize(5);
        Assert.Equal(5, keep.Target(0, 0, true, true));
        var minimum = Groups(8, Paper with { NoLoad = NoLoad.Minimum });
        minimum.Resize(5);
        Assert.Equal(1, minimum.Target(0, 0, true, true));
    }

    [Fact]
    public void Without_the_minimum_a_group_may_lose_its_last_pCPU()
    {
        var groups = Groups(8, Paper with { KeepOne = false });
        Assert.Equal(0, groups.Target(1, 99, true, true));
        Assert.Equal(8, groups.Target(99, 1, true, true));
    }

    [Theory]
    [InlineData(255, 2)] // ideal 2.55: within 0.5 + 0.1 of 2
    [InlineData(260, 2)] // at the very edge it stays
    [InlineData(261, 3)]
    [InlineData(140, 2)]
    [InlineData(139, 1)]
    public void With_hysteresis_the_ideal_must_lie_beyond_the_rounding_point_by_that_much(long io, int sps)
    {
        var groups = Groups(8, Paper with { Hysteresis = new(1, 10) });
        groups.Resize(2);
        Assert.Equal(sps, groups.Target(io, 800 - io, true, true));
    }

    [Fact]
    public void Load_that_flickers_about_a_rounding_point_does_not_move_the_split_under_hysteresis()
    {
        var paper = Groups(8);
        var calm = Groups(8, Paper with { Hysteresis = new(1, 10) });
        var (paperMoved, calmMoved) = (0, 0);
        foreach (var groups in new[] { paper, calm }) groups.Resize(2);
        for (var i = 0; i < 100; i++)
        {
            var io = i % 2 == 0 ? 245 : 255;
            paperMoved += paper.Resize(paper.Target(io, 800 - io, true, true));
            calmMoved += calm.Resize(calm.Target(io, 800 - io, true, true));
        }
        Assert.Equal((99, 0), (paperMoved, calmMoved));
    }

    [Fact]
    public void Whole_cores_join_first_and_leave_last_in_first_out()
    {
        var groups = new PcpuGroups(Topology.Of(sockets: 2, cores: 2, threads: 2), Paper);
        Assert.Equal(3, groups.Resize(3));
        Assert.Equal(("0-2", "3-7"), (groups.ForIo.ToString(), groups.ForCpu.ToString()));
        Assert.Equal(2, groups.Resize(5));
        Assert.Equal("0-4", groups.ForIo.ToString());
        Assert.Equal(4, groups.Resize(1));
        Assert.Equal(("0", "1-7"), (groups.ForIo.ToString(), groups.ForCpu.ToString()));
        Assert.Equal(0, groups.Resize(1));
    }

    [Fact]
    public void Threads_of_one_core_stand_together_however_the_machine_numbers_them()
    {
        // Linux's usual numbering: first threads 0-3, their siblings 4-7.
        var topology = new Topology([0, 1, 2, 3, 0, 1, 2, 3], [0, 0, 1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0]);
        var groups = new PcpuGroups(topology, Paper);
        groups.Resize(3);
        Assert.Equal("0-1,4", groups.ForIo.ToString());
    }

    [Fact]
    public void Single_threads_take_the_first_thread_of_each_core_of_a_socket_first()
    {
        var groups = new PcpuGroups(Topology.Of(2, 2, 2), Paper with { Order = GroupOrder.SingleThreads });
        groups.Resize(3);
        Assert.Equal("0-2", groups.ForIo.ToString()); // 0 and 2, then 1
        groups.Resize(2);
        Assert.Equal("0,2", groups.ForIo.ToString());
    }

    [Fact]
    public void The_two_masks_are_complements_whatever_happens()
    {
        var groups = new PcpuGroups(Topology.Of(2, 8, 2), Paper);
        var all = new CpuMask(32);
        for (var i = 0; i < 200; i++)
        {
            groups.Resize(i * 37 % 33);
            Assert.False(groups.ForIo.Intersects(groups.ForCpu));
            all.CopyFrom(groups.ForIo);
            all.UnionWith(groups.ForCpu);
            Assert.True(all.IsFull);
            Assert.Equal(i * 37 % 33, groups.SpCount);
        }
    }

    [Fact]
    public void Loads_of_the_largest_machines_do_not_overflow()
    {
        var groups = new PcpuGroups(Topology.Of(4, 256), Paper with { Hysteresis = new(1, 10) });
        Assert.Equal(512, groups.Target(long.MaxValue / 2, long.MaxValue / 2, true, true));
    }
}
