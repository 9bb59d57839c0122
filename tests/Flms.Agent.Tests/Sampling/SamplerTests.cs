using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Agent.Sampling;
using Flms.Core;
using Flms.Testing;

namespace Flms.Agent.Tests.Sampling;

public sealed class SamplerTests
{
    private readonly FakeHost _host = new();

    private static VmThread Of(FakeThread t) =>
        new(new(t.Tid, t.Started), t.Comm, ThreadRole.Vcpu, 0, $"/proc/{t.Pid}/task/{t.Tid}");

    [Fact]
    public void A_period_is_what_was_counted_between_two_reads()
    {
        _host.Qemu(100);
        var thread = _host.Thread(100, 101, "CPU 0/KVM");
        thread.Do(run: 5_000, wait: 700, sleeps: 3, preemptions: 2);
        using var sampler = new Sampler(_host);
        Assert.Equal(0, sampler.Add(Of(thread), out var slot));
        sampler.Sample(new(1_000));
        Assert.False(sampler.Of(slot).Any);
        thread.Do(run: 40, wait: 30, sleeps: 20, preemptions: 10);
        sampler.Sample(new(3_000));
        var sample = sampler.Of(slot);
        Assert.Equal(2_000, sample.ElapsedNs);
        Assert.Equal((40, 30, 30), (sample.RunNs, sample.WaitNs, sample.Timeslices));
        // 20 and 10 in 2 us.
        Assert.Equal((10_000_000_000, 5_000_000_000), (sample.SleepRate, sample.PreemptionRate));
        Assert.Equal(5_040, sampler.TotalOf(slot).RunNs);
    }

    [Fact]
    public void A_thread_whose_number_was_given_to_another_is_gone_and_the_other_is_not_read()
    {
        _host.Qemu(100);
        var thread = _host.Thread(100, 101, "CPU 0/KVM");
        using var sampler = new Sampler(_host);
        sampler.Add(Of(thread), out var slot);
        sampler.Sample(new(1));
        _host.End(thread);
        _host.Thread(100, 101, "CPU 0/KVM", started: 5_000).Do(run: 1_000_000);
        sampler.Sample(new(2));
        Assert.True(sampler.IsGone(slot));
        Assert.False(sampler.Of(slot).Any);
        Assert.Equal(-Errno.NoProcess, sampler.Add(Of(thread), out _));
        Assert.Equal(0, sampler.Faults);
    }

    [Theory]
    [InlineData("schedstat", Errno.InputOutput)]
    [InlineData("status", Errno.NoMemory)]
    [InlineData("schedstat", Errno.NotPermitted)]
    public void A_read_that_fails_is_counted_and_costs_one_sample(string file, int error)
    {
        _host.Qemu(100);
        var thread = _host.Thread(100, 101, "CPU 0/KVM");
        using var sampler = new Sampler(_host);
        sampler.Add(Of(thread), out var slot);
        sampler.Sample(new(1_000));
        _host.Fault = path => path.EndsWith(file, StringComparison.Ordinal) ? -error : null;
        thread.Do(run: 10, sleeps: 4);
        sampler.Sample(new(2_000));
        Assert.Equal((1, false, false), (sampler.Faults, sampler.Of(slot).Any, sampler.IsGone(slot)));
        _host.Fault = _ => null;
        sampler.Sample(new(3_000));
        // Only what schedstat did not tell is told now; of switches the whole time.
        var times = file == "schedstat";
        Assert.Equal((times ? 2_000 : 1_000, times ? 10 : 0), (sampler.Of(slot).ElapsedNs, sampler.Of(slot).RunNs));
        Assert.Equal(2_000_000_000, sampler.Of(slot).SleepRate);
    }

    [Fact]
    public void Switches_are_read_twice_at_first_and_then_in_turns_and_their_rate_is_that_of_the_whole_time()
    {
        _host.Qemu(100);
        var threads = Enumerable.Range(0, 8).Select(i => _host.Thread(100, 101 + i, "CPU 0/KVM")).ToList();
        using var sampler = new Sampler(_host);
        foreach (var t in threads) sampler.Add(Of(t), out _);
        var read = 0;
        _host.Fault = path =>
        {
            if (path.EndsWith("/status", StringComparison.Ordinal)) read++;
            return null;
        };
        List<int> reads = [];
        for (var second = 1; second <= 10; second++)
        {
            read = 0;
            sampler.Sample(new(second * 1_000_000_000L));
            reads.Add(read);
            threads.ForEach(t => t.Do(run: 1, sleeps: second <= 5 ? 100 : 300));
        }
        Assert.Equal([8, 8, 2, 2, 2, 2, 2, 2, 2, 2], reads);
        for (var slot = 0; slot < 8; slot++) Assert.InRange(sampler.Of(slot).SleepRate, 150_000, 300_000);
    }

    [Fact]
    public void A_thread_that_cannot_be_opened_leaves_no_file_open()
    {
        _host.Qemu(100);
        var thread = _host.Thread(100, 101, "CPU 0/KVM");
        _host.Fault = path => path.EndsWith("/status", StringComparison.Ordinal) ? -Errno.TooManyFiles : null;
        using var sampler = new Sampler(_host);
        Assert.Equal(-Errno.TooManyFiles, sampler.Add(Of(thread), out _));
        Assert.Equal((0, 0), (_host.OpenFiles, sampler.Count));
    }

    [Fact]
    public void A_thousand_threads_are_read_without_allocating()
    {
        _host.Qemu(100);
        using var sampler = new Sampler(_host);
        for (var i = 0; i < 1000; i++) sampler.Add(Of(_host.Thread(100, 101 + i, "CPU 0/KVM")), out _);
        var now = 1L;
        sampler.Sample(new(now++));
        Assert.Equal(0, Allocation.Least(() => () => sampler.Sample(new(now++))));
    }

    [Fact]
    public void The_kernels_own_files_are_read_without_allocating_and_tell_the_truth()
    {
        var files = new LinuxFiles();
        var (pid, tid) = (Environment.ProcessId, Threads.OwnNumber());
        var folder = $"/proc/{pid}/task/{tid}";
        Assert.True(ProcText.TryStat(files.ReadBytes(folder + "/stat"), out var stat));
        using var sampler = new Sampler(files);
        Assert.Equal(0, sampler.Add(new(new(tid, stat.Started), "", ThreadRole.Vcpu, 0, folder), out var slot));
        var now = 1L;
        sampler.Sample(new(now++));
        Assert.Equal(0, Allocation.Least(() => () => sampler.Sample(new(now++))));
        for (var i = 0; i < 4; i++)
        {
            Thread.Sleep(1);
            sampler.Sample(new(now++));
        }
        Assert.True(sampler.Of(slot).SleepRate > 0);
        Assert.True(sampler.TotalOf(slot).RunNs > 0);
        Assert.Equal(0, sampler.Faults);
    }
}
