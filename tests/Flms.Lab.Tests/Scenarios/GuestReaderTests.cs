using Flms.Core;
using Flms.Lab.Scenarios;

namespace Flms.Lab.Tests.Scenarios;

/// <summary>Guest kernels in scenario files.</summary>
public sealed class GuestReaderTests
{
    [Fact]
    public void A_guest_and_what_entries_say_to_it_arrive()
    {
        var reading = ScenarioReader.Read("""
            schedulers: round-robin
            domains:
              - name: plain
                workloads: [hog]
              - name: defaults
                guest:
                workloads: [hog]
              - name: mixed
                vcpus: 4
                class: mixed
                guest: { tick: 1ms, reserved: 2, lock_order: ticket, pause_yields: true }
                workloads:
                  - hog: { threads: 3, affinity: "1,3", user: true }
                  - request
            """, "test.yaml");
        Assert.Empty(reading.Problems);
        var domains = reading.Value!.Domains;
        Assert.Null(domains[0].Guest);
        Assert.Equal(new(), domains[1].Guest);
        Assert.Equal(new()
        {
            Tick = 1.Ms,
            Reserved = 2,
            LockOrder = Sim.Guests.LockOrder.Ticket,
            PauseYields = true,
        }, domains[2].Guest);
        var hog = domains[2].Workloads[0];
        Assert.Equal((3, "1,3", true), (hog.Threads!.Value, hog.Affinity!.ToString(), hog.User));
        Assert.Equal((true, false), (domains[2].Workloads[1].Affinity == null, domains[2].Workloads[1].User));
    }

    [Theory]
    [InlineData("workloads: [{ hog: { user: true } }]", "hog has user, and the domain has no guest kernel; give")]
    [InlineData("guest: { monitor_low: 20 }", "test.yaml:5:12: guest: monitor_low is 20, above monitor_high")]
    [InlineData("guest: { tick: 1ns }", "test.yaml:5:20: tick is 1ns, which is out of range")]
    [InlineData("guest: { ticks: 1ms }", "guest has no setting \"ticks\"; did you mean tick?")]
    [InlineData("guest: { reserved: 2 }\n    class: mixed", "guest: reserved is 2, and the domain has 2 vCPUs")]
    [InlineData("guest: {}\n    workloads: [{ hog: { affinity: 1-2 } }]", "affinity names vCPU 2, which does not")]
    [InlineData("guest: {}\n    workloads: [{ hog: { user: maybe } }]", "user is \"maybe\", which is not true")]
    public void Every_mistake_is_said_in_one_line_with_its_place(string text, string expected)
    {
        var reading = ScenarioReader.Read(
            $"schedulers: round-robin\ndomains:\n  - name: web\n    vcpus: 2\n    {text}", "test.yaml");
        Assert.Contains(reading.Problems, p => p.ToString().Contains(expected, StringComparison.Ordinal));
    }
}
