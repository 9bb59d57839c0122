using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Flms.House.Tests;

/// <summary>What a package brings besides the program; eng/package-test.sh tries the package itself.</summary>
public sealed partial class PackagingTests
{
    private const string Unit = "packaging/systemd/flms-agent.service";

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex Version();

    private static string[] UnitLines => Repository.Read(Unit).Split('\n');

    // Spec host-agent 4.4 and 4.2.7, and its facts 7 and 8.
    [Theory]
    [InlineData("Type=notify")]
    [InlineData("ExecReload=/bin/kill -HUP $MAINPID")]
    [InlineData("ExecStopPost=/usr/bin/flms agent restore --from-journal")]
    [InlineData("RuntimeDirectoryPreserve=yes")]
    [InlineData("WatchdogSec=30s")]
    [InlineData("User=flms")]
    [InlineData("AmbientCapabilities=CAP_SYS_NICE")]
    [InlineData("CapabilityBoundingSet=CAP_SYS_NICE")]
    [InlineData("SystemCallFilter=@system-service")]
    [InlineData("ConditionPathExists=/dev/kvm")]
    [InlineData("ConditionVirtualization=!container")]
    public void The_unit_has(string line) => Assert.Contains(line, UnitLines);

    [Theory]
    [InlineData("MemoryDenyWriteExecute=")]
    [InlineData("PrivateUsers=")]
    [InlineData("ProtectProc=")]
    [InlineData("ProcSubset=")]
    [InlineData("Requires=")]
    [InlineData("SystemCallFilter=~")]
    public void The_unit_does_not_have(string key) => Assert.All(UnitLines,
        line => Assert.False(line.StartsWith(key, StringComparison.Ordinal), line));

    [Fact]
    public void Files_for_watching_it_are_counted_for_a_thousand_vCPUs() =>
        Assert.InRange(int.Parse(UnitLines.Single(l => l.StartsWith("LimitNOFILE=", StringComparison.Ordinal))[12..],
            System.Globalization.CultureInfo.InvariantCulture), 8192, 1 << 20);

    [SkippableFact]
    public void Systemd_finds_the_unit_hardly_exposed()
    {
        var (code, text) = Run("systemd-analyze", "systemd", "security", "--offline=true", "--threshold=15",
            "--no-pager", Repository.Full(Unit));
        Assert.True(code == 0, text);
    }

    [Fact]
    public void The_packages_version_is_the_programs()
    {
        var version = Version().Match(Repository.Read("eng/Common.props")).Groups[1].Value;
        Assert.StartsWith($"flms ({version}) ", Repository.Read("packaging/debian/changelog"));
    }

    [Fact]
    public void Nothing_that_is_installed_starts_or_enables_the_agent_by_itself()
    {
        foreach (var script in (string[])["postinst", "prerm", "postrm"])
            Assert.DoesNotMatch(@"(invoke|systemctl)\b.*\b(start|enable)\b",
                Repository.Read($"packaging/debian/{script}"));
    }

    [SkippableFact]
    public void Alert_rules_are_right_and_fire_when_they_should()
    {
        var (code, text) = Run("promtool", "prometheus", "check", "rules",
            Repository.Full("packaging/prometheus/flms-agent.rules.yaml"));
        Assert.True(code == 0, text);
        (code, text) = Run("promtool", "prometheus", "test", "rules",
            Repository.Full("packaging/prometheus/flms-agent.test.yaml"));
        Assert.True(code == 0, text);
    }

    private static (int Code, string Text) Run(string program, string package, params string[] words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            Skip.If(true, $"needs {program} (apt-get install {package})");
        }
        using (process)
        {
            var error = process!.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text + error.Result);
        }
    }
}
