using System.Text.Json;
using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Cli;
using Flms.TestBed.Hosts;
using Flms.TestBed.Runs;

namespace Flms.TestBed.Tests.Runs;

/// <summary>Real virtual machines, recorded on this host, and advice on that.</summary>
public sealed class AdviseOnRealGuestsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flms-advise-").FullName;

    private static string Programs => Path.Combine(AppContext.BaseDirectory, "lab");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact, Trait("Speed", "Slow")]
    public void Guests_are_recorded_and_advice_is_given_on_what_they_met()
    {
        Skip.If(Prerequisites.Problem() is not null, Prerequisites.Problem());
        var missing = Prerequisites.Missing;
        Skip.If(missing.Count > 0, $"needs {missing.FirstOrDefault()} (apt-get install {missing.FirstOrDefault()})");
        var refusal = PerfSchedEvents.Open(new LinuxFiles(), [0], 64 << 10, out var events);
        events?.Dispose();
        Skip.If(refusal != null, refusal ?? "");
        using var bed = Bed.Make(new() { Noisy = 2, Programs = Programs }, _ => { }, CancellationToken.None);
        bed.Latency.Burn(5, 5_000); // wakes 200 times a second
        foreach (var noisy in bed.Noisy) noisy.Burn(100, 20_000);
        var trace = Path.Combine(_folder, "guests.trace");
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = Flms.Cli.Cli.Run(["record", trace, "--for", "4s", "--advise", "--latency", bed.Latency.Name,
            "--schedulers", "host,flms", "--replications", "3", "--json"],
            new Terminal { Out = output, Error = error });
        // A machine whose own host disturbs it is met by no model: that is told, and is no advice.
        Assert.True(code is ExitCode.Fine or ExitCode.Input, error.ToString());
        using var json = JsonDocument.Parse(output.ToString());
        var advice = json.RootElement.GetProperty("advice");
        var verdict = advice.GetProperty("verdict").GetString();
        Assert.Equal(code == ExitCode.Fine, verdict is "change" or "keep");
        Assert.Equal(bed.Latency.Name, Assert.Single(advice.GetProperty("served").EnumerateArray()).GetString());
        var recorded = json.RootElement.GetProperty("vms").EnumerateArray()
            .Select(vm => vm.GetProperty("vm").GetString());
        Assert.Superset(bed.Vms.Select(vm => (string?)vm.Name).ToHashSet(), recorded.ToHashSet());
        Assert.Null(Traces.Recording.TryRead(trace, null, out var read));
        Assert.Equal(Kernel.Read(new LinuxFiles()).Release, read!.Host.Kernel);
        if (verdict == "unfit")
        {
            Assert.NotEqual("", advice.GetProperty("reason").GetString());
            return;
        }
        Assert.Matches("^(eevdf:|cfs)", advice.GetProperty("model").GetString());
        Assert.Equal("now", advice.GetProperty("rows")[0].GetProperty("takes").GetString());
        Assert.True(advice.GetProperty("rows").GetArrayLength() > 2);
        var served = advice.GetProperty("fit").EnumerateArray()
            .Single(fit => fit.GetProperty("vm").GetString() == bed.Latency.Name);
        Assert.InRange(served.GetProperty("recorded").GetProperty("work_s").GetDouble(), 0.01, 4);
    }
}
