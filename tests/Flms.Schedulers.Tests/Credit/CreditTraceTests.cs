using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>The genuine scheduler's switches, one by one (golden/README.md).</summary>
public sealed class CreditTraceTests
{
    private sealed class Recorder : IWatcher
    {
        public List<(long AtUs, string From, string To, long SliceUs)> Switches { get; } = [];

        public void On(in HostEvent e)
        {
            if (e.Kind == HostEventKind.Switch)
                Switches.Add((e.At.Ns / 1000, Name(e.Other), Name(e.Vcpu), e.Value < 0 ? -1 : e.Value / 1000));
        }

        private static string Name(VcpuId v) => v.IsNone ? "idle" : $"d{v.Index}";
    }

    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void Two_hogs_and_one_io_vcpu()
    {
        var io = new PulseSetup { Work = 200.Us, At = new(12_300_000), Every = new(17_700_000) };
        var machine = IsLike("credit_trace_1pcpu_2hogs_1io.txt", 500.Ms,
            Hog, Hog, new() { Name = "io", Workloads = [io] });
        Assert.Equal(500.Ms, machine.Now - Instant.Zero);
    }

    [Fact]
    public void Weights_256_and_512() =>
        IsLike("credit_trace_weights_256_512.txt", 600.Ms, Hog, Hog with { Weight = 512 });

    [Fact]
    public void A_cap_of_25_percent() => IsLike("credit_trace_cap25.txt", 1.Seconds, Hog with { Cap = 25 });

    private static Machine IsLike(string trace, Duration length, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new CreditScheduler(host, new()));
        var recorder = new Recorder();
        machine.Watch(recorder);
        machine.Run(Instant.Zero + length);
        var expected = Golden.Switches(trace).ToArray();
        Assert.NotEmpty(expected);
        var end = length.Ns / 1000;
        Assert.Equal(expected.Where(s => s.AtUs < end), recorder.Switches.Where(s => s.AtUs < end));
        return machine;
    }
}
