using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Sim;

namespace Flms.Lab.Tests.Settings;

public sealed class OptionCatalogTests
{
    [Theory]
    [InlineData("SpSlice", "sp_slice")]
    [InlineData("A", "a")]
    [InlineData("IOBoost", "io_boost")]
    [InlineData("RefillSameCore", "refill_same_core")]
    public void Names_are_in_snake_case(string name, string expected) =>
        Assert.Equal(expected, OptionCatalog.Words(name));

    [Fact]
    public void A_setting_has_its_form_range_and_default_from_the_code()
    {
        var settings = OptionCatalog.Of(new RoundRobinOptions());
        Assert.Equal(["slice", "queues"], settings.Select(s => s.Name));
        Assert.Equal((SettingKind.Duration, "30ms", "1us to 10s"),
            (settings[0].Kind, settings[0].Default, settings[0].Range));
        Assert.Equal((SettingKind.Choice, "shared", "shared or per-pcpu"),
            (settings[1].Kind, settings[1].Default, settings[1].Range));
    }

    [Fact]
    public void Defaults_are_those_of_the_preset_that_is_asked_about() =>
        Assert.Equal("7ms", OptionCatalog.Of(new RoundRobinOptions { Slice = 7.Ms })[0].Default);

    [Fact]
    public void Every_workload_is_known_by_its_name() =>
        Assert.Equal(["duty", "hog", "lookbusy", "ping", "pulse"],
            OptionCatalog.Workloads.Select(w => w.Name).Intersect(["duty", "hog", "lookbusy", "ping", "pulse"]));

    [Fact]
    public void Every_default_and_every_limit_can_be_read_back()
    {
        object[] all = [CostModel.Typical, .. OptionCatalog.Workloads.Select(w => w.Defaults),
            .. SchedulerCatalog.All.Select(e => e.Defaults),
            .. SchedulerCatalog.All.SelectMany(e => e.Presets.Select(p => p.Options))];
        foreach (var example in all)
            foreach (var s in OptionCatalog.Of(example))
            {
                // Nobody has chosen: which vCPU it is, or how many there are, the guest knows.
                if (s.Default == "" && s.Name is "vcpu" or "app_vcpu" or "vcpus" or "threads") continue;
                foreach (var text in (string[])[s.Default, s.Min, s.Max])
                    Assert.True(text == "" && s.Default != "" || s.TryRead(text, out _, out var what, out _),
                        $"{example.GetType().Name}.{s.Name}: {text}");
            }
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1us", true)]
    [InlineData("10s", true)]
    [InlineData("11s", false)]
    [InlineData("-1ms", false)]
    [InlineData("abc", false)]
    public void A_value_outside_the_range_is_refused_with_range_and_default(string text, bool allowed)
    {
        var slice = OptionCatalog.Of(new RoundRobinOptions())[0];
        Assert.Equal(allowed, slice.TryRead(text, out _, out _, out var advice));
        if (!allowed) Assert.EndsWith("1us to 10s; default 30ms", advice);
    }

    [Theory]
    [InlineData("weigth", "weight")]
    [InlineData("sp-slice", "sp_slice")]
    [InlineData("wieght", "weight")]
    [InlineData("xyz", null)]
    public void The_nearest_name_is_guessed(string wrong, string? right) =>
        Assert.Equal(right, Nearest.To(wrong, ["weight", "cap", "sp_slice"]));
}
