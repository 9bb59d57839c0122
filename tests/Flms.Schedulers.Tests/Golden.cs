using System.Text.Json;
using Flms.Core;
using Flms.Sim;

namespace Flms.Schedulers.Tests;

/// <summary>Recorded answers of the genuine schedulers, in tests/golden.</summary>
internal static class Golden
{
    public static string PathOf(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Flms.slnx"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "golden", name);
    }

    public static IEnumerable<JsonElement> Lines(string name) =>
        File.ReadLines(PathOf(name)).Where(line => line.Length > 0)
            .Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The switches of a trace: time in us, from, to, slice in us (-1: none).</summary>
    public static IEnumerable<(long AtUs, string From, string To, long SliceUs)> Switches(string name)
    {
        foreach (var line in File.ReadLines(PathOf(name)))
        {
            var word = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (word.Length < 7 || word[4] != "->") continue;
            var slice = decimal.Parse(word[6]["slice=".Length..]);
            yield return ((long)(decimal.Parse(word[0]) * 1000), Plain(word[3]), Plain(word[5]),
                word[6].Contains('-') ? -1 : (long)(slice * 1000));
        }
    }

    /// <summary>Runs one pCPU without costs and compares every switch with the recorded ones.</summary>
    public static void IsEqual(string trace, Duration length, Func<ISchedHost, Scheduler> policy,
        params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        var recorder = new Recorder();
        machine.Watch(recorder);
        machine.Run(Instant.Zero + length);
        var end = length.Ns / 1000;
        var expected = Switches(trace).Where(s => s.AtUs < end).ToArray();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, recorder.Switches.Where(s => s.AtUs < end));
    }

    // The recorded times are milliseconds in floating point, printed with three decimals.
    private sealed class Recorder : IWatcher
    {
        public List<(long AtUs, string From, string To, long SliceUs)> Switches { get; } = [];

        public void On(in HostEvent e)
        {
            if (e.Kind == HostEventKind.Switch)
                Switches.Add((Us(e.At.Ns), Name(e.Other), Name(e.Vcpu), e.Value < 0 ? -1 : Us(e.Value)));
        }

        private static long Us(long ns) => (long)(decimal.Parse((ns / 1e6).ToString("F3")) * 1000);

        private static string Name(VcpuId v) => v.IsNone ? "idle" : $"d{v.Index}";
    }

    private static string Plain(string name) => name.StartsWith("idle") ? "idle" : name;
}
