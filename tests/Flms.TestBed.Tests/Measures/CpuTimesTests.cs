using Flms.Core;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Tests.Measures;

/// <summary>/proc/stat.</summary>
public sealed class CpuTimesTests
{
    [Fact]
    public void Idle_time_and_waiting_for_disks_are_not_busy_and_guests_are_not_counted_twice()
    {
        var times = CpuTimes.Parse("cpu  100 20 30 4000 500 6 7 80 90 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
        Assert.Equal(1630.Ms, times.Busy);
        Assert.Equal(800.Ms, times.Stolen);
    }

    [Fact]
    public void Something_else_is_refused() => Assert.Throws<FormatException>(() => CpuTimes.Parse("intr 1 2 3"));
}
