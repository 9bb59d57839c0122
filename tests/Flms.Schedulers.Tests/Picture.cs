using Flms.Core;
using Flms.Sim;
using Flms.Testing;

namespace Flms.Schedulers.Tests;

/// <summary>Charts of guests that a chart's <c>wants</c> line cannot describe: those that take device events.</summary>
internal static class Picture
{
    /// <summary>Draws a stretch of a run under the referee, and compares.</summary>
    /// <param name="expected">The chart, as <see cref="Chart.Draw"/> writes it, its last line end left out.</param>
    /// <param name="policy">Makes the policy.</param>
    /// <param name="topology">The machine, without costs.</param>
    /// <param name="from">Where the chart begins.</param>
    /// <param name="column">How long a column is.</param>
    /// <param name="columns">How many there are.</param>
    /// <param name="domains">The guests.</param>
    public static void Check(string expected, Func<ISchedHost, Scheduler> policy, Topology topology, Instant from,
        Duration column, int columns, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = topology, Costs = CostModel.None, Domains = domains };
        var chart = new Chart(setup.Vcpus, new(from, column, columns));
        var machine = new Machine(setup, host => Referee.Over(host, policy));
        machine.Watch(chart);
        var end = from + column * columns;
        machine.Run(end);
        chart.End(end);
        var drawn = chart.Draw(Chart.NamesOf(setup)).TrimEnd('\n');
        if (drawn != expected.ReplaceLineEndings("\n")) Assert.Fail($"the run draws\n{drawn}\n");
    }
}
