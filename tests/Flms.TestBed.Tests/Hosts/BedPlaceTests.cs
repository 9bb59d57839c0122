using Flms.TestBed.Hosts;

namespace Flms.TestBed.Tests.Hosts;

/// <summary>Whose things are whose.</summary>
public sealed class BedPlaceTests
{
    // Process 12 was started at 345, and there is no other.
    private static long StartOf(int pid) => pid == 12 ? 345 : 0;

    [Theory]
    [InlineData("flms-lab-12-345", false)] // it runs
    [InlineData("flms-lab-12-345-1", false)] // its second bed
    [InlineData("flms-lab-12-344", true)] // its number has come back
    [InlineData("flms-lab-13-345", true)] // it has ended
    [InlineData("flms-lab-x-345", false)] // nobody's of ours
    [InlineData("flms-lab-13", false)]
    [InlineData("machine.slice", false)]
    public void What_a_lab_that_has_ended_has_left_is_known_by_its_name(string name, bool left) =>
        Assert.Equal(left, BedPlace.IsLeftBehind(name, StartOf));

    [Fact]
    public void This_process_has_a_start_and_one_that_is_not_there_has_none()
    {
        Assert.True(Children.StartOf(Environment.ProcessId) > 0);
        Assert.Equal(0, Children.StartOf(int.MaxValue));
    }
}
