using System.Text;

namespace Flms.Traces.Tests;

public sealed class RecordingReaderTests
{
    private const string Body =
        "sched_switch: prev_comm=CPU 0/KVM prev_pid=12 prev_prio=120 prev_state=R+ "
        + "==> next_comm=a b [1] next_pid=13 next_prio=49";

    [Fact]
    public void Tracefs_is_read()
    {
        var trace = Texts.Trace("# tracer: nop\n# entries: 1/1   #P:4\n"
            + $"       CPU 0/KVM-12   [001] d..2.  7482.214433: {Body}\n");
        Assert.Equal(RecordingFormat.Tracefs, trace.Format);
        Assert.Equal(4, trace.Pcpus);
        var e = trace.Events[0];
        Assert.Equal((7_482_214_433_000, 12, 13, 1), (e.Ns, e.A, e.B, (int)e.Cpu));
        Assert.True(e.StillRunnable);
        Assert.Equal(12, e.Current);
        Assert.Equal("CPU 0/KVM", trace.ThreadOf(12).Name);
        Assert.Equal("a b [1]", trace.ThreadOf(13).Name);
    }

    [Theory]
    [InlineData("     CPU 0/KVM-12    [001]  7482.214433:")]
    [InlineData("     CPU 0/KVM-12    [001] 7482.214433000:")]
    [InlineData("     CPU 0/KVM-12    [001] d..2 7482.214433:")]
    [InlineData("     CPU 0/KVM-12      (     11) [001] d..2. 7482.214433:")]
    [InlineData("     <...>-12      (-------) [001] d..2. 7482.214433:")]
    [InlineData("     a [7] b-12    [001] ..... 7482.214433:")]
    public void Every_head_that_the_kernel_prints_is_read(string head)
    {
        var trace = Texts.Trace($"{head} {Body}\n");
        Assert.Equal(7_482_214_433_000, trace.Events[0].Ns);
        Assert.Equal((1, 12), ((int)trace.Events[0].Cpu, trace.Events[0].Current));
        Assert.Equal(head.Contains("  11)", StringComparison.Ordinal) ? 11 : -1, trace.ThreadOf(12).Tgid);
    }

    [Fact]
    public void Trace_cmd_is_read()
    {
        var trace = Texts.Trace("""
            cpus=2
            CPU 1 is empty
            CPU 0/KVM-12    [001]   100.000001: sched_switch:         CPU 0/KVM:12 [120] S ==> swapper/1:0 [120]
            <idle>-0     [001]   100.000002: sched_wakeup:         CPU 0/KVM:12 [120] success=1 CPU:001
            <idle>-0     [001]   100.000003: sched_waking:         x: y:14 [-51] CPU:000
            <idle>-0     [001]   100.000004: sched_migrate_task:   comm=x: y pid=14 prio=-51 orig_cpu=0 dest_cpu=1
            <idle>-0     [001]   100.000005: kvm_exit:             reason HLT rip 0xffff

            """);
        Assert.Equal(RecordingFormat.TraceCmd, trace.Format);
        Assert.Equal(4, trace.Count);
        Assert.Equal(1, trace.OtherEvents);
        Assert.False(trace.Events[0].StillRunnable);
        Assert.Equal((SchedEventKind.Wake, 12, 1), (trace.Events[1].Kind, trace.Events[1].A, trace.Events[1].B));
        Assert.Equal((SchedEventKind.Waking, 14), (trace.Events[2].Kind, trace.Events[2].A));
        Assert.Equal((SchedEventKind.Migrate, 14, 1), (trace.Events[3].Kind, trace.Events[3].A, trace.Events[3].B));
        Assert.Equal("x: y", trace.ThreadOf(14).Name);
    }

