using Flms.Core;

namespace Flms.Testing.Tests;

/// <summary>Law H5: a host that tells lies of its guests is named.</summary>
public sealed class RefereeGuestTests
{
    private readonly Stage _host = new(2, 3);
    private Puppet _puppet = null!;

    private Referee Watch(Action<Puppet>? pull = null)
    {
        var referee = Referee.Over(_host, host =>
        {
            _puppet = new(host);
            pull?.Invoke(_puppet);
            return _puppet;
        });
        _host.AddAll(referee);
        return referee;
    }

    private static void Calls(string law, string words, Action deed)
    {
        var fault = Assert.Throws<PolicyFault>(deed);
        Assert.Equal(law, fault.Law);
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    private static Instant At(Duration d) => Instant.Zero + d;

    private static Decision Run(int v) => new(new(v), 30.Ms);

    [Fact]
    public void H5_more_run_time_counted_than_the_vCPU_had_is_a_foul()
    {
        var referee = Watch(p => p.Decides = (_, last) => last.IsNone ? Run(0) : Decision.Idle);
        _host.Wake(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 1.Ms);
        _host.Ask(referee, 0, 5.Ms, Left.Blocked);
        _host.Counted(0).RunNs = 4.Ms.Ns;
        Assert.Equal(4.Ms.Ns, _puppet.Seen.Counters(new(0)).RunNs);
        _host.Counted(0).RunNs = 4.Ms.Ns + 1;
        Calls("H5", "had a pCPU for 4000000 ns", () => _puppet.Seen.Counters(new(0)));
    }

    [Fact]
    public void H5_a_counter_that_goes_back_is_a_foul()
    {
        Watch();
        _host.Counted(0).LlcReferences = 5;
        Assert.Equal(5, _puppet.Seen.Counters(new(0)).LlcReferences);
        _host.Counted(0).LlcReferences = 4;
        Calls("H5", "went back", () => _puppet.Seen.Counters(new(0)));
    }

    [Fact]
    public void H5_more_misses_than_references_are_a_foul()
    {
        Watch();
        _host.Counted(0).LlcMisses = 1;
        Calls("H5", "missed more often", () => _puppet.Seen.Counters(new(0)));
    }

    [Fact]
    public void H5_an_event_that_is_not_counted_is_a_foul()
    {
        var referee = Watch();
        _host.Counted(0).IoEvents = 1;
        referee.IoEvent(new(0), 0, Instant.Zero);
        Calls("H5", "told 2 events, but 1 are counted", () => referee.IoEvent(new(0), 0, Instant.Zero));
    }

    [Fact]
    public void H5_an_event_that_is_counted_but_not_told_is_a_foul()
    {
        Watch();
        _host.Counted(1).IoEvents = 1;
        Calls("H5", "told 0 events, but 1 are counted", () => _puppet.Seen.Counters(new(1)));
    }

    [Fact]
    public void H3_an_event_after_a_timer_of_the_same_instant_is_a_foul()
    {
        var referee = Watch();
        _puppet.Seen.Arm(0, At(1.Ms));
        referee.Timer(0, At(1.Ms));
        _host.Counted(0).IoEvents = 1;
        Calls("H3", "IoEvent of v0 after a timer", () => referee.IoEvent(new(0), 0, At(1.Ms)));
    }

    [Fact]
    public void H5_a_switch_that_nobody_asked_for_is_a_foul()
    {
        var referee = Running(p => { });
        Calls("H5", "nobody asked", () => referee.GuestSwitched(new(0), 0, GuestContext.Thread, At(1.Ms)));
    }

    [Fact]
    public void H5_a_switch_is_of_a_vCPU_that_runs_and_to_something_else()
    {
        var referee = Running(p => p.Watches = true);
        referee.GuestSwitched(new(0), 0, GuestContext.Thread, At(1.Ms));
        referee.GuestSwitched(new(0), 0, GuestContext.Interrupt, At(2.Ms));
        Calls("H5", "which it runs", () => referee.GuestSwitched(new(0), 0, GuestContext.Interrupt, At(3.Ms)));
        referee = Running(p => p.Watches = true);
        Calls("H5", "but is Blocked", () => referee.GuestSwitched(new(1), 0, GuestContext.Thread, At(1.Ms)));
        referee = Running(p => p.Watches = true);
        Calls("H5", "in context Idle", () => referee.GuestSwitched(new(0), 3, GuestContext.Idle, At(1.Ms)));
    }

    // v0 runs on p0 since 1 ms.
    private Referee Running(Action<Puppet> pull)
    {
        var host = new Stage(2, 3);
        var referee = Referee.Over(host, window =>
        {
            var puppet = new Puppet(window) { Decides = (_, _) => Run(0) };
            pull(puppet);
            return puppet;
        });
        host.AddAll(referee);
        host.Wake(referee, 0, 1.Ms);
        host.Ask(referee, 0, 1.Ms);
        return referee;
    }
}
