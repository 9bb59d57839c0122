using System.Text;
using System.Text.Json;
using Flms.Agent.Host;
using Flms.Agent.Recording;
using Flms.Core;
using Flms.Traces;

namespace Flms.Agent.Tests.Recording;

public sealed class SchedRecorderTests : IDisposable
{
    private const int Main = 100, Vcpu0 = 101, Stranger = 900;

    private static readonly Kernel _kernel =
        new("6.18.1-test", new(6, 18, 1), SliceTier.Tick, true, PreemptionModel.Lazy, true);

    private readonly FakeHost _host = new();
    private readonly FakeSchedEvents _events = new();
    private readonly MemoryStream _to = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"flms-{Guid.NewGuid():N}.trace");

    public SchedRecorderTests()
    {
        _host.Qemu(Main);
        _host.Thread(Main, Vcpu0, "CPU 0/KVM");
    }

    public void Dispose()
    {
        File.Delete(_file);
        File.Delete(Path.ChangeExtension(_file, ".json"));
    }

    [Fact]
    public void What_a_vCPU_does_is_read_again_as_it_was()
    {
        var recorder = Begin();
        _events.Wake(100, 0, Stranger, Vcpu0);
        _events.Switch(150, 0, Stranger, Vcpu0);
        _events.Switch(1150, 0, Vcpu0, Stranger, state: 0x100);
        _events.Switch(1450, 0, Stranger, Vcpu0);
        _events.Switch(2450, 0, Vcpu0, 0, state: 1);
        _events.Wake(3000, 1, 0, Vcpu0);
        _events.Switch(3010, 1, 0, Vcpu0);
        _events.Switch(3020, 1, Vcpu0, 0, state: 1);
        var vm = Assert.Single(Replayed(recorder).Vms);
        var vcpu = vm.Threads[0];
        Assert.Equal(("web", "vcpu0", 101), (vm.Name, vcpu.Role, vcpu.Tid));
        Assert.Equal((2010.Us, 360.Us), (vcpu.Run, vcpu.Wait));
        Assert.Equal((2, 3, 1), (vcpu.Wakes, vcpu.Timeslices, vcpu.Migrations));
        Assert.Equal([2000.Us, 10.Us], vcpu.Bursts.ToArray().Select(b => b.Work));
    }

    [Fact]
    public void Programs_that_are_no_VMs_are_told_apart_neither_by_name_nor_by_number()
    {
        var recorder = Begin();
        _events.Wake(90, 0, 0, Stranger, "secret");
        _events.Switch(100, 0, 0, Stranger, toName: "secret");
        _events.Switch(110, 0, Stranger, 901, fromName: "secret", toName: "hidden");
        _events.Wake(115, 0, 901, Vcpu0, "CPU 0/KVM");
        _events.Switch(120, 0, 901, Vcpu0, fromName: "hidden", toName: "CPU 0/KVM");
        _events.Switch(130, 0, Vcpu0, 0, state: 1, fromName: "CPU 0/KVM");
        var text = Text(recorder);
        Assert.DoesNotContain("secret", text);
        Assert.DoesNotContain("hidden", text);
        Assert.DoesNotContain("900", text);
        Assert.Equal(4, recorder.Written);
        var read = Replayed(recorder);
        Assert.Equal(0, read.MissedSwitches);
        Assert.Equal(20.Us, Assert.Single(read.Threads, t => t.Name == "other").Run);
    }

    [Fact]
    public void What_the_kernel_can_do_is_read_again()
    {
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _events.Switch(130, 0, Vcpu0, 0, state: 1);
        var host = Replayed(recorder).Host;
        Assert.Equal(("6.18.1-test", (6, 18)), (host.Kernel, host.Version!.Value));
        Assert.Equal((true, false, 2_100_000), (host.Lazy!.Value, host.Hrtick!.Value, host.BaseSliceNs));
    }

    [Fact]
    public void Everything_is_written_if_that_is_wanted()
    {
        var recorder = Begin(everything: true);
        _events.Wake(90, 0, 0, Stranger, "make");
        _events.Switch(100, 0, 0, Stranger, toName: "make");
        _events.Switch(110, 0, Stranger, 901, fromName: "make", toName: "cc1");
        _events.Wake(115, 0, 901, Vcpu0, "CPU 0/KVM");
        _events.Switch(120, 0, 901, Vcpu0, fromName: "cc1", toName: "CPU 0/KVM");
        var read = Replayed(recorder);
        Assert.Equal(5, recorder.Written);
        Assert.Equal(["CPU 0/KVM", "cc1", "make"], read.Threads.Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Events_of_several_pCPUs_are_written_in_order_of_time()
    {
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _events.Switch(300, 0, Vcpu0, 0, state: 1);
        _events.Switch(200, 1, 0, Main);
        _events.Switch(250, 1, Main, 0, state: 1);
        _events.Now += 10_000_000;
        recorder.Step();
        Assert.Equal(0, recorder.Written); // another pCPU may still be about to tell of something before
        _events.Now += 20_000_000;
        recorder.Step();
        Assert.Equal(4, recorder.Written);
        Assert.Equal(["0001", "0002", "00025", "0003"], Text(recorder).Split('\n').Where(l => l.Contains(" [00"))
            .Select(l => l.Split(": ")[0].Split('.')[^1].TrimEnd('0')));
    }

    [Fact]
    public void A_VM_that_comes_while_it_is_recorded_counts_from_its_first_rest()
    {
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _host.Qemu(200, "late");
        _host.Thread(200, 201, "CPU 0/KVM");
        _host.Thread(200, 202, "CPU 1/KVM");
        Assert.Equal(0, recorder.Search());
        _events.Switch(5000, 1, 201, 202, state: 0);   // preempted: it goes on wanting
        _events.Switch(6000, 1, 202, 201, state: 1);   // asleep
        _events.Switch(6500, 1, 201, 0, state: 1);
        _events.Wake(7000, 1, 0, 202);
        _events.Switch(7000, 1, 0, 202);
        _events.Switch(7100, 1, 202, 0, state: 1);
        var read = Replayed(recorder);
        var late = read.Vms.Single(v => v.Name == "late");
        Assert.Equal([500.Us], late.Threads[0].Bursts.ToArray().Select(b => b.Work));
        Assert.Equal(1.Ms, late.Threads[0].Wait);
        Assert.Equal([100.Us], late.Threads[1].Bursts.ToArray().Select(b => b.Work));
        Assert.Equal(0, read.MissedSwitches);
        Assert.Null(recorder.Threads.Single(t => t.Thread.Id.Tid == 201).Kernel);
    }

    [Fact]
    public void A_thread_that_ends_takes_its_number_with_it()
    {
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _events.Exit(200, 0, Vcpu0);
        _events.Switch(210, 0, Vcpu0, 0, state: 0x10);
        _events.Switch(300, 0, 0, Vcpu0, toName: "secret"); // another by now
        _events.Switch(400, 0, Vcpu0, 0, state: 1, fromName: "secret");
        var text = Text(recorder);
        Assert.DoesNotContain("secret", text);
        Assert.Equal(110.Us, Replayed(recorder).Vms[0].Threads[0].Run);
        Assert.Contains("sched_process_exit", text);
    }

    [Fact]
    public void What_was_lost_is_noted_where_it_was_lost_and_at_the_end_too()
    {
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _events.Lose(100, 0, 7);
        _events.Switch(5000, 0, Vcpu0, 0, state: 1);
        _events.Lost += 5; // and nothing came after those
        var read = Replayed(recorder);
        Assert.Equal((12, 12), (recorder.Lost, read.LostEvents));
        Assert.Equal(0.Us, read.Vms[0].Threads[0].Run);
    }

    [Fact]
    public void Who_held_a_pCPU_all_the_time_is_known_by_the_kernels_own_count()
    {
        var vcpu = _host.Threads.Single(t => t.Tid == Vcpu0);
        var recorder = Begin();
        _events.Switch(100, 0, 0, Main);
        _events.Switch(200, 0, Main, 0, state: 1);
        _events.Now += 1_000_000_000;
        vcpu.Run += 1_000_000_000;
        var read = Replayed(recorder); // the fake host's threads are on pCPU 3
        Assert.True(read.Vms[0].Threads[0].Unfinished);
        Assert.Equal(1_000_200_000 - 100_000, read.Vms[0].Threads[0].Run.Ns);
    }

    [Fact]
    public void It_ends_when_it_is_as_long_as_it_may_be_and_what_was_written_is_whole()
    {
        var recorder = Begin(most: 3000);
        for (var i = 0; i < 1000; i++)
        {
            _events.Switch(100 + i * 20, 0, 0, Vcpu0);
            _events.Switch(110 + i * 20, 0, Vcpu0, 0, state: 1);
        }
        var read = Replayed(recorder);
        Assert.True(recorder.Full);
        Assert.InRange(recorder.Bytes, 3000, 3400);
        Assert.Equal(recorder.Written, read.Events);
        Assert.DoesNotContain(read.Warnings, w => w.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_with_a_line_feed_in_it_stays_on_its_line()
    {
        var recorder = Begin(everything: true);
        _events.Switch(100, 0, Stranger, Vcpu0, fromName: "a\nb\u0001c");
        _events.Switch(200, 0, Vcpu0, Stranger, state: 1, toName: "prev_pid=7 x");
        Assert.Equal(["CPU 0/KVM", "prev_pid=7 x"], Names(Replayed(recorder)));

        static IEnumerable<string> Names(Traces.Recording read) =>
            read.Threads.Select(t => t.Name == "x" || t.Name == "y" ? "CPU 0/KVM" : t.Name).Distinct()
                .Order(StringComparer.Ordinal);
    }

    [Fact]
    public void VMs_of_one_name_and_names_that_a_map_cannot_hold_are_made_different()
    {
        _host.Qemu(200, "web");
        _host.Thread(200, 201, "CPU 0/KVM");
        _host.Qemu(300, "a/b\"c");
        _host.Thread(300, 301, "CPU 0/KVM");
        _host.Qemu(400, "idle");
        _host.Thread(400, 401, "CPU 0/KVM");
        var recorder = Begin();
        _events.Switch(100, 0, 0, Vcpu0);
        _events.Switch(200, 0, Vcpu0, 201);
        Assert.Equal(["web", "web-200", "a_b_c", "idle-400"], Replayed(recorder).Vms.Select(v => v.Name));
    }

    private SchedRecorder Begin(bool everything = false, long most = 1 << 20)
    {
        var recorder = new SchedRecorder(_host, _events, 4, _to, most, "by a test") { Everything = everything };
        Assert.Equal(0, recorder.Search());
        recorder.Start();
        Assert.True(_events.Running);
        return recorder;
    }

    private string Text(SchedRecorder recorder)
    {
        if (_events.Running) recorder.Finish();
        return Encoding.UTF8.GetString(_to.ToArray());
    }

    private Traces.Recording Replayed(SchedRecorder recorder)
    {
        File.WriteAllText(_file, Text(recorder));
        using (var map = File.Create(Path.ChangeExtension(_file, ".json")))
        using (var json = new Utf8JsonWriter(map))
            RecordMap.Write(json, recorder, 4, _kernel, 2_100_000, "a test");
        var error = Traces.Recording.TryRead(_file, null, out var read);
        Assert.Null(error);
        return read!;
    }
}