    [Theory]
    [InlineData("       CPU 0/KVM    12 [001]  7482.214433:       sched:", -1)]
    [InlineData("       CPU 0/KVM 11/12 [001]  7482.214433001:    sched:", 11)]
    [InlineData("       CPU 0/KVM 11/12 [001]  7482.214433:  ", 11)]
    public void Perf_script_is_read(string head, int tgid)
    {
        var trace = Texts.Trace($"# captured on\n{head}{Body}\n\tffffffff8110 __schedule ([kernel.kallsyms])\n\n");
        Assert.Equal(RecordingFormat.PerfScript, trace.Format);
        Assert.Equal(tgid, trace.ThreadOf(12).Tgid);
        var ns = head.Contains("001:", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(7_482_214_433_000 + ns, trace.Events[0].Ns);
    }

    [Theory]
    [InlineData("R", true)]
    [InlineData("R+", true)]
    [InlineData("R|P", true)]
    [InlineData("0", true)]
    [InlineData("256", true)]
    [InlineData("1", false)]
    [InlineData("S", false)]
    [InlineData("D", false)]
    [InlineData("D|K", false)]
    [InlineData("I", false)]
    [InlineData("X", false)]
    public void The_state_says_whether_it_was_preempted(string state, bool runnable) =>
        Assert.Equal(runnable, Texts.Trace(Texts.Switch(0, 1, 5, state, 6)).Events[0].StillRunnable);

    [Theory]
    [InlineData("CPU:1 [LOST 23 EVENTS]", 23)]
    [InlineData("CPU:1 [23 EVENTS DROPPED]", 23)]
    [InlineData("CPU:1 [EVENTS DROPPED]", 1)]
    [InlineData("CPU:1 [LOST EVENTS]", 1)]
    [InlineData("  swapper     0 [001]     1.000000: PERF_RECORD_LOST lost 23", 23)]
    public void Lost_events_are_reported(string note, int lost)
    {
        var trace = Texts.Trace(Texts.Switch(1, 1, 5, "R", 6) + note + "\n" + Texts.Switch(1, 9, 7, "R", 6));
        Assert.Equal(lost, trace.LostEvents);
        Assert.Contains("lost at least", Assert.Single(trace.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_buffers_of_two_pCPUs_one_after_the_other_are_put_in_order()
    {
        var trace = Texts.Trace(Texts.Switch(0, 10, 5, "R", 6) + Texts.Switch(0, 30, 6, "R", 5)
            + Texts.Switch(1, 20, 7, "R", 8) + Texts.Switch(1, 30, 8, "R", 7));
        Assert.Equal([10_000, 20_000, 30_000, 30_000], trace.Events.ToArray().Select(e => e.Ns));
        Assert.Equal([5, 7, 6, 8], trace.Events.ToArray().Select(e => e.A));
    }

    [Fact]
    public void A_cut_off_last_line_is_left_out_with_a_warning()
    {
        var whole = Texts.Switch(0, 10, 5, "R", 6);
        var trace = Texts.Trace(whole + Texts.Switch(0, 30, 6, "R", 5)[..^12]);
        Assert.Equal(1, trace.Count);
        Assert.Equal("x.trace:2: the last line is cut off and was left out", Assert.Single(trace.Warnings));
    }

    [Theory]
    [InlineData("", "x.trace:1:1: the file is empty; record again, or name the right file")]
    [InlineData("\u0017\u0008\u0044tracing6\0", "x.trace:1:1: a binary recording of trace-cmd; make text of it: "
        + "trace-cmd report -i x.trace > NAME.trace")]
    [InlineData("PERFILE2\0", "x.trace:1:1: a binary recording of perf; make text of it: "
        + "perf script -i x.trace --ns > NAME.trace")]
    [InlineData("\u001f\u008b\u0008\0", "x.trace:1:1: a compressed file; decompress it first (gunzip, unzstd, unxz)")]
    [InlineData("ELF\0\0", "x.trace:1:1: a binary file; give the text of")]
    [InlineData("# tracer: nop\n", "x.trace:1:1: no sched_switch event in the whole file; record the events")]
    [InlineData("hello\nworld\n", "x.trace:1:1: not a line of sched events; give the text of")]
    [InlineData(" x-1 [000] 5: sched_switch: \n",
        "x.trace:1:12: the time has no fraction: the clock does not count seconds; record with")]
    [InlineData(" x-1 [000] 5.1: sched_switch: prev_comm=x prev_pid=1 ==> \n",
        "x.trace:1:53: no prev_prio in sched_switch; give")]
    [InlineData(" x-1 [000] 5.1: sched_wakeup: comm=x pid=99999999999\n", "x.trace:1:")]
    [InlineData(" x-1 [9999] 5.1: sched_wakeup: comm=x pid=1\n", "x.trace:1:7: pCPU 9999: at most 4095 is read; ")]
    [InlineData("CPU:x\n", "x.trace:1:5: no pCPU number after `CPU:`")]
    public void What_is_no_recording_is_one_clear_line(string text, string message)
    {
        var error = Texts.Read(text, out var trace);
        Assert.Null(trace);
        Assert.StartsWith(message, error!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ToString());
    }

    [Fact]
    public void A_malformed_line_in_the_middle_is_an_error()
    {
        var error = Texts.Read(Texts.Switch(0, 10, 5, "R", 6) + "oops\n" + Texts.Switch(0, 30, 6, "R", 5), out _);
        Assert.Equal("x.trace:2:1: not a line of sched events; remove the line, or record again", error!.ToString());
    }

    [Fact]
    public void Time_that_goes_back_on_one_pCPU_is_an_error()
    {
        var error = Texts.Read(Texts.Switch(0, 50_000, 5, "R", 6) + Texts.Switch(0, 30_000, 6, "R", 5), out _);
        Assert.StartsWith("x.trace:2:1: time goes back on pCPU 0, from 0.050000 to 0.030000; ", error!.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_megabytes_of_garbage_fail_at_once()
    {
        using var garbage = new Endless((byte)'x');
        var error = RecordingReader.Read("x.trace", garbage, out _);
        Assert.StartsWith("x.trace:1:1: a line of more than 65536 bytes", error!.ToString(), StringComparison.Ordinal);
        Assert.True(garbage.Position < 4 << 20);
    }

    [Fact]
    public void A_file_that_is_not_there_is_one_clear_line()
    {
        var error = Recording.TryRead("/nowhere/x.trace", null, out var recording);
        Assert.Null(recording);
        Assert.StartsWith("/nowhere/x.trace:1:1: cannot be read: ", error!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_keeps_no_more_than_the_events()
    {
        var line = Encoding.ASCII.GetBytes(Texts.Wake(0, 10, 5, 6, "process_wait"));
        var first = Encoding.ASCII.GetBytes(Texts.Switch(0, 10, 5, "R", 6));
        using var many = new Repeated(first, line, 200_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(RecordingReader.Read("x.trace", many, out var trace));
        Assert.Equal(200_000, trace!.OtherEvents);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20);
    }

    private class Endless(byte what) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => 100 << 20;
        public override long Position { get; set; }
        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var n = (int)Math.Min(count, Length - Position);
            buffer.AsSpan(offset, n).Fill(what);
            Position += n;
            return n;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class Repeated(byte[] first, byte[] line, int times) : Endless(0)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            var n = 0;
            for (; n < count; n++, Position++)
            {
                var at = Position - first.Length;
                if (at >= (long)line.Length * times) break;
                buffer[offset + n] = at < 0 ? first[Position] : line[at % line.Length];
            }
            return n;
        }
    }
}
