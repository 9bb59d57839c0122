using System.Collections.Concurrent;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Running;
using Flms.Agent.Tests.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Levers;

public sealed class TickerTests
{
    [Fact]
    public void On_each_pCPU_a_real_time_thread_of_the_lowest_priority_beats_while_it_is_on()
    {
        var kernel = new Calls();
        using var ticker = new Ticker(kernel, [1, 3], 4, 200.Us);
        Assert.Empty(kernel.Affinities);
        ticker.Set(on: true);
        Assert.True(ticker.On);
        Until(() => ticker.OwnCpu > Duration.Zero && kernel.Attributes.Count == 2);
        Assert.Equal(["1", "3"], kernel.Affinities.Order());
        Assert.All(kernel.Attributes, a => Assert.Equal((SchedAttributes.Fifo, 1u), (a.Policy, a.Priority)));
        ticker.Set(on: true); // as it is
        ticker.Set(on: false);
        var used = ticker.OwnCpu;
        Assert.False(ticker.On);
        ticker.Set(on: true);
        Until(() => ticker.OwnCpu > used);
        Assert.Equal(4, kernel.Attributes.Count);
    }

    [Fact]
    public void Where_the_kernel_refuses_it_does_not_beat_as_one_more_who_waits()
    {
        var kernel = new Calls { Error = -Errno.NotPermitted };
        using var ticker = new Ticker(kernel, [0], 1, 200.Us);
        ticker.Set(on: true);
        Until(() => kernel.Attributes.Count == 1);
        ticker.Set(on: false);
        Assert.Equal(Duration.Zero, ticker.OwnCpu);
    }

    [Fact]
    public void What_a_ticker_has_used_is_not_the_agents_own_work_even_when_another_has_taken_its_place()
    {
        using var bench = new LoopBench(AgentMode.Observe);
        using var ticker = new Ticker(new Calls(), [0], 1, 200.Us);
        bench.Lever.Ticker = ticker;
        ticker.Set(on: true);
        Until(() => ticker.OwnCpu > Duration.Zero);
        ticker.Set(on: false);
        var before = bench.OwnCpu;
        bench.Run(1);
        Assert.Equal(before - ticker.OwnCpu, bench.Loop.Self.Cpu);
        // Settings that are read anew may want another beat, or none.
        bench.Lever.Ticker = null;
        bench.Run(1);
        Assert.Equal((before + 1.Ms - ticker.OwnCpu, 1L), (bench.Loop.Self.Cpu, bench.Loop.Self.Used));
    }

    private static void Until(Func<bool> what)
    {
        for (var i = 0; i < 6000 && !what(); i++) Thread.Sleep(5);
        Assert.True(what());
    }

    private sealed class Calls : ISchedCalls
    {
        public int Error { get; init; }

        public ConcurrentBag<string> Affinities { get; } = [];

        public ConcurrentBag<SchedAttributes> Attributes { get; } = [];

        public int GetAffinity(int tid, CpuMask into) => -Errno.NoProcess;

        public int SetAffinity(int tid, CpuMask cpus)
        {
            Affinities.Add(cpus.ToString());
            return 0;
        }

        public int GetAttributes(int tid, out SchedAttributes attributes)
        {
            attributes = default;
            return -Errno.NoProcess;
        }

        public int SetAttributes(int tid, in SchedAttributes attributes)
        {
            Attributes.Add(attributes);
            return Error;
        }
    }
}
