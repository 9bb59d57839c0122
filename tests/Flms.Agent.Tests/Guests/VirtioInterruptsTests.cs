using Flms.Agent.Guests;
using Flms.Agent.Levers;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Guests;

public sealed class VirtioInterruptsTests : IDisposable
{
    private readonly FakeGuest _guest = new();
    private readonly VirtioInterrupts _interrupts;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"flms-{Guid.NewGuid():N}");
    private InterruptJournal _journal;

    public VirtioInterruptsTests()
    {
        _guest.Interrupt(4, "ttyS0");
        _guest.Interrupt(10, "uhci_hcd:usb1,virtio3");
        _guest.Interrupt(24, "virtio0-input.0");
        _guest.Interrupt(25, "virtio1-req.0", managed: true);
        _interrupts = new(_guest, _guest);
        _journal = Open("boot");
    }

    public void Dispose()
    {
        _journal.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void Only_those_of_virtio_devices_alone_are_moved_and_all_are_put_back()
    {
        Assert.Equal([24, 25], _interrupts.Read().Select(i => i.Number));
        Assert.Equal([LeverOutcome.Changed, LeverOutcome.Failed], Apply());
        Assert.Equal(Errno.InputOutput, _interrupts.LastError);
        Assert.Equal(("0-1", "0-1", "0", "0-1"), (_guest[4], _guest[10], _guest[24], _guest[25]));
        Assert.Equal([LeverOutcome.Unchanged, LeverOutcome.Unchanged], Apply());
        var entry = Assert.Single(_journal.Ours);
        Assert.Equal(LeverOutcome.Changed, _interrupts.Restore(entry, _journal));
        Assert.Equal("0-1", _guest[24]);
        Assert.Empty(_journal.Ours);
    }

    [Fact]
    public void After_a_kill_the_journal_knows_them_and_when_it_began()
    {
        Apply();
        _journal.Dispose();
        File.AppendAllText(_path, "\nI 26 cut-o"); // died while it wrote
        _journal = Open("boot", begun: 999, reserved: "1");
        Assert.Equal((50, "0"), (_journal.Begun, _journal.Reserved));
        Assert.Equal(LeverOutcome.Changed, _interrupts.Restore(Assert.Single(_journal.Ours), _journal));
        Assert.Equal("0-1", _guest[24]);
        _journal.Dispose();
        _journal = Open("boot");
        Assert.Empty(_journal.Ours);
        _journal.Dispose();
        _journal = Open("another boot", begun: 7);
        Assert.Equal(7, _journal.Begun);
    }

    [Fact]
    public void What_somebody_else_has_changed_is_left_alone()
    {
        Apply();
        _guest.SetAffinity(24, "1");
        Assert.Equal([LeverOutcome.TakenOver, LeverOutcome.Unchanged], Apply());
        Assert.Equal([LeverOutcome.Unchanged, LeverOutcome.Unchanged], Apply());
        Assert.Equal("1", _guest[24]);
        Assert.Empty(_journal.Ours);
    }

    [Fact]
    public void An_interrupt_whose_number_another_device_has_now_is_not_put_back()
    {
        Apply();
        _guest.Interrupt(24, "virtio9-config");
        _guest.SetAffinity(24, "0");
        Assert.Equal(LeverOutcome.Gone, _interrupts.Restore(Assert.Single(_journal.Ours), _journal));
        Assert.Equal("0", _guest[24]);
    }

    private InterruptJournal Open(string boot, long begun = 50, string reserved = "0")
    {
        Assert.Equal(0, InterruptJournal.Open(_path, boot, begun, reserved, out var journal));
        return journal!;
    }

    private LeverOutcome[] Apply() => [.. _interrupts.Read().Select(i => _interrupts.Apply(i, "0", _journal))];
}
