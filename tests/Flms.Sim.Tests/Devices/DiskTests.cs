using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Devices;
using Flms.Testing;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests.Devices;

/// <summary>Disks and page caches against arithmetic.</summary>
public sealed class DiskTests
{
    private const long Kb = 1_024;
    private const long Mb = 1_024 * Kb;

    private static readonly DiskSetup Arm = new() { Seek = 8.Ms, Rate = 100 };
    private static readonly BlockSetup Native = new() { Path = DiskPath.Native };

    // What a program on bare metal pays around the disk's own time: to ask, to be told, and its nanosecond.
    private static readonly Duration Around = Native.Submit + Native.Interrupt + Native.Complete + 1.Ns;

    private static Duration Transfer(long bytes) => new(bytes * 1_000 / Arm.Rate);

    private static DomainSetup Guest(string name, BlockSetup disk, DiskProbeSetup program) =>
        Domain(name, program) with { Disk = disk };

    private static Machine Run(Duration until, DiskSetup disk, params DomainSetup[] domains)
    {
        var machine = new Machine(
            Setup(Topology.Of(1, domains.Length), CostModel.None, domains) with { Disk = disk },
            host => Referee.Over(host, window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + until);
        return machine;
    }

    private static (DiskProbe Probe, Machine Machine) Run(
        Duration until, BlockSetup disk, params (Ask, long, long)[] asks)
    {
        var machine = Run(until, Arm, Guest("a", disk, Program(asks)));
        return ((DiskProbe)machine.Workloads[0], machine);
    }

    private static DiskProbeSetup Program(params (Ask, long, long)[] asks) =>
        new() { Asks = i => i < asks.Length ? asks[i] : null };

    private static Duration[] Times(DiskProbe probe) => [.. probe.Done.Select(d => d.At - Instant.Zero - 1.Ns)];

    [Fact]
    public void A_read_takes_the_seek_the_transfer_and_what_is_around()
    {
        var (probe, _) = Run(1.Seconds, Native, (Ask.ReadDirect, 500 * Mb, 64 * Kb));
        Assert.Equal([Around + Arm.Seek + Transfer(64 * Kb)], Times(probe));
    }

    [Fact]
    public void In_sequence_there_is_no_second_seek_and_the_disk_gives_its_rate()
    {
        const long record = 16 * Mb;
        var (probe, machine) = Run(10.Seconds, Native, (Ask.ReadDirect, 0, record));
        // Requests of 128 KB, 32 at a time: all are submitted before the disk has done the first few.
        var expected = Arm.Seek + Transfer(record);
        Assert.Equal(1, machine.Disk!.Seeks);
        Assert.Equal((record / (128 * Kb), record), (machine.Disk.Requests, machine.Disk.Bytes));
        var around = Times(probe)[0] - expected;
        Assert.InRange(around.Ns, Around.Ns, (Native.Submit * 32 + Around).Ns);
    }

    [Fact]
    public void Each_place_that_does_not_follow_costs_a_seek()
    {
        var (probe, machine) = Run(1.Seconds, Native,
            (Ask.WriteDirect, 0, 4 * Kb), (Ask.WriteDirect, 9 * Mb, 4 * Kb),
            (Ask.WriteDirect, 9 * Mb + 4 * Kb, 4 * Kb));
        var one = Around + Transfer(4 * Kb);
        Assert.Equal([one + Arm.Seek, one * 2 + Arm.Seek * 2, one * 3 + Arm.Seek * 2], Times(probe));
        Assert.Equal(2, machine.Disk!.Seeks);
    }

    [Fact]
    public void A_paravirtual_request_passes_the_driver_domain_twice()
    {
        var path = Native with { Path = DiskPath.Paravirtual, DriverDomain = "dom0" };
        var machine = Run(1.Seconds, Arm, Guest("a", path, Program((Ask.ReadDirect, 0, 64 * Kb))), Domain("dom0"));
        var driver = new DriverSetup();
        var relayed = path.Notify + driver.ThreadWake + path.BackEnd + new Duration(64 * path.Map)
            + driver.Interrupt + path.BackEndComplete + path.Notify;
        Assert.Equal([Around + Arm.Seek + Transfer(64 * Kb) + relayed], Times((DiskProbe)machine.Workloads[0]));
    }

    [Fact]
    public void A_controller_of_its_own_costs_the_exits()
    {
        var path = Native with { Path = DiskPath.Direct };
        var (probe, _) = Run(1.Seconds, path, (Ask.ReadDirect, 0, 4 * Kb));
        Assert.Equal([Around + Arm.Seek + Transfer(4 * Kb) + path.Exit * path.InterruptExits], Times(probe));
    }

    [Fact]
    public void An_emulated_controller_costs_the_accesses_and_the_device_model()
    {
        var path = Native with { Path = DiskPath.Emulated, DriverDomain = "dom0" };
        var machine = Run(1.Seconds, Arm, Guest("a", path, Program((Ask.ReadDirect, 0, 4 * Kb))), Domain("dom0"));
        var driver = new DriverSetup();
        var more = path.Access * path.Accesses + driver.ThreadWake + path.DeviceModel
            + driver.Interrupt + driver.ThreadWake + path.DeviceModel + path.Notify + path.Exit * path.InterruptExits;
        Assert.Equal([Around + Arm.Seek + Transfer(4 * Kb) + more], Times((DiskProbe)machine.Workloads[0]));
    }

    [Fact]
    public void One_request_is_served_at_a_time_and_an_elevator_takes_them_in_the_order_of_their_places()
    {
        // Three programs ask at once, from far to near; the first is taken before the others are there.
        int[] Order(DiskOrder order)
        {
            var machine = Run(1.Seconds, Arm with { Order = order },
                Guest("a", Native with { Size = 10 }, Program((Ask.ReadDirect, 0, 4 * Kb))),
                Guest("b", Native with { Size = 300, Submit = 8.Us }, Program((Ask.ReadDirect, 200 * Mb, 4 * Kb))),
                Guest("c", Native with { Size = 10, Submit = 7.Us }, Program((Ask.ReadDirect, 0, 4 * Kb))),
                Guest("d", Native with { Size = 10, Submit = 9.Us }, Program((Ask.ReadDirect, 0, 4 * Kb))));
            Assert.Equal(4, machine.Disk!.Requests);
            return [.. machine.Workloads.OfType<DiskProbe>().Select((p, i) => (p.Done[0].At, i)).Order()
                .Select(x => x.i)];
        }
        Assert.Equal([0, 2, 1, 3], Order(DiskOrder.Fifo));
        Assert.Equal([0, 1, 2, 3], Order(DiskOrder.Elevator));
    }

    [Fact]
    public void What_was_read_once_is_there_at_once_and_costs_a_copy()
    {
        var program = Program((Ask.Read, 0, Mb), (Ask.Read, 0, Mb)) with { Copies = true };
        var machine = Run(1.Seconds, Arm, Guest("a", Native, program));
        var probe = (DiskProbe)machine.Workloads[0];
        Assert.Equal([false, true], probe.Done.Select(d => d.AtOnce));
        Assert.Equal((256L, 256L), (machine.Disk!.Hits, machine.Disk.Misses));
        // The second is found when the first has been copied.
        Assert.Equal(probe.Done[0].At, probe.Done[1].At);
        Assert.Equal(new(1_024 * 150), probe.TheDisk.CopyTime(Mb));
    }

    [Fact]
    public void A_reader_in_sequence_gets_the_disks_rate_through_the_cache()
    {
        const int records = 64;
        var (probe, machine) = Run(20.Seconds, Native with { Cache = 16 },
            [.. Enumerable.Range(0, records).Select(i => (Ask.Read, i * Mb, Mb))]);
        var ideal = Arm.Seek + Transfer(records * Mb);
        Assert.InRange(Times(probe)[^1].Ns, ideal.Ns, ideal.Ns * 102 / 100);
        Assert.Equal(1, machine.Disk!.Seeks);
        Assert.InRange(machine.Disk.Bytes, records * Mb, (records + 1) * Mb);
    }

    [Fact]
    public void A_reader_in_small_steps_is_read_ahead_of_in_whole_windows()
    {
        var (probe, machine) = Run(20.Seconds, Native,
            [.. Enumerable.Range(0, 2_048).Select(i => (Ask.Read, i * 4 * Kb, 4 * Kb))]);
        Assert.InRange(machine.Disk!.Requests, 64, 70);
        Assert.InRange(Times(probe)[^1].Ns, Transfer(8 * Mb).Ns, (Arm.Seek * 2 + Transfer(8 * Mb)).Ns * 105 / 100);
    }

    [Fact]
    public void Random_reads_hit_as_often_as_the_cache_holds_of_the_file()
    {
        // 64 MB of file, 16 MB of cache: a quarter.
        const int reads = 20_000;
        var random = RandomStream.For(7, 0);
        var (_, machine) = Run(1_000.Seconds, Native with { Cache = 16 },
            [.. Enumerable.Range(0, reads).Select(_ => (Ask.Read, random.Next(0, 16_384) * 4 * Kb, 4 * Kb))]);
        var warm = reads - 4_096.0; // until the cache is full there are fewer
        Assert.Equal(reads, machine.Disk!.Hits + machine.Disk.Misses);
        Assert.InRange(machine.Disk.Hits / warm, 0.23, 0.29);
    }

    [Fact]
    public void Writes_go_on_at_once_until_too_much_is_dirty_and_then_at_the_disks_rate()
    {
        // 100 MB of cache, of which 20 MB may be unwritten.
        const int records = 200;
        var (probe, machine) = Run(20.Seconds, Native with { Cache = 100 },
            [.. Enumerable.Range(0, records).Select(i => (Ask.Write, i * Mb, Mb))]);
        Assert.All(probe.Done.Take(20), d => Assert.True(d.AtOnce && d.At == Instant.Zero + 1.Ns));
        Assert.False(probe.Done[20].AtOnce);
        var rest = Transfer((records - 20) * Mb);
        Assert.InRange(Times(probe)[^1].Ns, rest.Ns * 98 / 100, (rest + Arm.Seek).Ns * 102 / 100);
        Assert.Equal(1, machine.Disk!.Seeks);
        Assert.InRange(machine.Disk.Throttled, records / 2, records);
    }

    [Fact]
    public void Few_dirty_pages_are_written_when_they_are_old()
    {
        var (_, machine) = Run(29.Seconds, Native, (Ask.Write, 0, Mb));
        Assert.Equal(0, machine.Disk!.Requests);
        machine.Run(Instant.Zero + 36.Seconds);
        Assert.Equal((8, Mb), (machine.Disk.Requests, machine.Disk.Bytes));
        Assert.Equal(0, ((DiskProbe)machine.Workloads[0]).TheDisk.UnwrittenBytes);
    }

    [Fact]
    public void Sync_waits_until_all_is_written()
    {
        var (probe, machine) = Run(29.Seconds, Native, (Ask.Write, 0, Mb), (Ask.Sync, 0, 0), (Ask.Sync, 0, 0));
        Assert.Equal([true, false, true], probe.Done.Select(d => d.AtOnce));
        var around = Times(probe)[1] - Arm.Seek - Transfer(Mb);
        Assert.InRange(around.Ns, Around.Ns, (Around + Native.Submit * 8).Ns);
        Assert.Equal(Mb, machine.Disk!.Bytes);
    }

    [Fact]
    public void A_page_that_is_changed_while_it_is_written_is_written_again()
    {
        var (probe, machine) = Run(29.Seconds, Native with { Background = 0 },
            (Ask.Write, 0, 4 * Kb), (Ask.Write, 0, 4 * Kb), (Ask.Sync, 0, 0));
        Assert.Equal(2 * 4 * Kb, machine.Disk!.Bytes);
        Assert.Equal(3, probe.Done.Count);
    }

    [Fact]
    public void The_cache_gives_up_what_was_used_longest_ago_as_a_naive_list_does()
    {
        const int capacity = 2_048; // 8 MB
        var random = RandomStream.For(11, 3);
        var pages = Enumerable.Range(0, 20_000).Select(_ => (long)random.Next(0, 4_096)).ToArray();
        var (_, machine) = Run(1_000.Seconds, Native with { Cache = 8, ReadAhead = 0 },
            [.. pages.Select(page => (Ask.Read, page * 4 * Kb, 4 * Kb))]);
        var naive = new LinkedList<long>();
        var hits = 0;
        foreach (var page in pages)
        {
            if (naive.Remove(page)) hits++;
            naive.AddLast(page);
            if (naive.Count > capacity) naive.RemoveFirst();
        }
        Assert.Equal(hits, machine.Disk!.Hits);
    }

    [Fact]
    public void Nothing_is_allocated_by_reading_and_writing()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var program = new DiskProbeSetup
            {
                Asks = i => (i % 3 == 0 ? Ask.Write : i % 3 == 1 ? Ask.Read : Ask.ReadDirect, i * 40_503L % 900 * Mb,
                    (i % 7 + 1) * 64 * Kb),
                Copies = true,
                Remembers = false,
            };
            var machine = new Machine(Setup(Topology.Of(1, 2), CostModel.Typical, Domain("dom0"),
                Guest("a", new BlockSetup { DriverDomain = "dom0", Cache = 32 }, program)),
                host => new RoundRobinScheduler(host, new()));
            machine.Run(Instant.Zero + 5.Seconds);
            return () => machine.Run(Instant.Zero + 10.Seconds);
        }));
    }
}
