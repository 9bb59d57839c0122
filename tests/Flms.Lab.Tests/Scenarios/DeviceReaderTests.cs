using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Sim.Devices;
using Flms.Sim.Network;

namespace Flms.Lab.Tests.Scenarios;

/// <summary>Devices in scenarios: what is read, and what is said when they do not fit together.</summary>
public sealed class DeviceReaderTests
{
    private const string Text = """
        machine:
          cores: 2
          network: { rate: 1000, delay: 20us }
          disk: { order: fifo }
        domains:
          - name: dom0
            class: service
            vcpus: 2
            driver: { vcpu: 1, assignment: own }
          - name: web
            network: { path: paravirtual, driver_domain: dom0, ring: 64 }
            disk: { path: direct, cache: 64 }
            workloads: [ping]
        """;

    private static Scenario Good(string text, params Override[] overrides)
    {
        var reading = ScenarioReader.Read(text, "s.yaml", new() { Overrides = overrides });
        Assert.Empty(reading.Problems);
        return reading.Value!;
    }

    private static void Fails(string text, string problem)
    {
        var reading = ScenarioReader.Read(text, "s.yaml");
        Assert.Contains(reading.Problems, p => p.ToString().StartsWith(problem + ";", StringComparison.Ordinal));
    }

    [Fact]
    public void Devices_of_the_machine_and_of_domains_are_read()
    {
        var scenario = Good(Text);
        Assert.Equal((1_000, 20.Us), (scenario.Network!.Rate, scenario.Network.Delay));
        Assert.Equal(DiskOrder.Fifo, scenario.Disk!.Order);
        Assert.Equal((1, Assignment.Own), (scenario.Domains[0].Driver!.Vcpu, scenario.Domains[0].Driver!.Assignment));
        Assert.Equal((NetworkPath.Paravirtual, "dom0", 64), (scenario.Domains[1].Network!.Path,
            scenario.Domains[1].Network!.DriverDomain, scenario.Domains[1].Network!.Ring));
        Assert.Equal((DiskPath.Direct, 64), (scenario.Domains[1].Disk!.Path, scenario.Domains[1].Disk!.Cache));
        var machine = scenario.Machine(1);
        Assert.Same(scenario.Network, machine.Network);
        Assert.Same(scenario.Disk, machine.Disk);
    }

    [Fact]
    public void Without_them_there_are_none()
    {
        var scenario = Good("domains: [{ name: a, workloads: [ping] }]");
        Assert.Null(scenario.Network);
        Assert.Null(scenario.Disk);
        Assert.Equal((null, null, null),
            (scenario.Domains[0].Network, scenario.Domains[0].Disk, scenario.Domains[0].Driver));
    }

    [Fact]
    public void The_command_line_can_change_them()
    {
        var scenario = Good(Text, new Override("domains.web.network.path", "sriov", "--set"),
            new Override("machine.network.rate", "40000", "--set"));
        Assert.Equal((NetworkPath.Sriov, 40_000), (scenario.Domains[1].Network!.Path, scenario.Network!.Rate));
    }

    [Theory]
    [InlineData("driver_domain: dom0, ring", "ring",
        "s.yaml:10:5: the network of web has no driver_domain")]
    [InlineData("driver_domain: dom0", "driver_domain: web",
        "s.yaml:10:5: the network of web goes through \"web\", which is no other domain")]
    [InlineData("driver: { vcpu: 1", "driver: { vcpu: 2",
        "s.yaml:9:13: driver interrupts vCPU 2, which does not exist")]
    [InlineData("path: direct", "path: dircet",
        "s.yaml:12:19: path is \"dircet\", which is not known")]
    [InlineData("cache: 64", "cache: 4",
        "s.yaml:12:34: cache is 4, which is out of range")]
    public void What_does_not_fit_is_said_with_its_place(string right, string wrong, string problem) =>
        Fails(Text.Replace(right, wrong, StringComparison.Ordinal), problem);

    [Theory]
    [InlineData("network: { path: drect }", "s.yaml:3:20: path is \"drect\", which is not known")]
    [InlineData("network: { driver_domian: dom0 }", "s.yaml:3:14: network has no setting \"driver_domian\"")]
    [InlineData("disk: { path: drect }", "s.yaml:3:17: path is \"drect\", which is not known")]
    public void A_word_that_is_misspelt_is_one_problem(string device, string problem)
    {
        var reading = ScenarioReader.Read($"domains:\n- name: a\n  {device}\n", "s.yaml");
        Assert.StartsWith(problem, Assert.Single(reading.Problems).ToString());
    }
}
