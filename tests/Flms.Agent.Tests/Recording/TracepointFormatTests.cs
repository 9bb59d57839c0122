using System.Text;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Recording;

/// <summary>Kernels lay out one event in different ways.</summary>
public sealed class TracepointFormatTests
{
    private const string Common = """
        ID: 371
        format:
        	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
        	field:int common_pid;	offset:4;	size:4;	signed:1;


        """;

    private const string InPlace = Common + """
        	field:char comm[16];	offset:8;	size:16;	signed:0;
        	field:pid_t pid;	offset:24;	size:4;	signed:1;
        	field:int prio;	offset:28;	size:4;	signed:1;
        	field:int orig_cpu;	offset:32;	size:4;	signed:1;
        	field:int dest_cpu;	offset:36;	size:4;	signed:1;
        """;

    private const string Elsewhere = Common + """
        	field:__data_loc char[] comm;	offset:8;	size:4;	signed:0;
        	field:pid_t pid;	offset:12;	size:4;	signed:1;
        	field:int prio;	offset:16;	size:4;	signed:1;
        	field:int orig_cpu;	offset:20;	size:4;	signed:1;
        	field:int dest_cpu;	offset:24;	size:4;	signed:1;
        """;

    [Theory]
    [InlineData(InPlace)]
    [InlineData(Elsewhere)]
    public void A_migration_is_read_whether_the_name_is_in_it_or_behind_it(string text)
    {
        var format = TracepointFormat.Parse(text)!;
        Assert.Equal(371, format.Id);
        var raw = new byte[48];
        Write(raw, 4, 12);
        Write(raw, format["pid"]!.Value.Offset, 34);
        Write(raw, format["prio"]!.Value.Offset, 120);
        Write(raw, format["orig_cpu"]!.Value.Offset, 1);
        Write(raw, format["dest_cpu"]!.Value.Offset, 3);
        if (text == Elsewhere) Write(raw, 8, 28 | 10 << 16);
        Encoding.ASCII.GetBytes("CPU 0/KVM").CopyTo(raw, text == Elsewhere ? 28 : 8);
        var record = default(SchedRecord);
        RecordDecoder.Of("sched_migrate_task", format)!.Decode(raw, ref record);
        Assert.Equal((SchedRecordKind.Migrate, 12, 34, 120, 3, 1),
            (record.Kind, record.Current, record.A, record.APriority, record.B, record.BPriority));
        Assert.Equal("CPU 0/KVM", Encoding.ASCII.GetString(record.AName).TrimEnd('\0'));
    }

    [Fact]
    public void An_event_without_a_field_that_is_needed_is_refused()
    {
        var format = TracepointFormat.Parse(InPlace.Replace("dest_cpu", "where", StringComparison.Ordinal))!;
        Assert.Null(RecordDecoder.Of("sched_migrate_task", format));
        Assert.Null(TracepointFormat.Parse("nothing of the kind"));
        Assert.Null(TracepointFormat.Parse("ID: 3\n\tfield:int x;\toffset:far;\tsize:4;"));
    }

    [Fact]
    public void An_event_that_is_cut_short_is_read_as_far_as_it_goes()
    {
        var record = default(SchedRecord);
        RecordDecoder.Of("sched_migrate_task", TracepointFormat.Parse(Elsewhere)!)!.Decode(new byte[10], ref record);
        Assert.Equal((0, 0), (record.A, record.B));
    }

    private static void Write(byte[] raw, int at, int value) => BitConverter.TryWriteBytes(raw.AsSpan(at), value);
}
