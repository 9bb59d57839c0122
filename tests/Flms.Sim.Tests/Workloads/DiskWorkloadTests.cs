using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Devices;
using Flms.Sim.Workloads;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Programs with files: rates as the cache, the disk and the CPU have them.</summary>
public sealed class DiskWorkloadTests
{
    // A disk that is the domain's own and costs the guest next to nothing: 100 MB/s and no seeks.
    private static readonly BlockSetup Free = new()
    {
        Path = DiskPath.Native,
        Interrupt = 1.Ns,
        Submit = Duration.Zero,
        Complete = Duration.Zero,
        Copy = 1000,    // ns per KB
    };

    private static readonly DiskSetup Plain = new() { Seek = Duration.Zero, Rate = 100 };

    private static Machine Run(Duration until, BlockSetup disk, params WorkloadSetup[] workloads) =>
        Run(until, disk, [], workloads);

    private static Machine Run(Duration until, BlockSetup disk, DomainSetup[] others, params WorkloadSetup[] workloads)
    {
        var setup = Setup(Topology.Of(1, 1), CostModel.None,
            [Domain("a", workloads) with { Disk = disk }, .. others]) with
        { Disk = Plain };
        var machine = new Machine(setup, host => Referee.Over(host, window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + until);
        return machine;
    }

    private static double KbPerS(Machine machine, string measure)
    {
        var rate = machine.Workloads.SelectMany(w => w.Rates).Single(r => r.Measure == measure);
        return rate.Amount / ((rate.Over ?? machine.Now - Instant.Zero).Ns / 1e9);
    }

    [Fact]
    public void A_file_in_the_cache_is_written_and_read_as_fast_as_memory_is_copied()
    {
        // 1,000 ns for each KB and 2 us a call: 1 MB in 1,026 us.
        var machine = Run(2.Seconds, Free with { Cache = 512, Dirty = 100, Background = 100 },
            new IozoneSetup { File = 64 });
        var expected = 1024 / 1026e-6;
        Assert.InRange(KbPerS(machine, "iozone.write_kb_per_s"), 0.99 * expected, 1.001 * expected);
        Assert.InRange(KbPerS(machine, "iozone.read_kb_per_s"), 0.99 * expected, 1.001 * expected);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(8192)]
    public void A_file_that_is_larger_than_the_cache_is_written_and_read_as_fast_as_the_disk(int record)
    {
        // What the cache takes at first, 20 % of 8 MB, hardly counts in 128 MB. Rates of disks are in 10^6 bytes.
        var iozone = new IozoneSetup { File = 128, Record = record, Sync = true };
        var machine = Run(6.Seconds, Free with { Cache = 8 }, iozone);
        const double disk = 100e6 / 1024;
        Assert.InRange(KbPerS(machine, "iozone.write_kb_per_s"), 0.90 * disk, 1.03 * disk);
        Assert.InRange(KbPerS(machine, "iozone.read_kb_per_s"), 0.80 * disk, 1.03 * disk);
    }

    [Fact]
    public void Dd_takes_the_disk_and_the_thought_for_each_block()
    {
        // 64 KB take 655 us, the thought 15.
        var machine = Run(2.Seconds, Free, new DdSetup());
        Assert.InRange(KbPerS(machine, "dd.throughput_kb_per_s"), 0.98 * 64 / 670.4e-6, 1.01 * 64 / 670.4e-6);
    }

    [Fact]
    public void Beside_a_hog_dd_gets_one_block_for_each_of_the_hogs_slices()
    {
        var machine = Run(10.Seconds, Free, [Domain("hog", new HogSetup())], new DdSetup());
        Assert.InRange(KbPerS(machine, "dd.throughput_kb_per_s"), 64 / 32e-3, 64 / 29e-3);
        Assert.InRange(machine.Samples("dd.request").Mean, 29e6, 31e6);
    }

    [Fact]
    public void A_file_beyond_the_disk_is_refused() => Assert.Throws<ArgumentException>(() =>
        Run(1.Seconds, Free with { Size = 100 }, new DdSetup { File = 60, Offset = 50 }));

    [Theory]
    [InlineData("iozone")]
    [InlineData("dd")]
    public void Nothing_is_allocated_for_an_event(string name) => Assert.Equal(0, Allocation.Least(() =>
    {
        WorkloadSetup workload = name == "dd" ? new DdSetup { Access = AccessPattern.Random }
            : new IozoneSetup { File = 32, Sync = true };
        var machine = Run(1.Seconds, Free with { Cache = 8 }, workload);
        return () => machine.Run(Instant.Zero + 1_500.Ms);
    }));
}
